"""Recurring meetings: what a series asks for, date by date, and what follows from it.

`asked` says what each date asks for, `judge` judges them in one pass, `decide` makes a decision of it. A single date
that differs from its series is decided like a single meeting, by the rest of the core.
"""
