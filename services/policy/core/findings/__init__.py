"""Which findings stand, of what is known.

`facts` is what is known, `find` says which findings follow from it; the words are in `services.findings`. One rule: a
finding is never stored. It stands for as long as its facts do, and began when they did.
"""
