"""Suggest another time for a request that conflicts: a window of the same length, or whole days for whole days."""

from datetime import date, timedelta
from uuid import UUID

from libs.contracts.values import Window
from services.policy.core.availability import find_conflicts, find_next_free
from services.policy.core.ledger import Slice
from services.policy.core.limits import LOOKED_AHEAD
from services.policy.core.times import days_window, whole_days


def suggest_time(asked: Window, ledger: Slice, own: UUID | None) -> Window | None:
    """Return the next time at which the space is free for what was asked; None if there is none within `LOOKED_AHEAD`.

    The reservation `own` never conflicts. `ledger` is the slice for the window that was asked for.
    """
    days = whole_days(asked, ledger.space.time_zone)
    if days is None:
        return find_next_free(asked, ledger.space.buffers, ledger.taken, own, ledger.now)
    return _suggest_days(*days, ledger, own)


def _suggest_days(first: date, last: date, ledger: Slice, own: UUID | None) -> Window | None:
    space = ledger.space
    for later in range(LOOKED_AHEAD.days + 1):
        shift = timedelta(days=later)
        window = days_window(first + shift, last + shift, space.time_zone)
        if window.end > ledger.now and not find_conflicts(window, space.buffers, ledger.taken, own):
            return window
    return None
