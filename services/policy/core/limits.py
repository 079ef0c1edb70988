"""The limits on every reservation and every space, whatever the booking rules say and wherever a request comes from.

An invitation beyond them is declined with a reason, because its organizer waits for an answer. A command beyond them is
refused as invalid, because nobody asks for that on purpose.
"""

from datetime import timedelta

LONGEST_RESERVATION = timedelta(days=366)

FURTHEST_AHEAD = timedelta(days=3653)

LONGEST_BUFFER = timedelta(days=1)
"""For set-up and for clean-down each."""

SUGGESTED_AHEAD = timedelta(days=7)
"""How far beyond the start of a refused window another one is looked for."""
