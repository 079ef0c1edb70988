"""The ledger's rows as values, and the slice of them that one decision needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from libs.contracts.keys import Key, MeetingKey, ReservationKey
from libs.contracts.values import Answer, Instant, Outcome, Value, Window
from services.policy.core.approvals.question import AskedFor, Question
from services.policy.core.availability import Buffers, Taken
from services.policy.core.explanations import Explanation
from services.policy.core.goals import Goal
from services.policy.core.policies.policy import JudgedBy, Policy
from services.policy.core.policies.rule import Booking

Status = Literal["pending", "confirmed", "declined", "cancelled"]
LIVE: tuple[Status, ...] = ("pending", "confirmed")


@dataclass(frozen=True, slots=True)
class Space:
    """A space as a decision sees it, with its parts (itself if it is undivided) and what its connection allows."""

    id: UUID
    part_ids: tuple[UUID, ...]
    name: str
    capacity: int
    time_zone: str
    setup: timedelta
    cleanup: timedelta
    room_mailbox: str | None
    connection_id: UUID | None
    mapped_at: datetime | None
    edits_organizer_events: bool
    refused_edit: Literal["decline", "propose_original"]
    own_domains: frozenset[str] = frozenset()

    @property
    def buffers(self) -> Buffers:
        """Return the time the space needs before and after each booking."""
        return Buffers(self.setup, self.cleanup)


class Judged(Value):
    """The facts that a decision about a meeting or a reservation was based on. What differs in them is judged again.

    `people` counts the organizer and everybody invited who is not a resource. `pattern` is the recurrence of a series,
    with the zone of its dates, as a text to be compared.
    """

    window: Window
    organizer: str | None
    people: int
    is_series: bool = False
    pattern: str | None = None


class RefusedRequest(Value):
    """An edit of a reservation's meeting that was refused: what was asked for, since when, and why it cannot be.

    An edit of a series that `leaves_out` this date asked for others instead; `window` is then that of the first.
    """

    window: Window
    people: int
    reasons: tuple[Explanation, ...]
    at: Instant
    leaves_out: bool = False


@dataclass(frozen=True, slots=True)
class Reservation:
    """One row of `reservations`.

    `outcome`, `reasons`, `warnings` and `policies` are of the decision that stands; an edit that was refused since is
    beside them. A reservation with a successor is over, and its meeting has another reservation now. One that `yields`
    occupies only what no other reservation takes of its time.
    """

    id: UUID
    space_id: UUID
    group_id: UUID | None
    status: Status
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    title: str
    is_private: bool
    organizer_name: str | None
    organizer_address: str | None
    attendee_count: int
    origin: Literal["outlook", "api", "command"]
    outcome: Outcome
    reasons: tuple[Explanation, ...]
    warnings: tuple[Explanation, ...]
    policies: tuple[JudgedBy, ...]
    ical_uid: str | None
    original_date: date | None
    kept_without_invitation: bool
    refused_request: RefusedRequest | None
    has_successor: bool
    yields: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def window(self) -> Window:
        """Return the reserved time without buffers."""
        return Window(start=self.starts_at, end=self.ends_at)

    @property
    def key(self) -> Key:
        """Return the key of its meeting, or its reservation key if it has no meeting."""
        if self.ical_uid is None:
            return ReservationKey(self.space_id, self.id)
        return MeetingKey(self.space_id, self.ical_uid, self.original_date)

    @property
    def judged(self) -> Judged:
        """Return the facts of it that a decision depends on."""
        return Judged(window=self.window, organizer=self.organizer_address, people=self.attendee_count)

    @property
    def is_live(self) -> bool:
        """Whether it occupies the space."""
        return self.status in LIVE

    @property
    def is_granted(self) -> bool:
        """Whether its time was granted to whoever asked for it. What is pending or yields only keeps others out."""
        return self.status == "confirmed" and not self.yields


@dataclass(frozen=True, slots=True)
class ReservationGroup:
    """One row of `reservation_groups`: a series, whose occurrences are reservations of the group.

    `window` is that of the first occurrence that the pattern has. Its occurrences are booked until
    `materialised_until`; it is None once all are.
    """

    id: UUID
    space_id: UUID
    ical_uid: str | None
    origin: Literal["outlook", "api", "command"]
    status: Literal["confirmed", "cancelled"]
    recurrence: Mapping[str, Any]
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    materialised_until: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def window(self) -> Window:
        """Return the time of its first occurrence."""
        return Window(start=self.starts_at, end=self.ends_at)


class MovedBack(Value):
    """A refused window from which the organizer's event was moved back, and why it was refused."""

    window: Window
    reasons: tuple[Explanation, ...]


class Standing(StrEnum):
    """How a room stands to a meeting, as last decided. Three of these show as tentative in Outlook."""

    ACCEPTED = "accepted"
    AWAITS_APPROVAL = "awaits_approval"
    CHANGE_AWAITS_APPROVAL = "change_awaits_approval"
    PROPOSES_ORIGINAL = "proposes_original"
    DECLINED = "declined"

    @property
    def shows_as(self) -> Answer:
        """Return the answer that the room's copy shows once Outlook follows."""
        return _SHOWN[self]

    @property
    def awaits_approval(self) -> bool:
        """Whether an administrator is asked."""
        return self in {Standing.AWAITS_APPROVAL, Standing.CHANGE_AWAITS_APPROVAL}

    @property
    def holds_the_room(self) -> bool:
        """Whether the room's copy, once it shows the answer, is all that Outlook needs for the reservation."""
        return self in {Standing.ACCEPTED, Standing.AWAITS_APPROVAL}


_SHOWN = {
    Standing.ACCEPTED: Answer.ACCEPTED,
    Standing.AWAITS_APPROVAL: Answer.TENTATIVE,
    Standing.CHANGE_AWAITS_APPROVAL: Answer.TENTATIVE,
    Standing.PROPOSES_ORIGINAL: Answer.TENTATIVE,
    Standing.DECLINED: Answer.DECLINED,
}


class PendingLook(Value):
    """A look that we asked for before a request is refused, what it is to be judged by, and how long we wait for it.

    With `settles_at`, the look is asked for once more at that time, and what is found before refuses nothing.
    """

    look_id: UUID
    judged: Judged
    until: Instant
    asked_at: Instant | None = None
    settles_at: Instant | None = None
    in_the_way: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownMeeting:
    """One row of `meetings`. `room_mailbox` is where it was last looked for."""

    room_mailbox: str | None
    event_id: str | None
    last_observed_at: datetime
    is_present: bool
    judged: Judged | None
    standing: Standing | None
    shown_answer: str | None
    moved_back_from: MovedBack | None
    reservation_id: UUID | None
    pending_look: PendingLook | None


@dataclass(frozen=True, slots=True)
class KnownIntent:
    """One row of `intents`: the newest for its key. `awaited_until` is when it stops being in flight, if it is.

    A goal that is asked for again keeps `wanted_since`, the generation that first wanted exactly this. A write of any
    generation from then on is a write of this goal. `written_generation` is the newest generation that wrote anything.
    `put_back` counts how often it was asked for again since `put_back_since` because somebody had undone it.
    """

    key: Key
    generation: int
    wanted: Goal
    state: Literal["issued", "written", "given_up"]
    awaited_until: datetime | None
    settled_at: datetime | None
    wanted_since: int
    written_generation: int | None
    event_id: str | None
    ical_uid: str | None
    reservation_id: UUID | None
    put_back: int = 0
    put_back_since: datetime | None = None

    @property
    def is_written(self) -> bool:
        """Whether we wrote what is wanted now, and not only something that was wanted before."""
        return self.written_generation is not None and self.written_generation >= self.wanted_since

    def is_awaited(self, observed_at: datetime) -> bool:
        """Whether what a calendar did not show at that time may still appear there by itself."""
        return self.awaited_until is not None and observed_at < self.awaited_until


@dataclass(frozen=True, slots=True)
class KnownDate:
    """What is known of one occurrence of a series under its own key. `reservation` is the last that was made for it.

    `question` is the pending one about it alone, `approved` what administrators allowed it alone, and `rejected` the
    last question about it alone if it was not approved.
    """

    reservation: Reservation | None = None
    meeting: KnownMeeting | None = None
    intent: KnownIntent | None = None
    hold: KnownIntent | None = None
    question: Question | None = None
    approved: tuple[AskedFor, ...] = ()
    rejected: Question | None = None

    @classmethod
    def about(
        cls,
        reservation: Reservation,
        meeting: KnownMeeting | None,
        intent: KnownIntent | None,
        hold: KnownIntent | None,
        question: Question | None = None,
        approved: tuple[AskedFor, ...] = (),
        rejected: Question | None = None,
    ) -> "KnownDate":
        """Return what is known of a date. What was decided about an earlier reservation of it counts no more."""
        own_meeting = meeting if meeting is not None and meeting.reservation_id == reservation.id else None
        own_intent = intent if intent is not None and intent.reservation_id == reservation.id else None
        return cls(reservation, own_meeting, own_intent, hold, question, approved, rejected)


@dataclass(frozen=True, slots=True)
class Slice:
    """All of the ledger that one decision about one meeting or reservation needs.

    `reservation` is the last one made for the meeting, whatever its status. `hold` is the intent of that reservation's
    hold, or of the hold that was observed. `taken` is what occupies the space around the asked window,
    the reservation's own occupancy included; it is empty if no window is asked for. `rooms` are the
    mailboxes of rooms of ours among those whom the meeting lists. `policies` are all that concern the space, in force
    or not; `bookings` are the organizer's live bookings in any space, as far as some policy counts them. `question` is
    the pending question about the reservation, or about the series, `approved` is what administrators allowed, and
    `rejected` is the last question that was decided, if it was not approved. `now` is the database's time, read under
    the locks that keep the slice true; no other clock's times are compared.

    If the meeting is a series, or was one, `group` is its live group and `dates` are its occurrences that are not over,
    and those that never had a reservation, by their original dates; `taken` is then what is around the windows of all.
    """

    now: datetime
    space: Space
    meeting: KnownMeeting | None
    reservation: Reservation | None
    intent: KnownIntent | None
    hold: KnownIntent | None
    taken: Sequence[Taken]
    rooms: frozenset[str] = frozenset()
    policies: Sequence[Policy] = ()
    bookings: Sequence[Booking] = ()
    question: Question | None = None
    approved: Sequence[AskedFor] = ()
    rejected: Question | None = None
    group: ReservationGroup | None = None
    dates: Mapping[date, KnownDate] = field(default_factory=dict)

    @property
    def reservations(self) -> list[Reservation]:
        """Return every reservation at hand: that of the meeting, and those of the dates of its series."""
        found = (self.reservation, *(known.reservation for known in self.dates.values()))
        return [each for each in found if each is not None]

    def is_approved(self, asked: AskedFor) -> bool:
        """Whether administrators allowed this, or more."""
        return any(asked.is_covered_by(each) for each in self.approved)

    @property
    def live(self) -> Reservation | None:
        """Return the live reservation, unless it is over: the time of what is over is never changed."""
        found = self.reservation
        return found if found is not None and found.is_live and found.ends_at > self.now else None

    @property
    def past(self) -> Reservation | None:
        """Return the live reservation if it is over."""
        found = self.reservation
        return found if found is not None and found.is_live and found.ends_at <= self.now else None
