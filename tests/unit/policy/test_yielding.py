"""What is partly in the way of others: it blocks what they leave of its time, until it can have all of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.values import Answer, Meeting, Outcome, Window
from services.policy.core.availability import Taken
from services.policy.core.back_office import Denied, Granted, ReservationChange, decide_change
from services.policy.core.changes import Decision
from services.policy.core.explanations import SlotTaken
from services.policy.core.ledger import Slice
from services.policy.core.standing import Standing
from tests.unit.policy.factories import (
    BOOKED,
    ELSEWHEN,
    NEW,
    NOW,
    RESERVATION,
    answered,
    beside_notes,
    decided,
    known,
    ledger,
    meeting,
    noted,
    recorded,
    reservation,
    saved,
    space,
    taken,
    wants,
    window,
)

LONG = Window(start=BOOKED.start - timedelta(hours=1), end=BOOKED.end)
BEFORE = Window(start=LONG.start, end=BOOKED.start)
ACCEPTED_BEFORE = NOW - timedelta(days=2)


def foreign(at: Window = LONG, **different: Any) -> Meeting:
    usual = {"is_room_owned": True, "answer": Answer.ORGANIZER, "organizer": {"address": "room@example.org"}}
    return meeting(at, **{**usual, **different})


def unreadable(at: Window = LONG, **different: Any) -> Meeting:
    nothing = {"subject": "", "organizer": None, "attendees": (), "answer": Answer.ORGANIZER, "is_unreadable": True}
    return meeting(at, **{**nothing, **different})


def taken_over(at: Window = LONG, **different: Any) -> Meeting:
    return meeting(at, **{"answer": Answer.ACCEPTED, "answered_at": ACCEPTED_BEFORE, **different})


EVERY = pytest.mark.parametrize("make", [foreign, unreadable, taken_over])


def own(*stretches: Window, of: Window = LONG, **different: Any) -> tuple[Taken, ...]:
    """Make what a reservation takes that yields and was saved by `after`."""
    usual = {"reservation_id": NEW, "reserved_from": of.start, "reserved_until": of.end, "yields": True}
    return tuple(taken(each, **{**usual, **different}) for each in stretches)


def after(decision: Decision, *stretches: Taken) -> Slice:
    """Return the slice that a decision leaves, where these stretches are taken."""
    [made] = saved(decision)
    return ledger(meeting=noted(decision), reservation=made, taken=stretches)


@EVERY
def test_what_is_partly_in_the_way_blocks_what_is_left_and_stays_undecided(make: Any) -> None:
    decision = decided(ledger(taken=(taken(),)), make())

    [made] = saved(decision)
    assert (made.id, made.status, made.window, made.yields) == (NEW, "confirmed", LONG, True)
    assert (decision.note, noted(decision).standing, noted(decision).reservation_id) == ("partly_blocked", None, NEW)
    assert wants(decision) == {}
    [record] = recorded(decision)
    assert (record.outcome, record.reservation_id) == (Outcome.DECLINE, NEW)
    assert all(isinstance(each, SlotTaken) for each in record.reasons)


@EVERY
def test_seen_again_it_changes_nothing(make: Any) -> None:
    first = decided(ledger(taken=(taken(),)), make())

    again = decided(after(first, taken(), *own(BEFORE)), make())

    assert (again.note, beside_notes(again)) == ("partly_blocked", [])
    assert noted(again).standing is None


@EVERY
def test_it_has_all_of_its_time_once_nothing_else_has(make: Any) -> None:
    first = decided(ledger(taken=(taken(),)), make())

    freed = decided(after(first, *own(BEFORE)), make())

    [whole] = saved(freed)
    assert (whole.id, whole.window, whole.yields, whole.version) == (NEW, LONG, False, 2)
    assert noted(freed).standing is Standing.ACCEPTED
    assert [each.outcome for each in recorded(freed)] == [Outcome.ACCEPT]


@EVERY
def test_it_takes_what_has_become_free_since_without_another_entry(make: Any) -> None:
    half = Window(start=BOOKED.start, end=BOOKED.start + timedelta(minutes=30))
    first = decided(ledger(taken=(taken(),)), make())

    grown = decided(after(first, taken(half), *own(BEFORE)), make())

    [more] = saved(grown)
    assert (more.id, more.window, more.yields, more.version) == (NEW, LONG, True, 2)
    assert recorded(grown) == []


@EVERY
def test_where_nothing_is_left_no_reservation_stands_that_takes_nothing(make: Any) -> None:
    decision = decided(ledger(taken=(taken(LONG),)), make())

    assert (decision.note, saved(decision), noted(decision).standing) == ("unmanaged", [], None)
    assert [each.reservation_id for each in recorded(decision)] == [None]


@EVERY
def test_once_something_is_left_it_is_blocked_and_written_down(make: Any) -> None:
    first = decided(ledger(taken=(taken(LONG),)), make())

    then = decided(ledger(meeting=noted(first), taken=(taken(),)), make())

    assert [each.yields for each in saved(then)] == [True]
    assert [each.reservation_id for each in recorded(then)] == [NEW]


@pytest.mark.parametrize(
    ("make", "different"),
    [
        *((make, {"end": LONG.start + timedelta(days=400)}) for make in (foreign, unreadable, taken_over)),
        (unreadable, {"is_series": True}),
    ],
)
def test_what_could_never_be_booked_is_left_alone(make: Any, different: dict[str, Any]) -> None:
    decision = decided(ledger(taken=(taken(),)), make(**different))

    assert (decision.note, saved(decision)) == ("unmanaged", [])


@EVERY
def test_the_part_of_a_hall_that_nobody_has_is_blocked(make: Any) -> None:
    left, right = UUID(int=11), UUID(int=12)
    hall = space(part_ids=(left, right))
    both = taken(LONG, part_ids={left, right})

    partly = decided(ledger(space=hall, taken=(taken(LONG, part_ids={left}),)), make())
    not_at_all = decided(ledger(space=hall, taken=(both,)), make())

    assert [each.yields for each in saved(partly)] == [True]
    assert saved(not_at_all) == []


@pytest.mark.parametrize("make", [foreign, unreadable])
def test_what_was_imported_whole_and_is_moved_partly_into_the_way_of_others_blocks_what_is_left_there(
    make: Any,
) -> None:
    into = Window(start=ELSEWHEN.start - timedelta(hours=1), end=ELSEWHEN.end)
    first = decided(ledger(), make(BOOKED))
    imported = after(first, taken(reservation_id=NEW), taken(ELSEWHEN))

    moved, fully = decided(imported, make(into)), decided(imported, make(ELSEWHEN))

    [yielding] = saved(moved)
    assert (yielding.id, yielding.window, yielding.yields) == (NEW, into, True)
    assert noted(moved).standing is None
    assert [each.outcome for each in recorded(moved)] == [Outcome.DECLINE]
    assert [each.status for each in saved(fully)] == ["cancelled"]


@EVERY
@pytest.mark.parametrize("seen", ["moved away", "moved on", "gone", "free", "cancelled"])
def test_it_follows_its_event(make: Any, seen: str) -> None:
    first = decided(ledger(taken=(taken(),)), make())
    before = after(first, taken(), *own(BEFORE))
    further = Window(start=BOOKED.start, end=BOOKED.end + timedelta(hours=1))

    match seen:
        case "moved away":
            [now] = saved(decided(before, make(ELSEWHEN)))
            assert (now.window, now.yields) == (ELSEWHEN, False)
        case "moved on":
            [now] = saved(decided(before, make(further)))
            assert (now.window, now.yields) == (further, True)
        case "gone":
            [now] = saved(decided(before, None))
            assert now.status == "cancelled"
        case "free" if make is not taken_over:
            [now] = saved(decided(before, make(shows_as="free")))
            assert now.status == "cancelled"
        case "cancelled":
            [now] = saved(decided(before, make(is_cancelled=True)))
            assert now.status == "cancelled"


def test_another_title_is_followed_without_another_entry() -> None:
    first = decided(ledger(taken=(taken(),)), foreign())

    retitled = decided(after(first, taken(), *own(BEFORE)), foreign(subject="Painting"))

    assert [(each.title, each.yields) for each in saved(retitled)] == [("Painting", True)]
    assert recorded(retitled) == []


@pytest.mark.parametrize("make", [foreign, unreadable])
def test_what_an_administrator_took_out_stays_out_until_it_moves(make: Any) -> None:
    first = decided(ledger(taken=(taken(),)), make())
    [made] = saved(first)
    declined = replace(noted(first), standing=Standing.DECLINED)
    out = ledger(meeting=declined, reservation=replace(made, status="cancelled"), taken=(taken(),))
    further = Window(start=BOOKED.start, end=BOOKED.end + timedelta(hours=1))

    assert beside_notes(decided(out, make())) == []
    assert [each.yields for each in saved(decided(out, make(further)))] == [True]


def test_an_invitation_that_can_be_read_at_last_is_declined_and_blocks_nothing_any_more() -> None:
    first = decided(ledger(taken=(taken(),)), unreadable())
    [made] = saved(first)
    yielding = replace(made, id=RESERVATION)
    before = ledger(
        meeting=noted(first), reservation=yielding, taken=(taken(), *own(BEFORE, reservation_id=RESERVATION))
    )

    decision = decided(before, meeting(LONG))

    assert [(each.id, each.status) for each in saved(decision)] == [(RESERVATION, "cancelled"), (NEW, "declined")]
    assert answered(decision).answer == "declined"


def test_an_invitation_that_moves_unreadably_into_the_way_of_others_keeps_what_was_decided() -> None:
    slice_ = ledger(
        meeting=known(), reservation=reservation(), taken=(taken(reservation_id=RESERVATION), taken(ELSEWHEN))
    )

    moved = decided(slice_, unreadable(Window(start=ELSEWHEN.start, end=ELSEWHEN.end + timedelta(hours=1))))

    assert beside_notes(moved) == []


def test_its_buffers_are_shortened_like_its_time() -> None:
    """The others' buffers are theirs: what is left of 60 minutes before a set-up of 15 are 45, and the set-up."""
    quarter = timedelta(minutes=15)
    buffered = space(setup=quarter, cleanup=quarter)
    theirs = Window(start=BOOKED.start - quarter, end=BOOKED.end + quarter)
    other = taken(theirs, reserved_from=BOOKED.start, reserved_until=BOOKED.end)
    first = decided(ledger(space=buffered, taken=(other,)), foreign())

    exact = own(Window(start=LONG.start - quarter, end=BOOKED.start - quarter))
    short = own(Window(start=LONG.start, end=BOOKED.start - quarter))

    assert saved(decided(replace(after(first, other, *exact), space=buffered), foreign())) == []
    assert [
        each.version for each in saved(decided(replace(after(first, other, *short), space=buffered), foreign()))
    ] == [2]


def test_whoever_is_refused_because_of_it_is_told_once() -> None:
    around = own(BEFORE, Window(start=BOOKED.end, end=BOOKED.end + timedelta(hours=1)), ical_uid=None)

    [record] = recorded(decided(ledger(taken=(taken(), *around)), meeting(window(23, 180))))

    assert [each.reserved for each in record.reasons if isinstance(each, SlotTaken)] == [LONG, BOOKED]


def test_one_that_is_held_without_its_event_gets_all_of_the_time_that_it_is_given() -> None:
    kept = reservation(LONG, yields=True, kept_without_invitation=True, organizer_address=None)
    slice_ = ledger(reservation=kept, taken=(taken(), *own(BEFORE, reservation_id=RESERVATION)))

    refused = decide_change(kept, ReservationChange(attendee_count=3), slice_)
    moved = decide_change(kept, ReservationChange(start=ELSEWHEN.start, end=ELSEWHEN.end), slice_)

    assert isinstance(refused, Denied)
    assert isinstance(moved, Granted)
    assert (moved.reservation.window, moved.reservation.yields) == (ELSEWHEN, False)
