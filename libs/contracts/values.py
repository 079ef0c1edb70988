"""The values messages are made of.

All instants are aware and in UTC, all windows are half-open ``[start, end)``. A value is built from JSON, or from any
object with attributes of the same names: ``Meeting.model_validate(event)`` makes a meeting of a calendar event that
`libs.graph` read, and neither package knows the other.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, model_validator

from libs.contracts.keys import MeetingKey


class Value(BaseModel):
    """A frozen value. Unknown fields are ignored, so that a newer publisher does not break an older reader."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)


def _in_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class Window(Value):
    """A half-open stretch of time ``[start, end)``. A meeting's may be empty; a reservation's never is."""

    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _does_not_end_before_it_starts(self) -> Self:
        if self.end < self.start:
            raise ValueError(
                f"a window does not end before it starts: start {self.start.isoformat()}, end {self.end.isoformat()}"
            )
        return self


class Person(Value):
    """Somebody with a mail address. Addresses are compared without regard to case."""

    address: str
    name: str | None = None


class ActorKind(StrEnum):
    """In which capacity somebody acted.

    The first three call the API, in their most powerful role; an `administrator` without a subject is the operator at
    the command line, by the name that was given. A `service` also sends commands on the bus, each in somebody's name.
    `organizer` acts by a meeting in Outlook;
    `room_calendar` is whoever put an event on the room's own calendar, whom Outlook does not name. `system` is
    Roomsync itself. `unknown` acted before it was recorded who does.
    """

    ADMINISTRATOR = "administrator"
    APPROVER = "approver"
    SERVICE = "service"
    ORGANIZER = "organizer"
    ROOM_CALENDAR = "room_calendar"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class Actor(Value):
    """Who made, changed or cancelled a reservation.

    `subject` stays the same however often somebody is renamed: tenant and object id of whoever calls the API, the mail
    address of an organizer, and of the person in whose name a service sent a command.
    """

    kind: ActorKind
    subject: str | None = None
    name: str | None = None


class AttendeeKind(StrEnum):
    """How somebody was invited; rooms are `resource`, but a forwarded room may be `optional`."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    RESOURCE = "resource"


class Attendee(Person):
    """Somebody invited to a meeting, as the room's copy lists them."""

    kind: AttendeeKind = AttendeeKind.REQUIRED


class Answer(StrEnum):
    """What the room's copy of a meeting shows as the room's answer; `organizer` on events the room owns."""

    NONE = "none"
    ORGANIZER = "organizer"
    NOT_RESPONDED = "notResponded"
    ACCEPTED = "accepted"
    TENTATIVE = "tentativelyAccepted"
    DECLINED = "declined"


class Occurrence(Value):
    """One occurrence of a series, known by the date on which the pattern has it, in the series' own zone.

    Its event id changes whenever the pattern does. An exception differs from its series: in its time, its title or in
    who is invited; `attendees` are None where they are those of the series.

    Source: https://learn.microsoft.com/graph/outlook-schedule-recurring-events
    """

    original_date: date
    event_id: str
    start: Instant
    end: Instant
    answer: Answer = Answer.NONE
    shows_as: str = "busy"
    is_exception: bool = False
    is_cancelled: bool = False
    is_private: bool = False
    subject: str = ""
    attendees: tuple[Attendee, ...] | None = None

    @property
    def window(self) -> Window:
        """Return the time that it takes; none if it ends before it starts, which Outlook allows to happen."""
        return Window(start=self.start, end=max(self.start, self.end))


class SeriesListing(Value):
    """What makes a meeting a series: its recurrence as Graph has it, the zone of its dates, and its occurrences.

    `occurrences` are those that were not over, by start, each original date once. Where the listing was cut,
    `listed_until` says: the series may have others that start then or later. It is None if all are listed. Of a series
    that carries an id of ours, those of its last period are listed as well, and `removed_dates` are the original dates
    that were taken out one by one; they are not read of others.
    """

    recurrence: dict[str, Any]
    time_zone: str
    occurrences: tuple[Occurrence, ...] = ()
    listed_until: Instant | None = None
    removed_dates: tuple[date, ...] = ()


class Meeting(Value):
    """One event as a room's calendar showed it.

    `event_id` is a pointer that may have changed by the time it is used; `ical_uid` is the same in every mailbox.
    `is_series` covers masters, occurrences and exceptions; a master that was read as a whole has its `series`. An
    `is_room_owned` event is a hold of ours (`libs.contracts.holds`), or a foreign event, which somebody put on the
    room's own calendar. Of an `is_unreadable` event only the ids, the times and whether it blocks them are known; the
    rest is as if it were empty. An `is_floating` one is of whole days in an unknown zone; its times are the midnights
    of its dates in UTC (`libs.contracts.days`). The organizer of one that `allows_new_time` may be proposed another.
    """

    event_id: str
    etag: str | None = None
    ical_uid: str
    start: Instant
    end: Instant
    time_zone: str = "UTC"
    is_all_day: bool = False
    is_series: bool = False
    is_cancelled: bool = False
    is_private: bool = False
    is_room_owned: bool = False
    subject: str = ""
    shows_as: str = "busy"
    organizer: Person | None = None
    attendees: tuple[Attendee, ...] = ()
    answer: Answer = Answer.NONE
    answered_at: Instant | None = None
    is_response_requested: bool = True
    allows_new_time: bool = True
    transaction_id: str | None = None
    reservation_id: UUID | None = None
    is_unreadable: bool = False
    is_floating: bool = False
    series: SeriesListing | None = None

    @property
    def window(self) -> Window:
        """Return the time that it takes; none if it ends before it starts, which Outlook allows to happen."""
        return Window(start=self.start, end=max(self.start, self.end))


class Observation(Value):
    """What one room calendar held under one meeting key at `observed_at`; `meeting` is None if it held nothing.

    `observed_at` is the database's time before the read, so that observations of different services have an order. An
    absence is only stated after the iCalUId was looked up on that calendar and not found.
    """

    space_id: UUID
    room_mailbox: str
    ical_uid: str
    observed_at: Instant
    meeting: Meeting | None

    @property
    def key(self) -> MeetingKey:
        """Return the meeting key that was observed."""
        return MeetingKey(self.space_id, self.ical_uid)


class NotificationTaken(Value):
    """A notification of a change, as the webhook took it: when by that process's clock, and under what correlation id.

    The id is that of its line in the log; None if nobody knows it.
    """

    received_at: Instant
    correlation_id: str | None = None


class Reason(Value):
    """One rule that a request broke: its name, its limit, the value found, and a sentence for a person."""

    rule: str
    limit: str | None = None
    actual: str | None = None
    message: str


class Outcome(StrEnum):
    """What was decided about a request."""

    ACCEPT = "accept"
    TENTATIVE = "tentative"
    DECLINE = "decline"
