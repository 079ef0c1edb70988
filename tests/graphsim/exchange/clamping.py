"""What Exchange makes of the details of an event before it stores them.

Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxcical/f9f57d5c-98fc-4e6b-96f1-652d0a5f1105
(a subject has at most 255 WCHARs, and no half of a surrogate pair). That fractions of a second are dropped is not
documented; no client shows or sends any.
"""

from dataclasses import replace
from datetime import datetime

from tests.graphsim.exchange.stored_event import MeetingDetails


def clamped(details: MeetingDetails, longest_subject: int | None) -> MeetingDetails:
    """Return the details as they are stored: a subject that is not too long, and whole seconds."""
    return replace(
        details,
        subject=_cut(details.subject, longest_subject),
        start=whole_second(details.start),
        end=whole_second(details.end),
    )


def whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _cut(text: str, most: int | None) -> str:
    """The first `most` UTF-16 units; half a pair at the end is left out."""
    if most is None or len(text) * 2 <= most:
        return text
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", errors="ignore")
