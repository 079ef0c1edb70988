"""The ledger's rows as values, and the slice of them that one decision needs. A space is in `space`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from libs.contracts.keys import Key, MeetingKey, ReservationKey
from libs.contracts.values import Instant, Outcome, Value, Window
from services.policy.core.approvals.question import AskedFor, Question
from services.policy.core.availability import Taken
from services.policy.core.explanations import Explanation
from services.policy.core.goals import Goal
from services.policy.core.policies.policy import JudgedBy, Policy, Role
from services.policy.core.policies.rule import Booking
from services.policy.core.space import Space
from services.policy.core.standing import Standing

Status = Literal["pending", "confirmed", "declined", "cancelled"]
LIVE: tuple[Status, ...] = ("pending", "confirmed")
OnConflict = Literal["all_or_nothing", "skip_conflicts"]


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


class HeldTime(Value):
    """A time that is held beside the one that is booked, for so many people, and the decision that it stands by.

    It is held for the reservation's own meeting, whose organizer is asked to choose it until `until`. If it is asked
    for `with_series`, one answer to the series asks for it and for those of other dates, and they are held together.
    """

    window: Window
    people: int
    until: Instant
    reasons: tuple[Explanation, ...] = ()
    warnings: tuple[Explanation, ...] = ()
    policies: tuple[JudgedBy, ...] = ()
    with_series: bool = False


@dataclass(frozen=True, slots=True)
class Reservation:
    """One row of `reservations`.

    `outcome`, `reasons`, `warnings` and `policies` are of the decision that stands; an edit that was refused since is
    beside them. A reservation with a successor is over, and its meeting has another reservation now. One that `yields`
    occupies only what no other reservation takes of its time. One that `competes` is pending and occupies nothing.
    One that is `grandfathered` breaks a rule, and was taken over as it stood; it is judged when it changes.
    `proposed_change` is the time that the room proposes to the organizer because the back office wants it.
    `moving_from` is the time that it had before the back office moved it, as long as the organizer's own event may
    still be there. Only one of the two is ever set.
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
    version: int
    created_at: datetime
    updated_at: datetime
    kept_without_invitation: bool = field(default=False, kw_only=True)
    refused_request: RefusedRequest | None = field(default=None, kw_only=True)
    proposed_change: HeldTime | None = field(default=None, kw_only=True)
    moving_from: HeldTime | None = field(default=None, kw_only=True)
    has_successor: bool = field(default=False, kw_only=True)
    yields: bool = field(default=False, kw_only=True)
    competes: bool = field(default=False, kw_only=True)
    grandfathered: bool = field(default=False, kw_only=True)

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
        """Whether it waits or is booked; it occupies the space, unless it `competes`."""
        return self.status in LIVE

    @property
    def is_of_own_group(self) -> bool:
        """Whether it is a date of a group that the back office made, which Outlook shows as a whole."""
        return self.group_id is not None and self.ical_uid is None

    @property
    def is_granted(self) -> bool:
        """Whether its time was granted to whoever asked for it. What is pending or yields only keeps others out."""
        return self.status == "confirmed" and not self.yields


@dataclass(frozen=True, slots=True)
class ReservationGroup:
    """One row of `reservation_groups`: a series, whose occurrences are reservations of the group.

    `window` is that of the first occurrence that the pattern has. Its occurrences are booked until
    `materialised_until`; it is None once all are. Dates from `taken_away_from` on that come into view later are
    declined, because the back office cancelled one date and all after it. One that the back office made has no
    `ical_uid`, and has what later dates of it are made from: its `rules` as text (`core.recurrence.stored`), for whom
    and for how many it is booked, in what `roles` it was asked for, and why it may break rules. One that was parted
    from another has what was `approved` of that, as far as it asks for no more.
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
    taken_away_from: date | None = field(default=None, kw_only=True)
    rules: str | None = field(default=None, kw_only=True)
    title: str | None = field(default=None, kw_only=True)
    organizer_name: str | None = field(default=None, kw_only=True)
    organizer_address: str | None = field(default=None, kw_only=True)
    attendee_count: int = field(default=0, kw_only=True)
    on_conflict: OnConflict | None = field(default=None, kw_only=True)
    override_reason: str | None = field(default=None, kw_only=True)
    roles: frozenset[Role] = field(default=frozenset(), kw_only=True)
    approved: tuple[AskedFor, ...] = field(default=(), kw_only=True)

    @property
    def window(self) -> Window:
        """Return the time of its first occurrence."""
        return Window(start=self.starts_at, end=self.ends_at)


class MovedBack(Value):
    """A refused window from which the organizer's event was moved back, and why it was refused."""

    window: Window
    reasons: tuple[Explanation, ...]


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


class Contested(Value):
    """What is shown of an event that takes its time in Outlook, and that others have some of in the ledger.

    It has its title as a reservation would keep it, and its organizer's name, for when it is booked after all.
    """

    title: str
    is_private: bool
    organizer_name: str | None
    since: Instant


@dataclass(frozen=True, slots=True)
class KnownMeeting:
    """One row of `meetings`. `room_mailbox` is where it was last looked for.

    `allows_proposals` says whether its organizer may be proposed another time. It is `contested` while it stays on the
    calendar undecided, because others have some of its time.
    """

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
    allows_proposals: bool = True
    contested: Contested | None = None


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
    `rejected` is the last question that was decided, if it was not approved. It `is_competed_for` if a question about
    any time of any part of the space competes. `now` is the database's time, read under the locks that keep the slice
    true; no other clock's times are compared.

    If the meeting is a series, or was one, `group` is its live group and `dates` are its occurrences that are not over,
    and those that never had a reservation, by their original dates; `taken` is then what is around the windows of all.
    If it is about a group that the back office made, `dates` are all that ever had a reservation, and `hold` is the
    intent of the group's own hold.
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
    is_competed_for: bool = False
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
