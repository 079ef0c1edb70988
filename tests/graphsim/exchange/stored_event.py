"""A meeting as one mailbox holds it.

A meeting is several independent events, one for each mailbox, joined only by `ical_uid`. `MeetingDetails` is what the
organizer decides and what meeting messages carry; the rest of a `StoredEvent` belongs to the copy alone.

Source: https://learn.microsoft.com/en-us/graph/api/resources/event
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tests.graphsim.exchange.expansion import Expansion, OccurrenceSlot
from tests.graphsim.exchange.ids import clean_uid
from tests.graphsim.exchange.timezones import zone

Json = dict[str, Any]
TimeSlot = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A name with the address that mail goes to; addresses compare without case."""

    name: str
    address: str

    @property
    def key(self) -> str:
        return self.address.lower()


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """What somebody answered, and when; `none` is the organizer's view of one who has not."""

    response: str = "none"
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredAttendee:
    """One row of the attendee list; answers from before `asked_in`, the revision that invited, count for nothing."""

    person: Correspondent
    kind: str = "required"
    answer: RecordedAnswer = RecordedAnswer()
    proposed: TimeSlot | None = None
    asked_in: int = 0

    @property
    def key(self) -> str:
        return self.person.key


@dataclass(frozen=True, slots=True)
class MeetingDetails:
    """What the organizer decides. `start` and `end` are UTC; of an all-day event they are its dates at midnight UTC.

    `zone_shown` is a foreign system's own name of the zone, which means nothing here.
    """

    start: datetime
    end: datetime
    start_zone: str = "UTC"
    end_zone: str = "UTC"
    is_all_day: bool = False
    subject: str = ""
    body: str = ""
    body_type: str = "html"
    locations: tuple[Json, ...] = ()
    shows_as: str = "busy"
    sensitivity: str = "normal"
    importance: str = "normal"
    response_requested: bool = True
    allows_new_time: bool = True
    hides_attendees: bool = False
    is_online: bool = False
    zone_shown: str | None = None
    recurrence: Json | None = None

    @property
    def significant(self) -> tuple[object, ...]:
        """The part whose change takes every answer back: start, end, recurrence.

        Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.7.3.1)
        """
        return (self.start, self.end, self.is_all_day, self.recurrence)

    @property
    def occupied(self) -> tuple[datetime, datetime]:
        """The instants that the meeting takes; an all-day one takes its dates in its own zone."""
        if not self.is_all_day:
            return self.start, self.end
        local = zone(self.start_zone)
        return self.start.replace(tzinfo=local).astimezone(UTC), self.end.replace(tzinfo=local).astimezone(UTC)


@dataclass(slots=True)
class OwnParts:
    """What an exception has of its own; everything else it shows as its series has it.

    `details` names attributes of `MeetingDetails`, `parts` those of the event: attendees, answer, shows_as,
    is_cancelled. `answered` holds who has answered this date, or is asked again for it: what they answer to the series
    does not count here.

    Source: https://learn.microsoft.com/en-us/office/client-developer/outlook/mapi/pidtagrecipientflags-canonical-property
    (recipExceptionalResponse)
    """

    details: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)


@dataclass(slots=True)
class StoredSeries:
    """What a copy holds beside its pattern, if it is a series. `generation` counts the patterns it has had.

    `exceptions` and `deleted`, the occurrences that are no more, are by original date. `expansion` and `computed` keep
    what was computed. `has_dated_uids`: each occurrence has an iCalUId of its own.
    """

    generation: int = 0
    exceptions: dict[date, "StoredEvent"] = field(default_factory=dict)
    deleted: dict[date, "StoredEvent"] = field(default_factory=dict)
    has_dated_uids: bool = True
    expansion: Expansion | None = None
    computed: dict[date, "StoredEvent"] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class StoredEvent:
    """One copy in one mailbox. Whoever changes it says so with `World.write`, which renews key and time.

    `dropped` holds the addresses that were invited once and are no longer: their late answers count for nothing.
    `is_hidden`: it is there, and Graph does not show it yet.
    `master` and `original`, its slot in the pattern, are set on an occurrence only, which shares its master's `series`;
    on an exception `own` too. An orphan, one date of a series that the mailbox does not have, has `original` alone.
    `rendered` keeps what was computed since the last write.
    """

    immutable_id: str
    default_id: str
    ical_uid: str
    organizer: Correspondent
    is_organizer: bool
    details: MeetingDetails
    created_at: datetime
    attendees: tuple[StoredAttendee, ...] = ()
    answer: RecordedAnswer = RecordedAnswer()
    shows_as: str = "busy"
    is_cancelled: bool = False
    is_meeting: bool = False
    sequence: int = 0
    revision: int = 0
    transaction_id: str | None = None
    dropped: frozenset[str] = frozenset()
    extended: dict[str, str] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    is_reminder_on: bool = True
    reminder_minutes: int = 15
    change_key: str = ""
    modified_at: datetime | None = None
    deleted_at: datetime | None = None
    is_hidden: bool = False
    master: "StoredEvent | None" = None
    original: OccurrenceSlot | None = None
    own: OwnParts | None = None
    series: StoredSeries = field(default_factory=StoredSeries)
    rendered: dict[object, bytes] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        return f'W/"{self.change_key}"'

    @property
    def is_series(self) -> bool:
        return self.details.recurrence is not None

    @property
    def type(self) -> str:
        if self.master is not None:
            return "occurrence" if self.own is None else "exception"
        return "seriesMaster" if self.is_series else "singleInstance"

    @property
    def clean_uid(self) -> str:
        """The iCalUId by which copies in different mailboxes belong together, whichever date it is of."""
        if self.master is not None:
            return self.master.ical_uid
        return self.ical_uid if self.original is None else clean_uid(self.ical_uid)

    def attendee(self, address: str) -> StoredAttendee | None:
        wanted = address.lower()
        return next((row for row in self.attendees if row.key == wanted), None)
