"""The query options of a listing: which events, in which order, how many at a time.

Source: https://learn.microsoft.com/en-us/graph/query-parameters
Source: https://learn.microsoft.com/en-us/graph/api/calendar-list-calendarview
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import StoredEvent
from tests.graphsim.exchange.world import ExchangeOptions
from tests.graphsim.graph import filters
from tests.graphsim.graph.extended import canonical
from tests.graphsim.graph.preferences import Preferences
from tests.graphsim.graph.render import DatesView, View
from tests.graphsim.graph.times import moment
from tests.graphsim.refusals import CallRefused, invalid_request

LONGEST_VIEW = timedelta(days=1825)
DEFAULT_PAGE = 10
LARGEST_PAGE = 1000
EXPANDED_ID = re.compile(r"id\s+eq\s+'((?:[^']|'')*)'", re.IGNORECASE)
EXPANDED_DATES = re.compile(r"exceptionOccurrences(?:\(\$select=([^)]*)\))?", re.IGNORECASE)
ORDERS: dict[str, Callable[[StoredEvent], Any]] = {
    "start/datetime": lambda event: event.details.start,
    "end/datetime": lambda event: event.details.end,
    "subject": lambda event: event.details.subject,
    "createddatetime": lambda event: event.created_at,
    "lastmodifieddatetime": lambda event: event.modified_at,
}


@dataclass(frozen=True, slots=True)
class EventPage:
    """A slice of a listing; `next_skip` is where the next one starts, if there is more."""

    events: list[StoredEvent]
    next_skip: int | None
    total: int


def view_of(request: web.Request, preferred: Preferences) -> View:
    """How to render what is asked for: `$select`, `$expand` and the `Prefer` headers."""
    select = request.query.get("$select")
    return View(
        immutable_ids=preferred.immutable_ids,
        zone=preferred.zone,
        body_type=preferred.body_type,
        select=frozenset(name.strip() for name in select.split(",")) if select else None,
        expand=_expanded(request.query.get("$expand", "")),
    )


def _expanded(expand: str) -> frozenset[str]:
    if "singlevalueextendedproperties" not in expand.lower():
        return frozenset()
    wanted = EXPANDED_ID.findall(expand)
    if not wanted:
        raise CallRefused(400, "ErrorInvalidProperty", "Expanding extended properties needs a $filter on their id.")
    return frozenset(canonical(name.replace("''", "'")) for name in wanted)


def dates_of(request: web.Request, options: ExchangeOptions) -> DatesView | None:
    """Which of its dates a master is asked to show: both properties only if selected, changed dates if expanded too.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/event
    """
    select = {name.strip() for name in request.query.get("$select", "").split(",")}
    expanded = EXPANDED_DATES.search(request.query.get("$expand", ""))
    if not select & {"cancelledOccurrences", "exceptionOccurrences"}:
        return None
    inner = expanded[1] if expanded is not None else None
    return DatesView(
        cancelled="cancelledOccurrences" in select and not options.omits_cancelled_occurrences,
        lists_declined=options.lists_declined_occurrences,
        exceptions="exceptionOccurrences" in select and expanded is not None,
        select=frozenset(name.strip() for name in inner.split(",")) if inner else None,
    )


def window_of(request: web.Request) -> tuple[datetime, datetime]:
    """The window of a calendar view or of instances; both ends are required, at most 1,825 days apart."""
    edges = []
    for name in ("startDateTime", "endDateTime"):
        text = request.query.get(name)
        if text is None:
            raise invalid_request(
                "This request requires a time window specified by the query string parameters "
                "StartDateTime and EndDateTime."
            )
        # A plus sign that was not encoded arrives as a space.
        when = moment(name, text.replace(" ", "+"))
        edges.append(when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC))
    start, end = edges
    if end < start:
        raise invalid_request("The end of the time window is before its start.")
    if end - start > LONGEST_VIEW:
        raise invalid_request(
            "Your request can't be completed. The range between the start and end dates is greater than 1825 days."
        )
    return start, end


def candidates(request: web.Request, mailbox: SimulatedMailbox) -> list[StoredEvent]:
    """Singles and series masters that `$filter` may pass; a search by iCalUId goes through the index."""
    ical_uid = filters.ical_uid_of(request.query.get("$filter", ""))
    return mailbox.ordered() if ical_uid is None else mailbox.with_uid(ical_uid)


def matching(request: web.Request, events: Iterable[StoredEvent]) -> list[StoredEvent]:
    """The events that can be read and pass `$filter`, in the order of `$orderby`."""
    text = request.query.get("$filter")
    holds = filters.predicate(text) if text is not None else None
    found = [event for event in events if not event.is_hidden and (holds is None or holds(event))]
    return _sorted(found, request.query.get("$orderby"))


def _sorted(events: list[StoredEvent], order: str | None) -> list[StoredEvent]:
    for clause in reversed(order.split(",") if order else []):
        name, _, direction = clause.strip().partition(" ")
        key = ORDERS.get(name.lower())
        if key is None:
            raise CallRefused(400, "ErrorInvalidProperty", f"The property '{name}' does not support sorting.")
        events = sorted(events, key=key, reverse=direction.strip().lower() == "desc")
    return events


def page_of(request: web.Request, preferred: Preferences, events: list[StoredEvent]) -> EventPage:
    """The page that `$top` and `$skip`, or the preferred page size, cut out."""
    top = _whole_number(request, "$top", preferred.page_size or DEFAULT_PAGE)
    skip = _whole_number(request, "$skip", 0)
    if not 1 <= top <= LARGEST_PAGE:
        raise invalid_request(f"The value of $top must be between 1 and {LARGEST_PAGE}.")
    more = skip + top
    return EventPage(events[skip:more], more if more < len(events) else None, len(events))


def _whole_number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isdigit():
        raise CallRefused(400, "BadRequest", f"The value '{text}' of {name} is not a whole number.")
    return int(text)
