"""Check that a command asks for a possible window, whatever the rules of the space say."""

from datetime import datetime

from libs.contracts.values import Window
from services.policy.commands.errors import EmptyWindow, WindowTooFarAhead, WindowTooLong
from services.policy.core.limits import FURTHEST_AHEAD, LONGEST_RESERVATION


def window_between(start: datetime, end: datetime) -> Window:
    """Build the window of a reservation, in whole seconds. Raises EmptyWindow or WindowTooLong."""
    start, end = start.replace(microsecond=0), end.replace(microsecond=0)
    if end <= start:
        raise EmptyWindow
    if end - start > LONGEST_RESERVATION:
        raise WindowTooLong(LONGEST_RESERVATION)
    return Window(start=start, end=end)


def check_distance(window: Window, now: datetime) -> None:
    """Raise WindowTooFarAhead if either edge lies further ahead than anything is booked."""
    if window.start - now > FURTHEST_AHEAD:
        raise WindowTooFarAhead("start", FURTHEST_AHEAD)
    if window.end - now > FURTHEST_AHEAD:
        raise WindowTooFarAhead("end", FURTHEST_AHEAD)
