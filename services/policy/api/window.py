"""The window of a query, which may lie anywhere but has to have a length."""

from datetime import datetime, timedelta

from libs.contracts.values import Window
from services.policy.api.problems import invalid

LONGEST_QUERY = timedelta(days=62)


def check_order(start: datetime, end: datetime) -> None:
    """Raise Problem if the window of a query is empty."""
    if end <= start:
        raise invalid("query.to", "does not lie after query.from", "a later time")


def query_window(start: datetime, end: datetime) -> Window:
    """Build the window of an availability query. Raises Problem if it is empty or longer than 62 days."""
    check_order(start, end)
    if end - start > LONGEST_QUERY:
        raise invalid("query.to", "lies too long after query.from", f"at most {LONGEST_QUERY.days} days at a time")
    return Window(start=start, end=end)
