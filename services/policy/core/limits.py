"""How long, how far ahead, how wide: the limits that no booking rule sets and every way in shares.

What Outlook sends beyond them is declined with a reason, because somebody waits for an answer. What a command asks
beyond them is refused as unusable, because nobody who means it asks for that.
"""

from datetime import timedelta

LONGEST_RESERVATION = timedelta(days=366)

FURTHEST_AHEAD = timedelta(days=3653)

LONGEST_BUFFER = timedelta(days=1)
"""For set-up and for clean-down each."""

LOOKED_AHEAD = timedelta(days=1)
"""How far beyond a refused window a free one is looked for."""
