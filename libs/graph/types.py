"""The values that this package returns: frozen, with plain names, and with aware times in UTC."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.graph.errors import UnreadableEvent
from libs.graph.text import ical_uid_by_event


@dataclass(frozen=True, slots=True)
class NamedAddress:
    """Somebody with a mail address."""

    address: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class EventAttendee:
    """Somebody invited: `kind` is required, optional or resource; `response` as this copy shows it."""

    address: str
    name: str | None
    kind: str
    response: str


@dataclass(frozen=True, slots=True)
class EventOccurrence:
    """One occurrence of a series in one mailbox, with the names of `libs.contracts.values.Occurrence`."""

    original_date: date
    event_id: str
    start: datetime
    end: datetime
    answer: str
    shows_as: str
    is_exception: bool
    is_cancelled: bool
    is_private: bool
    subject: str
    attendees: tuple[EventAttendee, ...] | None


@dataclass(frozen=True, slots=True)
class EventSeries:
    """The recurrence of a master and its occurrences, with the names of `libs.contracts.values.SeriesListing`."""

    recurrence: dict[str, Any]
    time_zone: str
    occurrences: tuple[EventOccurrence, ...]
    listed_until: datetime | None
    removed_dates: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a series is read: from `since` on `ahead` into the future, and so many occurrences at `most`."""

    since: datetime
    ahead: timedelta
    most: int


@dataclass(frozen=True, slots=True)
class SeriesLimits:
    """How much of each series is read: so far `ahead` of the time of reading, and so many occurrences at `most`."""

    ahead: timedelta = timedelta(days=366)
    most: int = 150

    def extent(self, since: datetime) -> Extent:
        """Return what to read of a series at that time."""
        return Extent(since, self.ahead, self.most)


USUAL_LIMITS = SeriesLimits()


@dataclass(frozen=True, slots=True)
class Event:
    """One event in one mailbox.

    Its fields carry the names of `libs.contracts.values.Meeting`. `is_series` covers masters, occurrences and
    exceptions. Masters have a `recurrence`, and a `series` if they were read as a whole; the other two have the id of
    their master, and the start that the pattern gives them. An `is_bare` one of them came with its times alone, so all
    else is as its master says. `reservation_id` is our extended property. An `is_unreadable` event is there and takes
    its time, and more of it makes no sense to us. An `is_floating` one is of whole days in a zone that nobody knows;
    its times are the midnights of its dates in UTC. It `allows_new_time` unless its organizer wants no proposals.
    `removed_dates` are those that were taken out of a master, None unless it was asked for them.
    """

    event_id: str
    etag: str | None
    ical_uid: str
    start: datetime
    end: datetime
    time_zone: str
    is_all_day: bool
    is_series: bool
    series_master_id: str | None
    original_start: datetime | None
    recurrence: dict[str, Any] | None
    is_cancelled: bool
    is_private: bool
    is_room_owned: bool
    subject: str
    shows_as: str
    organizer: NamedAddress | None
    attendees: tuple[EventAttendee, ...]
    answer: str
    answered_at: datetime | None
    is_response_requested: bool
    transaction_id: str | None
    reservation_id: UUID | None
    is_unreadable: bool = False
    is_floating: bool = False
    is_bare: bool = False
    allows_new_time: bool = True
    series: EventSeries | None = None
    removed_dates: tuple[date, ...] | None = None

    @property
    def is_master(self) -> bool:
        """Whether it is the master of a series."""
        return self.is_series and self.series_master_id is None

    def known_by_id(self) -> "Event":
        """Return the event as one that is known by its event id instead of an iCalUId that another one has too."""
        return replace(self, ical_uid=ical_uid_by_event(self.event_id))

    def alone(self) -> "Event":
        """Return an occurrence or exception as an event of its own, for want of its series."""
        return replace(self.known_by_id(), is_series=False, series_master_id=None)


@dataclass(frozen=True, slots=True)
class Listing:
    """A complete listing: the events of which at least the times could be read, which iterating gives, and the others.

    An unreadable event is on the calendar all the same: before you conclude that an event is absent, look there.
    """

    events: tuple[Event, ...]
    unreadable: tuple[UnreadableEvent, ...] = ()

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription, by which Graph notifies us until `expires_at`."""

    subscription_id: str
    expires_at: datetime


EventBody = dict[str, Any]
"""The fields of an event to write, in Graph's JSON; built by `libs.graph.bodies`."""
