"""What is written to Graph: bodies in its own words."""

from datetime import UTC, datetime
from uuid import UUID

from libs.graph.types import EventBody
from libs.graph.vendor import RESERVATION_PROPERTY, Json


def local(instant: datetime) -> dict[str, str]:
    """Write an instant as Graph wants it: a local time and its zone."""
    return {"dateTime": instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"), "timeZone": "UTC"}


def window(start: datetime, end: datetime) -> EventBody:
    """Move an event, and nothing else."""
    return {"start": local(start), "end": local(end)}


def hold(start: datetime, end: datetime, subject: str) -> EventBody:
    """Block the room: busy, nobody invited, nothing to answer, no reminder."""
    return {
        **window(start, end),
        "subject": subject,
        "showAs": "busy",
        "isReminderOn": False,
        "responseRequested": False,
        "allowNewTimeProposals": False,
    }


def new_hold(start: datetime, end: datetime, subject: str, *, reservation_id: UUID, transaction_id: UUID) -> EventBody:
    """Make a hold that names its reservation, and that a repeated request makes only once.

    Source: https://learn.microsoft.com/graph/api/resources/event#properties (transactionId)
    """
    return {
        **hold(start, end, subject),
        "transactionId": str(transaction_id),
        "singleValueExtendedProperties": [{"id": RESERVATION_PROPERTY, "value": str(reservation_id)}],
    }


def answer(comment: str | None, *, sends_response: bool, proposed: tuple[datetime, datetime] | None) -> Json:
    """Answer an invitation. A comment without a response is refused by Graph, even an empty one.

    Source: https://learn.microsoft.com/graph/api/event-tentativelyaccept
    """
    body: Json = {"sendResponse": sends_response}
    if sends_response and comment:
        body["comment"] = comment
    if sends_response and proposed is not None:
        body["proposedNewTime"] = {"start": local(proposed[0]), "end": local(proposed[1])}
    return body
