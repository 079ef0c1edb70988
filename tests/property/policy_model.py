"""A ledger in memory: what decisions change, applied as the store applies them, for one space."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from libs.contracts.keys import Key, MeetingKey, ReservationKey
from libs.contracts.values import Actor, ActorKind, Observation
from services.policy.core.approvals.closing import close_questions
from services.policy.core.approvals.deciding import approve, reject
from services.policy.core.approvals.question import AskedFor, Question
from services.policy.core.availability import Stretch, Taken, find_left
from services.policy.core.case import Case
from services.policy.core.changes import (
    Decision,
    LookAgain,
    NoteMeeting,
    Record,
    Save,
    SaveGroup,
    SaveQuestion,
    Seen,
    Want,
)
from services.policy.core.decide import decide
from services.policy.core.ledger import KnownDate, KnownIntent, KnownMeeting, Reservation, ReservationGroup, Slice
from services.policy.core.policies.policy import Policy
from services.policy.core.recurring.asked import slice_of
from services.policy.core.space import Space
from services.policy.core.standing import Standing

PATIENCE = timedelta(seconds=60)
TAKES_EFFECT = timedelta(seconds=15)
GRACE = Actor(kind=ActorKind.APPROVER, subject="grace")


@dataclass
class Model:
    """The rows of one space, and a clock that only tests move."""

    space: Space
    now: datetime
    meetings: dict[str, KnownMeeting] = field(default_factory=dict)
    reservations: dict[UUID, Reservation] = field(default_factory=dict)
    intents: dict[Key, KnownIntent] = field(default_factory=dict)
    audit: list[Record] = field(default_factory=list)
    occupied: dict[UUID, list[Stretch]] = field(default_factory=dict)
    policies: Sequence[Policy] = ()
    groups: dict[UUID, ReservationGroup] = field(default_factory=dict)
    date_meetings: dict[MeetingKey, KnownMeeting] = field(default_factory=dict)
    questions: dict[UUID, Question] = field(default_factory=dict)

    def observe(self, observation: Observation) -> Decision:
        """Decide about an observation, and change the ledger accordingly."""
        new_id = UUID(int=len(self.reservations) + 1000)
        ledger = self.slice_of(observation)
        decision = close_questions(ledger, decide(Case(observation, ledger, new_id)))
        self.apply(decision)
        return decision

    def rule(self, question: Question, observation: Observation, *, is_approved: bool) -> None:
        """Have an administrator decide a question about the meeting that was observed."""
        ledger = self.slice_of(observation)
        about = [each for each in ledger.dates.values() if each.question is not None and each.question == question]
        ledger = slice_of(ledger, about[0]) if about else ledger
        decided = approve(question, ledger, None, GRACE) if is_approved else reject(question, ledger, None, GRACE)
        self.apply(close_questions(ledger, decided))

    def questions_about(self, about: UUID | None) -> tuple[Question | None, tuple[AskedFor, ...], Question | None]:
        """Return the pending question about a reservation or a series, what was approved, and what was not."""
        found = [each for each in self.questions.values() if about == (each.reservation_id or each.group_id)]
        pending = [each for each in found if each.state == "pending"]
        assert len(pending) <= 1
        decided = [each for each in found if each.state in {"approved", "rejected"}]
        last = max(decided, key=lambda each: each.updated_at, default=None)
        rejected = last if last is not None and not last.is_approved else None
        return pending[0] if pending else None, tuple(each.asked for each in decided if each.is_approved), rejected

    def slice_of(self, observation: Observation) -> Slice:
        uid, seen = observation.ical_uid, observation.meeting
        known = self.meetings.get(uid)
        live = [
            each
            for each in self.reservations.values()
            if each.ical_uid == uid and each.original_date is None and each.is_live and not each.has_successor
        ]
        last = self.reservations.get(known.reservation_id) if known and known.reservation_id else None
        reservation = live[0] if live else last
        held_for = seen.reservation_id if seen is not None and seen.is_room_owned else None
        about = held_for or (reservation.id if reservation else None)
        hold = next((each for each in self.intents.values() if each.ical_uid == uid), None)
        if hold is None and about is not None:
            hold = self.intents.get(ReservationKey(self.space.id, about))
        group = self.group_of(uid)
        asked = self.questions_about(reservation.id) if reservation is not None and reservation.is_live else None
        question, approved, rejected = asked or self.questions_about(group.id if group is not None else None)
        return Slice(
            now=self.now,
            space=self.space,
            meeting=known,
            reservation=reservation,
            intent=self.intents.get(observation.key),
            hold=hold,
            taken=self.taken(),
            policies=self.policies,
            group=group,
            question=question,
            approved=approved,
            rejected=rejected,
            dates=self.dates_of(observation.key),
        )

    def group_of(self, uid: str) -> ReservationGroup | None:
        """Return the live group of a series."""
        found = [each for each in self.groups.values() if each.ical_uid == uid and each.status == "confirmed"]
        return found[0] if found else None

    def dates_of(self, key: MeetingKey) -> dict[date, KnownDate]:
        """Return what is known of each date of that group, and of those that never had a reservation."""
        group, found = self.group_of(key.ical_uid), dict[date, KnownDate]()
        for each in sorted(self.reservations.values(), key=lambda one: one.is_live):
            day = each.original_date
            if group is None or each.group_id != group.id or day is None or each.has_successor:
                continue
            own = replace(key, original_date=day)
            hold = self.intents.get(ReservationKey(self.space.id, each.id))
            asked = self.questions_about(each.id) if each.is_live else (None, (), None)
            found[day] = KnownDate.about(each, self.date_meetings.get(own), self.intents.get(own), hold, *asked)
        for own, meeting in self.date_meetings.items():
            if own.ical_uid == key.ical_uid and own.original_date is not None and meeting.reservation_id is None:
                found.setdefault(own.original_date, KnownDate(meeting=meeting))
        return found

    def apply(self, decision: Decision) -> None:  # noqa: C901 - one case for each change
        for change in decision.changes:
            match change:
                case NoteMeeting():
                    assert change.meeting.reservation_id is None or change.meeting.reservation_id in self.reservations
                    if change.key.original_date is None:
                        self.meetings[change.key.ical_uid] = change.meeting
                    else:
                        self.date_meetings[change.key] = change.meeting
                case SaveGroup():
                    self.groups[change.group.id] = change.group
                case Save():
                    assert self.reservations.get(change.reservation.id) == change.before
                    self.reservations[change.reservation.id] = change.reservation
                    self._occupy(change)
                case SaveQuestion():
                    assert self.questions.get(change.question.id) == change.before
                    self.questions[change.question.id] = change.question
                case Record():
                    self.audit.append(change)
                case Want():
                    self._want(change)
                case LookAgain():
                    pass
                case Seen():
                    seen = replace(self.intents[change.key], state="written", awaited_until=None)
                    self.intents[change.key] = seen

    def _want(self, change: Want) -> None:
        before = self.intents.get(change.key)
        generation = before.generation + 1 if before else 1
        is_the_same = before is not None and before.wanted == change.goal
        self.intents[change.key] = KnownIntent(
            key=change.key,
            generation=generation,
            wanted_since=before.wanted_since if before is not None and is_the_same else generation,
            wanted=change.goal,
            state="issued",
            awaited_until=self.now + PATIENCE,
            settled_at=before.settled_at if before else None,
            written_generation=before.written_generation if before else None,
            event_id=before.event_id if before else None,
            ical_uid=before.ical_uid if before else None,
            reservation_id=change.reservation_id,
        )

    def settle(self, at: datetime) -> None:
        """Have everything that is wanted be written at that instant."""
        for key, each in self.intents.items():
            if each.state == "issued":
                self.settle_one(key, at, has_written=True)

    def settle_one(self, key: Key, at: datetime, *, has_written: bool) -> None:
        """Have what is wanted under a key be settled at that instant, by a write or by finding it so."""
        is_shown_later = has_written and isinstance(key, MeetingKey)
        before = self.intents[key]
        self.intents[key] = replace(
            before,
            state="written",
            settled_at=at if has_written else before.settled_at,
            written_generation=before.generation if has_written else before.written_generation,
            awaited_until=at + TAKES_EFFECT if is_shown_later and before.state == "issued" else None,
        )

    def live(self) -> list[Reservation]:
        return [each for each in self.reservations.values() if each.is_live]

    def standing_of(self, uid: str) -> Standing | None:
        return self.meetings[uid].standing if uid in self.meetings else None

    def _occupy(self, change: Save) -> None:
        """Take what a reservation gets: all of its time, or what others leave of it; nothing once it has ended."""
        after, before = change.reservation, change.before
        stands = before is not None and before.is_live and before.window == after.window
        if not after.is_live:
            self.occupied.pop(after.id, None)
        elif after.yields:
            parts, others = self.space.part_ids, self.taken()
            left = find_left(after.window, self.space.buffers, others, parts, after.id)
            self.occupied[after.id] = left.get(parts[0], [])
        elif not stands or (before is not None and before.yields):
            whole = (after.starts_at - self.space.setup, after.ends_at + self.space.cleanup)
            self.occupied[after.id] = [whole]

    def taken(self) -> list[Taken]:
        """Return every stretch that is taken, in order."""
        found = [(self.reservations[each], *stretch) for each, all_of in self.occupied.items() for stretch in all_of]
        reserved = [self._taken(*each) for each in found]
        asked = [each for each in self.questions.values() if each.state == "pending"]
        held = [taken for each in asked for taken in self._held(each, reserved)]
        return sorted((*reserved, *held), key=lambda each: each.starts_at)

    def _held(self, question: Question, reserved: Sequence[Taken]) -> list[Taken]:
        """Return what is held for a change: that of a reservation as a whole, that of a series as far as it is free."""
        if question.group_id is not None and question.change is not None:
            like = next(each for each in self.reservations.values() if each.group_id == question.group_id)
            part = self.space.part_ids[0]
            left = [
                stretch
                for window in question.change.windows
                for stretch in find_left(window, self.space.buffers, reserved, self.space.part_ids, None).get(part, [])
            ]
            return [replace(self._taken(like, *each), reservation_id=question.group_id) for each in left]
        booked = self.reservations.get(question.reservation_id) if question.reservation_id is not None else None
        if booked is None or booked.status != "confirmed":
            return []
        return [self._taken(booked, *self.space.buffers.around(question.asked.window))]

    def _taken(self, of: Reservation, starts_at: datetime, ends_at: datetime) -> Taken:
        return Taken(
            reservation_id=of.id,
            starts_at=starts_at,
            ends_at=ends_at,
            title=of.title,
            is_private=of.is_private,
            organizer_name=of.organizer_name,
            reserved_from=of.starts_at,
            reserved_until=of.ends_at,
            part_ids=frozenset(self.space.part_ids),
            yields=of.yields,
        )


def overlapping(taken: Iterable[Taken]) -> list[tuple[Taken, Taken]]:
    """Return the pairs of stretches in which two reservations take the space at the same time."""
    found = sorted(taken, key=lambda each: each.starts_at)
    return [
        (one, two)
        for one, two in pairwise(found)
        if two.starts_at < one.ends_at and one.reservation_id != two.reservation_id
    ]
