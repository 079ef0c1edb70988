"""The timeline of a reservation: what is kept of each step, and how the steps are put in order and into words.

Its one rule: a step is a fact with a time, a correlation id and an actor; words are made when somebody reads it.
"""
