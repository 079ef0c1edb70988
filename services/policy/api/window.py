"""Windows in requests: which stretches of time make sense at all."""

from datetime import datetime, timedelta

from libs.contracts.values import Window
from services.policy.api.problems import invalid
from services.policy.core.limits import FURTHEST_AHEAD, LONGEST_RESERVATION

LONGEST_LOOK = timedelta(days=62)


def bookable(start: datetime, end: datetime, now: datetime) -> Window:
    """Build the window of a reservation. Raises Problem if it is empty, longer than 366 days or over ten years off."""
    if end <= start:
        raise invalid("end", "does not lie after start", "an end later than the start; windows are half-open")
    if end - start > LONGEST_RESERVATION:
        raise invalid("end", "lies too long after start", f"a reservation of at most {LONGEST_RESERVATION.days} days")
    for field, at in (("start", start), ("end", end)):
        if at - now > FURTHEST_AHEAD:
            raise invalid(field, "lies too far ahead", "a time within the next ten years")
    return Window(start=start, end=end)


def check_order(start: datetime, end: datetime) -> None:
    """Raise Problem if the window of a query is empty."""
    if end <= start:
        raise invalid("query.to", "does not lie after query.from", "a later time")


def looked_at(start: datetime, end: datetime) -> Window:
    """Build the window of an availability query. Raises Problem if it is empty or longer than 62 days."""
    check_order(start, end)
    if end - start > LONGEST_LOOK:
        raise invalid("query.to", "lies too long after query.from", f"at most {LONGEST_LOOK.days} days at a time")
    return Window(start=start, end=end)
