"""Build the calls to Graph as values, without I/O. `answers` reads what comes back.

Source: https://learn.microsoft.com/graph/api/resources/calendar
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote, urlencode

from libs.graph.bodies import local
from libs.graph.mailbox_name import in_graph
from libs.graph.text import original_id
from libs.graph.vendor import FIELDS, RESERVATION_PROPERTY, Json

Method = Literal["GET", "POST", "PATCH", "DELETE"]

PREFER = 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text"'
"""Ask with every request for ids that survive moves, and for times in UTC.

Source: https://learn.microsoft.com/graph/outlook-immutable-id
"""

PAGE = 999
ROOMS_PER_PAGE = 100
"""What Graph gives without being asked for more, so that no page is shorter than it should be.

Source: https://learn.microsoft.com/graph/api/place-list
"""
LONGEST_VIEW = timedelta(days=1825)
"""A longer calendar view is refused with ErrorInvalidRequest."""

EXCEPTIONS = "exceptionOccurrences"
REMOVED = "cancelledOccurrences"

_EXPAND = f"singleValueExtendedProperties($filter=id eq '{RESERVATION_PROPERTY}')"


@dataclass(frozen=True, slots=True)
class Call:
    """One request. It counts against the limits of `mailbox`; it is harmless to make it twice if `is_repeatable`.

    `name` is what is asked for, in metrics and traces. One that `is_small` is answered with a few events at most, and
    may be made together with others.
    """

    name: str
    method: Method
    path: str
    mailbox: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = field(default=None, repr=False)
    if_match: str | None = None
    is_repeatable: bool = True
    is_small: bool = False

    @property
    def url(self) -> str:
        """Return the path with its query, relative to the service root."""
        return f"{self.path}?{urlencode(self.query, quote_via=quote)}" if self.query else self.path


def headers(call: Call, request_id: str) -> dict[str, str]:
    """Build the headers of a call that are its own, whoever makes it."""
    match = {"If-Match": call.if_match} if call.if_match else {}
    return {"Prefer": PREFER, "client-request-id": request_id, **match}


def _user(mailbox: str) -> str:
    """Build the path of a mailbox. An apostrophe or `#` in its address would end or cut the path as it is.

    Source: https://learn.microsoft.com/graph/api/user-get
    """
    return f"/users/{quote(in_graph(mailbox), safe='@')}"


def _event(mailbox: str, event_id: str) -> str:
    return f"{_user(mailbox)}/events/{quote(original_id(event_id), safe='', errors='surrogatepass')}"


def read_user(name: str) -> Call:
    """Read the object id of a user by its principal name.

    Source: https://learn.microsoft.com/graph/api/user-get
    """
    return Call("read_user", "GET", _user(name), name, {"$select": "id"})


def find_users(address: str) -> Call:
    """Find the users that have this address, whatever their principal names.

    Source: https://learn.microsoft.com/graph/api/user-list, https://learn.microsoft.com/graph/aad-advanced-queries
    """
    wanted = address.replace("'", "''")
    return Call("find_users", "GET", "/users", None, {"$filter": f"mail eq '{wanted}'", "$select": "id"})


def read_mailbox_settings(mailbox: str) -> Call:
    """Read the settings of a mailbox, which say what it is for.

    Source: https://learn.microsoft.com/graph/api/user-get-mailboxsettings
    """
    return Call("read_mailbox_settings", "GET", f"{_user(mailbox)}/mailboxSettings", mailbox)


def read_place(address: str) -> Call:
    """Read a room or workspace from the directory of places.

    Source: https://learn.microsoft.com/graph/api/place-get
    """
    return Call("read_place", "GET", f"/places/{quote(address, safe='@')}")


def read_user_address(object_id: str) -> Call:
    """Read the address of a user, and so that of a mailbox that has another address by now.

    Source: https://learn.microsoft.com/graph/api/user-get
    """
    return Call("read_user_address", "GET", _user(object_id), None, {"$select": "id,mail,userPrincipalName"})


def list_rooms(skip: int) -> Call:
    """List rooms of the directory of places after the first `skip` of them, `ROOMS_PER_PAGE` at a time.

    The answers have no nextLink, so whoever lists all of them counts.

    Source: https://learn.microsoft.com/graph/api/place-list
    """
    query = {"$top": str(ROOMS_PER_PAGE), "$skip": str(skip)}
    return Call("list_rooms", "GET", "/places/microsoft.graph.room", None, query)


def read_event(mailbox: str, event_id: str) -> Call:
    """Read one event."""
    query = {"$select": FIELDS, "$expand": _EXPAND}
    return Call("read_event", "GET", _event(mailbox, event_id), mailbox, query, is_small=True)


def read_master(mailbox: str, master_id: str) -> Call:
    """Read the master of a series, with the dates that were taken out of it.

    Source: https://learn.microsoft.com/graph/api/event-get (cancelledOccurrences)
    """
    query = {"$select": f"{FIELDS},{REMOVED}", "$expand": _EXPAND}
    return Call("read_master", "GET", _event(mailbox, master_id), mailbox, query, is_small=True)


def find_events(mailbox: str, ical_uid: str) -> Call:
    """Find a meeting's copy in a mailbox by its iCalUId, which is the same in all mailboxes."""
    wanted = ical_uid.replace("'", "''")
    return Call(
        "find_events",
        "GET",
        f"{_user(mailbox)}/events",
        mailbox,
        {"$filter": f"iCalUId eq '{wanted}'", "$select": FIELDS, "$expand": _EXPAND},
        is_small=True,
    )


def find_holds(mailbox: str, reservation_id: str) -> Call:
    """Find the events that carry a reservation's id.

    Source: https://learn.microsoft.com/graph/api/singlevaluelegacyextendedproperty-get
    """
    wanted = (
        f"singleValueExtendedProperties/Any(ep: ep/id eq '{RESERVATION_PROPERTY}' and ep/value eq '{reservation_id}')"
    )
    return Call(
        "find_holds",
        "GET",
        f"{_user(mailbox)}/events",
        mailbox,
        {"$filter": wanted, "$select": FIELDS, "$expand": _EXPAND},
        is_small=True,
    )


def calendar_view(mailbox: str, start: datetime, end: datetime) -> Call:
    """List the events that touch a window, with series expanded; the window is cut to the longest that Graph allows.

    Source: https://learn.microsoft.com/graph/api/calendar-list-calendarview
    """
    until = min(end, start + LONGEST_VIEW)
    query = {
        "startDateTime": local(start)["dateTime"] + "Z",
        "endDateTime": local(until)["dateTime"] + "Z",
        "$select": FIELDS,
        "$expand": _EXPAND,
        "$top": str(PAGE),
    }
    return Call("calendar_view", "GET", f"{_user(mailbox)}/calendarView", mailbox, query)


def count_over(mailbox: str, before: datetime) -> Call:
    """Count the events that ended before an instant; of a series its first occurrence counts.

    Source: https://learn.microsoft.com/graph/query-parameters#count-parameter
    """
    query = {
        "$filter": f"end/dateTime lt '{local(before)['dateTime']}'",
        "$count": "true",
        "$select": "id",
        "$top": "1",
    }
    return Call("count_over", "GET", f"{_user(mailbox)}/events", mailbox, query, is_small=True)


def list_instances(mailbox: str, master_id: str, start: datetime, end: datetime, most: int) -> Call:
    """List the first occurrences of a series that touch a window, so many on a page, if it takes them.

    Source: https://learn.microsoft.com/graph/api/event-list-instances
    """
    query = {
        "startDateTime": local(start)["dateTime"] + "Z",
        "endDateTime": local(end)["dateTime"] + "Z",
        "$select": FIELDS,
        "$top": str(min(most, PAGE)),
    }
    return Call("list_instances", "GET", f"{_event(mailbox, master_id)}/instances", mailbox, query)


def list_exceptions(mailbox: str, master_id: str) -> Call:
    """List the dates of a series that are exceptions, by reading its master; cancelled ones are not among them.

    Source: https://learn.microsoft.com/graph/api/resources/event (exceptionOccurrences)
    """
    query = {"$select": f"id,{EXCEPTIONS}", "$expand": EXCEPTIONS}
    return Call("list_exceptions", "GET", _event(mailbox, master_id), mailbox, query)


def list_removed_dates(mailbox: str, master_id: str) -> Call:
    """List the dates that were taken out of a series, by reading its master, which shows them only if it is asked to.

    Source: https://learn.microsoft.com/graph/api/event-get (cancelledOccurrences)
    """
    query = {"$select": f"id,{REMOVED}"}
    return Call("list_removed_dates", "GET", _event(mailbox, master_id), mailbox, query, is_small=True)


def respond(mailbox: str, event_id: str, verb: Literal["accept", "decline", "tentativelyAccept"], body: Json) -> Call:
    """Answer an invitation. Graph acknowledges at once and does it later."""
    path = f"{_event(mailbox, event_id)}/{verb}"
    return Call("respond", "POST", path, mailbox, body=body, is_repeatable=False, is_small=True)


def create_event(mailbox: str, body: Json) -> Call:
    """Create an event; with a transactionId in the body, repeating the call creates no second one."""
    path, is_repeatable = f"{_user(mailbox)}/events", "transactionId" in body
    return Call("create_event", "POST", path, mailbox, body=body, is_repeatable=is_repeatable, is_small=True)


def update_event(mailbox: str, event_id: str, body: Json, if_match: str | None) -> Call:
    """Change an event."""
    return Call(
        "update_event", "PATCH", _event(mailbox, event_id), mailbox, body=body, if_match=if_match, is_small=True
    )


def delete_event(mailbox: str, event_id: str) -> Call:
    """Delete an event. Deleting an attendee's copy tells nobody: decline instead."""
    return Call("delete_event", "DELETE", _event(mailbox, event_id), mailbox, is_small=True)


def subscribe(mailbox: str, notify: str, lifecycle: str, client_state: str, expires_at: datetime) -> Call:
    """Subscribe to changes of a mailbox's events. The resource is a path, in which the mailbox is escaped as in others.

    Source: https://learn.microsoft.com/graph/api/subscription-post-subscriptions
    """
    body = {
        "changeType": "created,updated,deleted",
        "notificationUrl": notify,
        "lifecycleNotificationUrl": lifecycle,
        "resource": f"{_user(mailbox).removeprefix('/')}/events",
        "expirationDateTime": local(expires_at)["dateTime"] + "Z",
        "clientState": client_state,
        "latestSupportedTlsVersion": "v1_2",
    }
    return Call("subscribe", "POST", "/subscriptions", body=body, is_repeatable=False)


def read_subscription(subscription_id: str) -> Call:
    """Read a subscription.

    Source: https://learn.microsoft.com/graph/api/subscription-get
    """
    return Call("read_subscription", "GET", f"/subscriptions/{quote(subscription_id, safe='')}")


def renew(subscription_id: str, expires_at: datetime) -> Call:
    """Prolong a subscription, which refreshes its authorization too."""
    body = {"expirationDateTime": local(expires_at)["dateTime"] + "Z"}
    return Call("renew", "PATCH", f"/subscriptions/{quote(subscription_id, safe='')}", body=body)


def unsubscribe(subscription_id: str) -> Call:
    """End a subscription."""
    return Call("unsubscribe", "DELETE", f"/subscriptions/{quote(subscription_id, safe='')}")
