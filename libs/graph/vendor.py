"""Graph's JSON as it comes over the wire: only what is read here. Nothing past `translate` sees it.

Source: https://learn.microsoft.com/graph/api/resources/event,
https://learn.microsoft.com/graph/api/resources/subscription
"""

from typing import Any, NotRequired, TypedDict


class EmailAddress(TypedDict):
    """A name and an address."""

    name: NotRequired[str | None]
    address: NotRequired[str | None]


class Recipient(TypedDict):
    """Somebody with an address."""

    emailAddress: NotRequired[EmailAddress | None]


class ResponseStatus(TypedDict):
    """An answer and when it was given; year 1 stands for never."""

    response: NotRequired[str | None]
    time: NotRequired[str | None]


class GraphAttendee(Recipient):
    """Somebody invited."""

    type: NotRequired[str | None]
    status: NotRequired[ResponseStatus | None]


class DateTimeTimeZone(TypedDict):
    """A local time without offset, and the name of its zone."""

    dateTime: str
    timeZone: NotRequired[str | None]


class ExtendedProperty(TypedDict):
    """A single-value extended property."""

    id: str
    value: NotRequired[str | None]


GraphEvent = TypedDict(
    "GraphEvent",
    {
        "@odata.etag": NotRequired[str],
        "id": str,
        "iCalUId": NotRequired[str | None],
        "type": NotRequired[str | None],
        "seriesMasterId": NotRequired[str | None],
        "originalStart": NotRequired[str | None],
        "recurrence": NotRequired[dict[str, Any] | None],
        "start": DateTimeTimeZone,
        "end": DateTimeTimeZone,
        "originalStartTimeZone": NotRequired[str | None],
        "isAllDay": NotRequired[bool | None],
        "isCancelled": NotRequired[bool | None],
        "isOrganizer": NotRequired[bool | None],
        "sensitivity": NotRequired[str | None],
        "subject": NotRequired[str | None],
        "showAs": NotRequired[str | None],
        "organizer": NotRequired[Recipient | None],
        "attendees": NotRequired[list[GraphAttendee]],
        "responseStatus": NotRequired[ResponseStatus | None],
        "responseRequested": NotRequired[bool | None],
        "allowNewTimeProposals": NotRequired[bool | None],
        "transactionId": NotRequired[str | None],
        "singleValueExtendedProperties": NotRequired[list[ExtendedProperty]],
    },
)
"""An event, as far as it is read."""

FIELDS = (
    "id,iCalUId,type,seriesMasterId,originalStart,recurrence,start,end,originalStartTimeZone,isAllDay,isCancelled,isOrganizer,sensitivity,"
    "subject,showAs,organizer,attendees,responseStatus,responseRequested,allowNewTimeProposals,transactionId"
)
"""The `$select` of every read."""

RESERVATION_PROPERTY = "String {00020329-0000-0000-c000-000000000046} Name RoomsyncReservation"
"""The extended property that names the reservation a hold stands for.

Source: https://learn.microsoft.com/graph/api/resources/extended-properties-overview
"""

Json = dict[str, Any]
