"""Policies: the rules that administrators set, as data.

Each kind of rule is one model with its parameters and one function that finds what breaks it. `policy` has the union of
all kinds, `resolve` says which rules apply to a request, `judge` judges the request by these. Adding a kind is one
model, its place in the union, and a table of tests. One rule: nothing here asks what is taken; that is `evaluate`'s.
"""
