"""The limits on every reservation and every space, whatever the booking rules say and wherever a request comes from.

An invitation beyond them is declined with a reason, because its organizer waits for an answer. A command beyond them is
refused as invalid, because nobody asks for that on purpose.
"""

from datetime import datetime, timedelta

from libs.contracts.values import Window

LONGEST_RESERVATION = timedelta(days=366)

FURTHEST_AHEAD = timedelta(days=3653)

LONGEST_BUFFER = timedelta(days=1)
"""For set-up and for clean-down each."""

LONGEST_OFFER = timedelta(days=7)
"""How long a time that became free may be held for somebody on the waiting list."""

SUGGESTED_AHEAD = timedelta(days=7)
"""How far beyond the start of a refused window another one is looked for."""


def is_within_limits(window: Window, now: datetime) -> bool:
    """Whether a window has a length, and is neither longer than these limits allow nor further from now, ahead or back.

    What lies outside may be as far off as the first or the last day there is, where times cannot be reckoned with.
    """
    has_a_fitting_length = timedelta(0) < window.end - window.start <= LONGEST_RESERVATION
    return has_a_fitting_length and abs(window.start - now) <= FURTHEST_AHEAD
