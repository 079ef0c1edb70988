"""Compare what the ledger expects with what a room calendar shows: `diff(space_id, expectations, listing, now)`.

This is about everything but the dates of series, which `services.reconciler.core.series` compares, and recurring
holds, which `services.reconciler.core.held` does.

An event that is missing from the listing is not called absent here. Its expectation goes into `to_look_up`, and
`compare_looked_up` compares the outcome of that look-up. The same event on two pages of a listing counts once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.contracts.keys import Key, MeetingKey, ReservationKey
from libs.contracts.shown import is_shown_at
from libs.contracts.values import Answer, Meeting
from services.reconciler.core.drift import (
    DifferentAnswer,
    DifferentTime,
    DifferentTitle,
    Drift,
    Duplicate,
    MissingInLedger,
    MissingInOutlook,
    OrphanHold,
    ShownAfterAll,
    Unmanaged,
)
from services.reconciler.core.expectation import Expectation


@dataclass(frozen=True, slots=True)
class Difference:
    """What a listing shows: drifts that are certain, and expectations to look up.

    `undecided` are the keys of intents in flight: the listing neither proves a drift of them nor that there is none.
    """

    drifts: tuple[Drift, ...] = ()
    to_look_up: tuple[Expectation, ...] = ()
    undecided: frozenset[Key] = frozenset()


def diff(space_id: UUID, expectations: Sequence[Expectation], listing: Iterable[Meeting], now: datetime) -> Difference:
    """Return how the single events of a listing differ from what is expected.

    What is still in flight is not counted as a difference. What is expected of single dates of series is not compared.
    """
    listed = {event.event_id: event for event in listing if event.window.end > now}
    singles = [event for event in listed.values() if not event.is_series]
    expectations = [expected for expected in expectations if not expected.is_of_one_date]
    on_calendar = _Listing.of(singles)
    drifts: list[Drift] = []
    to_look_up: list[Expectation] = []
    undecided: set[Key] = set()
    accounted: set[str] = set()
    for expected in expectations:
        found = on_calendar.of_expectation(expected)
        accounted |= {event.event_id for event in found}
        differing = _compare_found(expected, found)
        has_arrived = any(expected.has_arrived(each) for each in found)
        if expected.is_awaited(now) and not has_arrived and (differing or not found):
            undecided.add(expected.key)
        elif found:
            drifts += differing
        elif not expected.may_be_absent():
            to_look_up.append(expected)
    rest = [event for event in singles if event.event_id not in accounted and not event.is_cancelled]
    drifts += [drift for event in rest if (drift := _report_unexpected(space_id, event)) is not None]
    return Difference(tuple(drifts), tuple(to_look_up), frozenset(undecided))


def compare_looked_up(expected: Expectation, found: Meeting | None) -> list[Drift]:
    """Return how the outcome of a look-up differs from what is expected."""
    if found is None and expected.want == "no_hold":
        return [ShownAfterAll(expected.key, None, expected)]
    if found is None:
        return [] if expected.may_be_absent() else [MissingInOutlook(expected.key, None, expected)]
    return compare(expected, found)


def compare_series(space_id: UUID, expectations: Iterable[Expectation], master: Meeting, now: datetime) -> list[Drift]:
    """Return how the master of a series differs from what is expected under its iCalUId.

    Its time is not compared: of a series that is booked the dates are. A single meeting that was booked and has become
    a series differs, and so does a series that is moved by us: its answer is owed once it has come, and it is decided
    about anew if it does not come in time.
    """
    key = MeetingKey(space_id, master.ical_uid)
    expected = next((each for each in expectations if each.key == key), None)
    if expected is None:
        drift = _report_unexpected(space_id, master)
        return [drift] if drift is not None and not master.is_cancelled else []
    if expected.has_arrived(master):
        return [DifferentAnswer(key, master, expected)]
    if expected.is_awaited(now):
        return []
    if expected.want == "move_back" or (expected.is_booked and not expected.is_booked_series):
        return [DifferentTime(key, master, expected)]
    return compare_but_time(expected, master)


def is_in_flight(expectations: Iterable[Expectation], key: Key, seen: Meeting, now: datetime) -> bool:
    """Whether an event does not yet show what is expected under its key, and may come to show it by itself."""

    def is_to_come(each: Expectation) -> bool:
        return each.want == "move_back" or bool(compare_but_time(each, seen))

    return any(each.key == key and each.is_awaited(now) and is_to_come(each) for each in expectations)


def compare(expected: Expectation, seen: Meeting) -> list[Drift]:
    """Return how an event differs from what is expected of it. One that blocks its time in part still differs."""
    if expected.want == "no_hold":
        return [ShownAfterAll(expected.key, seen, expected) if seen.is_cancelled else OrphanHold(expected.key, seen)]
    if seen.is_cancelled:
        return [] if expected.may_be_absent() else [MissingInOutlook(expected.key, seen, expected)]
    if expected.yields and (drift := _report_unexpected(expected.key.space_id, seen)) is not None:
        return [drift]
    if expected.held is not None:
        return [DifferentTime(expected.key, seen, expected)]
    if seen.is_series or expected.is_booked_series or not is_shown_at(seen, expected.window):
        return [DifferentTime(expected.key, seen, expected)]
    return compare_but_time(expected, seen)


def compare_but_time(expected: Expectation, seen: Meeting) -> list[Drift]:
    """Return how an event that is there differs from what is expected of it, whatever its time is."""
    if _answer_differs(expected, seen):
        return [DifferentAnswer(expected.key, seen, expected)]
    if not expected.has_title_of(seen):
        return [DifferentTitle(expected.key, seen, expected)]
    if expected.is_given_up and not seen.is_unreadable:
        return [ShownAfterAll(expected.key, seen, expected)]
    return []


def _compare_found(expected: Expectation, found: Sequence[Meeting]) -> list[Drift]:
    """Return how the events found for an expectation differ from it; a second hold is a duplicate."""
    if not found:
        return []
    kept = min(found, key=lambda each: (each.is_cancelled, each.event_id != expected.event_id, each.event_id))
    twice = [Duplicate(expected.key, each) for each in found if each is not kept and expected.want == "hold"]
    return [*compare(expected, kept), *twice]


def _answer_differs(expected: Expectation, seen: Meeting) -> bool:
    """Whether the calendar shows another answer than was decided.

    An event that the room itself owns has no answer, so it differs if it no longer blocks the room: a hold of ours has
    to show as busy, an imported event must not show as free. Nor must a meeting that was accepted: what is confirmed
    in the ledger is busy in Outlook. A meeting that was moved back still waits for its answer. What an event that
    cannot be read answers proves nothing.
    """
    if expected.want == "hold":
        return seen.shows_as != "busy"
    if seen.is_unreadable:
        return False
    if expected.answer is Answer.ACCEPTED and seen.shows_as == "free":
        return True
    if seen.is_room_owned and expected.answer is Answer.ORGANIZER:
        return seen.shows_as == "free"
    return expected.want == "move_back" or seen.answer is not expected.answer


def _report_unexpected(space_id: UUID, event: Meeting) -> Drift | None:
    if event.is_unreadable:
        return None if event.shows_as == "free" else Unmanaged(MeetingKey(space_id, event.ical_uid), event)
    if not event.is_room_owned:
        return None if event.answer is Answer.DECLINED else MissingInLedger(MeetingKey(space_id, event.ical_uid), event)
    if event.reservation_id is not None and event.transaction_id is not None:
        return OrphanHold(ReservationKey(space_id, event.reservation_id), event)
    return None if event.shows_as == "free" else Unmanaged(MeetingKey(space_id, event.ical_uid), event)


@dataclass(frozen=True, slots=True)
class _Listing:
    """A listing, indexed by what finds the events of an expectation."""

    by_ical_uid: Mapping[str, list[Meeting]]
    by_reservation: Mapping[UUID, list[Meeting]]

    @classmethod
    def of(cls, events: Iterable[Meeting]) -> "_Listing":
        by_ical_uid: defaultdict[str, list[Meeting]] = defaultdict(list)
        by_reservation: defaultdict[UUID, list[Meeting]] = defaultdict(list)
        for event in events:
            by_ical_uid[event.ical_uid].append(event)
            if event.is_room_owned and event.reservation_id is not None:
                by_reservation[event.reservation_id].append(event)
        return cls(by_ical_uid, by_reservation)

    def of_expectation(self, expected: Expectation) -> list[Meeting]:
        """Return every listed event that an expectation is about."""
        found = {event.event_id: event for event in self.by_ical_uid.get(expected.ical_uid or "", ())}
        if expected.is_about_a_hold and expected.reservation_id is not None:
            found |= {event.event_id: event for event in self.by_reservation.get(expected.reservation_id, ())}
            return [event for event in found.values() if expected.is_hold(event)]
        return list(found.values())
