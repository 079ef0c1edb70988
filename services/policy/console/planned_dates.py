"""Which dates of a series are not when its pattern has them."""

from datetime import datetime

from libs.contracts.values import Window
from services.policy.core.ledger import Reservation, ReservationGroup
from services.policy.core.recurrence.expand import window_on


def planned_elsewhen(date: Reservation, group: ReservationGroup, now: datetime) -> Window | None:
    """Return when the pattern has a date that was moved, to another day or within its own; None if it has not been.

    Dates that are over stay as they were when their series is changed, so the pattern does not tell when they were
    planned: of them only another day is found, by `original_date`.
    """
    if date.original_date is None or not date.is_live or date.ends_at <= now:
        return None
    planned = window_on(date.original_date, group.window, group.time_zone)
    return None if planned == date.window else planned
