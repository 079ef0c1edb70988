"""A ledger in memory: what decisions change, applied as the store applies them, for one space."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from libs.contracts.keys import Key, MeetingKey, ReservationKey
from libs.contracts.values import Observation
from services.policy.core.availability import Stretch, Taken, find_left
from services.policy.core.case import Case
from services.policy.core.changes import Decision, LookAgain, NoteMeeting, Record, Save, SaveGroup, Seen, Want
from services.policy.core.decide import decide
from services.policy.core.ledger import (
    KnownDate,
    KnownIntent,
    KnownMeeting,
    Reservation,
    ReservationGroup,
    Slice,
    Space,
    Standing,
)
from services.policy.core.policies.policy import Policy

PATIENCE = timedelta(seconds=60)
TAKES_EFFECT = timedelta(seconds=15)


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

    def observe(self, observation: Observation) -> Decision:
        """Decide about an observation, and change the ledger accordingly."""
        new_id = UUID(int=len(self.reservations) + 1000)
        decision = decide(Case(observation, self.slice_of(observation), new_id))
        self.apply(decision)
        return decision

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
        return Slice(
            now=self.now,
            space=self.space,
            meeting=known,
            reservation=reservation,
            intent=self.intents.get(observation.key),
            hold=hold,
            taken=self.taken(),
            policies=self.policies,
            group=self.group_of(uid),
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
            found[day] = KnownDate.about(each, self.date_meetings.get(own), self.intents.get(own), hold)
        for own, meeting in self.date_meetings.items():
            if own.ical_uid == key.ical_uid and own.original_date is not None and meeting.reservation_id is None:
                found.setdefault(own.original_date, KnownDate(meeting=meeting))
        return found

    def apply(self, decision: Decision) -> None:
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
        return sorted((self._taken(*each) for each in found), key=lambda each: each.starts_at)

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
    return [(one, two) for one, two in pairwise(found) if two.starts_at < one.ends_at]
