"""Say who asks a question, for which dates, and what became of it: the same on every page that shows one."""

from collections.abc import Sequence

from libs.contracts.values import Window
from services.policy.core.approvals.telling import ToldQuestion
from services.policy.core.times import say_moment, say_window

_ENDED = {
    "withdrawn": "The request was withdrawn, so there is nothing left to decide.",
    "superseded": "The request was changed, or needs no approval any more, so this question is closed.",
}


def say_organizer(told: ToldQuestion) -> str | None:
    """Say for whom it is asked; None if for nobody."""
    address, name = told.asked.organizer, told.asker_name
    return f"{name} ({address})" if name and address and name != address else name or address


def say_dates(windows: Sequence[Window], zone: str) -> str | None:
    """Say how many dates there are, and which is the last; None if there is one at most."""
    return None if len(windows) < 2 else f"{len(windows)} dates, the last on {say_window(windows[-1], zone)}"


def say_outcome(told: ToldQuestion, zone: str) -> str:
    """Say what became of a question; nothing while it waits."""
    if told.state == "pending" or told.decided_at is None:
        return ""
    by = told.decided_by
    who = (by.name or by.subject or "somebody") if by is not None else "nobody"
    at = say_moment(told.decided_at, zone)
    match told.state:
        case "approved":
            return f"This was approved by {who}, {at}."
        case "rejected":
            return f"This was rejected by {who}, {at}."
        case "expired" if told.is_approved:
            return f"Nobody had decided by the deadline, so it was approved, {at}."
        case "expired":
            return f"Nobody had decided by the deadline, so it was declined, {at}."
        case _:
            return _ENDED[told.state]
