"""What the room itself owns: holds of ours are put back, foreign events imported or left alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.holds import transaction_id
from libs.contracts.intents import DropHold
from libs.contracts.values import Answer, Attendee, Meeting, Outcome, Window
from services.policy.core.changes import GiveUp, Seen, Want
from services.policy.core.holds import retitle_hold
from services.policy.core.ledger import KnownIntent, Slice
from services.policy.core.standing import Standing
from tests.unit.policy.factories import (
    ADA,
    BOOKED,
    ELSEWHEN,
    HOLD,
    NEW,
    NOW,
    RESERVATION,
    UID,
    beside_notes,
    decided,
    hold,
    in_flight,
    intent,
    judged,
    known,
    ledger,
    meeting,
    noted,
    recorded,
    reservation,
    saved,
    taken,
    wants,
    window,
)

HELD = intent(hold(), event_id="hold-1", ical_uid="uid-hold")


def ours(at: Window = BOOKED, **different: Any) -> Meeting:
    usual = {"is_room_owned": True, "ical_uid": "uid-hold", "event_id": "hold-1", "reservation_id": RESERVATION}
    made_by_us = {"answer": Answer.ORGANIZER, "transaction_id": str(transaction_id(RESERVATION, 1)).upper()}
    return meeting(at, **{**usual, **made_by_us, **different})


def held(wanted: KnownIntent = HELD) -> Slice:
    return ledger(reservation=reservation(ical_uid=None), hold=wanted, taken=(taken(reservation_id=RESERVATION),))


def test_a_hold_that_stands_as_ordered_is_our_own_write_coming_back() -> None:
    assert decided(held(), ours()).changes == ()


def test_a_hold_agrees_that_stands_as_exchange_writes_it() -> None:
    party = "\U0001f389" * 140
    precise = Window(start=BOOKED.start.replace(microsecond=400_000), end=BOOKED.end.replace(microsecond=600_000))
    wanted = held(intent(hold(precise, subject=f"{party} "), event_id="hold-1", ical_uid="uid-hold"))

    assert decided(wanted, ours(subject=party[:127])).note == "agreed"


@pytest.mark.parametrize(
    "edited",
    [
        ours(ELSEWHEN),
        ours(window(24, 90)),
        ours(subject="Mine"),
        ours(shows_as="free"),
        ours(is_cancelled=True),
    ],
)
def test_a_persons_edit_of_a_hold_is_put_back(edited: Meeting) -> None:
    assert wants(decided(held(), edited)) == {HOLD: hold()}


@pytest.mark.parametrize("seen", [ours(ELSEWHEN), None])
def test_a_hold_that_is_just_being_written_is_waited_for(seen: Meeting | None) -> None:
    assert beside_notes(decided(held(in_flight(hold(), ical_uid="uid-hold")), seen, ical_uid="uid-hold")) == []


def test_a_hold_that_somebody_deleted_is_put_back() -> None:
    assert wants(decided(held(), None, ical_uid="uid-hold")) == {HOLD: hold()}


@pytest.mark.parametrize("seen", [ours(window(-3), subject="Mine"), None])
def test_a_hold_that_is_over_is_left_alone(seen: Meeting | None) -> None:
    over = intent(hold(window(-3)), ical_uid="uid-hold")

    assert decided(held(over), seen, ical_uid="uid-hold").changes == ()


def test_a_hold_that_nobody_wants_is_taken_away() -> None:
    dropped = held(intent(DropHold(reservation_id=RESERVATION)))

    assert wants(decided(dropped, ours())) == {HOLD: DropHold(reservation_id=RESERVATION, event_id="hold-1")}


@pytest.mark.parametrize("seen", [None, ours(window(-3)), ours(is_cancelled=True)])
def test_what_nobody_wants_and_is_gone_or_over_stays_so(seen: Meeting | None) -> None:
    dropped = held(intent(DropHold(reservation_id=RESERVATION), ical_uid="uid-hold"))

    assert decided(dropped, seen, ical_uid="uid-hold").changes == ()


@pytest.mark.parametrize("seen", [None, ours(is_cancelled=True)])
def test_a_hold_that_could_not_be_taken_away_and_is_gone_has_not_failed(seen: Meeting | None) -> None:
    failed = held(intent(DropHold(reservation_id=RESERVATION), ical_uid="uid-hold", state="given_up"))

    assert decided(failed, seen, ical_uid="uid-hold").changes == (Seen(HOLD),)


def test_what_was_seen_of_a_hold_before_our_last_write_says_nothing() -> None:
    assert decided(held(), ours(ELSEWHEN), at=NOW.replace(hour=7, minute=40)).note == "stale"


def test_a_hold_of_an_unknown_reservation_takes_its_time_like_any_event() -> None:
    decision = decided(ledger(), ours())

    assert [each.window for each in saved(decision)] == [BOOKED]
    assert wants(decision) == {}


COPY: dict[str, Any] = {"event_id": "copy-1", "ical_uid": "uid-copy", "transaction_id": None}


def test_a_copy_of_our_hold_is_somebodys_own_event() -> None:
    """Source: https://learn.microsoft.com/graph/api/resources/extended-properties-overview"""
    elsewhen = decided(replace(held(), reservation=None), ours(ELSEWHEN, **COPY))
    over_it = decided(replace(held(), reservation=None), ours(**COPY))

    assert [each.window for each in saved(elsewhen)] == [ELSEWHEN]
    assert (over_it.note, wants(elsewhen), wants(over_it)) == ("unmanaged", {}, {})


def test_a_copy_of_our_hold_that_goes_away_takes_no_hold_with_it() -> None:
    copied = imported(hold=HELD)

    decision = decided(copied, ours(**{**COPY, "ical_uid": UID}, shows_as="free"))

    assert [each.status for each in saved(decision)] == ["cancelled"]
    assert wants(decision) == {}


def test_a_second_hold_that_we_made_is_taken_away_by_wanting_the_first_again() -> None:
    twice = ours(event_id="hold-2", ical_uid="uid-other")

    assert wants(decided(held(), twice)) == {HOLD: hold()}


def foreign(at: Window = BOOKED, **different: Any) -> Meeting:
    usual = {"is_room_owned": True, "answer": Answer.ORGANIZER, "organizer": {"address": "room@example.org"}}
    return meeting(at, **{**usual, **different})


FOREIGN_JUDGED = judged(organizer=None, people=0)


def imported(**different: Any) -> Slice:
    usual = {
        "meeting": known(judged=FOREIGN_JUDGED, shown_answer="organizer"),
        "reservation": reservation(organizer_address=None, organizer_name=None, attendee_count=0),
        "taken": (taken(reservation_id=RESERVATION),),
    }
    return ledger(**{**usual, **different})


def test_a_foreign_event_that_is_free_and_valid_is_imported_and_never_touched() -> None:
    decision = decided(ledger(), foreign())

    [made] = saved(decision)
    assert (made.id, made.status, made.window, made.organizer_address) == (NEW, "confirmed", BOOKED, None)
    assert wants(decision) == {}
    assert [each.outcome for each in recorded(decision)] == [Outcome.ACCEPT]


@pytest.mark.parametrize(
    ("slice_", "event"),
    [
        (ledger(taken=(taken(),)), foreign()),
        (ledger(), foreign(start=BOOKED.start, end=BOOKED.start)),
    ],
)
def test_a_foreign_event_that_is_not_is_left_alone_and_written_down(slice_: Slice, event: Meeting) -> None:
    decision = decided(slice_, event)

    assert decision.note == "unmanaged"
    assert saved(decision) == []
    assert wants(decision) == {}
    assert [each.outcome for each in recorded(decision)] == [Outcome.DECLINE]


def test_a_foreign_event_with_more_people_than_seats_takes_its_time_all_the_same() -> None:
    crowd = foreign(attendees=tuple(Attendee(address=f"p{n}@example.org") for n in range(9)))

    [made] = saved(decided(ledger(), crowd))
    assert (made.window, made.attendee_count) == (BOOKED, 9)


def test_a_foreign_event_in_the_way_is_imported_once_nothing_is() -> None:
    first = decided(ledger(taken=(taken(),)), foreign())

    again = decided(ledger(meeting=noted(first), taken=(taken(),)), foreign())
    free = decided(ledger(meeting=noted(first)), foreign())

    assert beside_notes(again) == []
    assert [each.status for each in saved(free)] == ["confirmed"]


def test_a_foreign_event_that_an_administrator_took_out_stays_out() -> None:
    cancelled = imported(
        meeting=known(judged=FOREIGN_JUDGED, standing=Standing.DECLINED),
        reservation=reservation(status="cancelled"),
        taken=(),
    )

    assert beside_notes(decided(cancelled, foreign())) == []
    assert saved(decided(cancelled, foreign(ELSEWHEN)))


def test_an_imported_event_that_is_seen_again_changes_nothing() -> None:
    assert beside_notes(decided(imported(), foreign())) == []


def test_an_imported_event_that_moved_moves_its_reservation() -> None:
    [moved] = saved(decided(imported(), foreign(ELSEWHEN)))

    assert (moved.id, moved.window, moved.version) == (RESERVATION, ELSEWHEN, 2)


def test_an_imported_event_with_another_title_has_another_title() -> None:
    [retitled] = saved(decided(imported(), foreign(subject="Painting")))

    assert retitled.title == "Painting"


@pytest.mark.parametrize("event", [None, foreign(is_cancelled=True), foreign(shows_as="free"), foreign(window(-3))])
def test_an_imported_event_that_no_longer_blocks_frees_the_room(event: Meeting | None) -> None:
    decision = decided(imported(), event)

    assert [each.status for each in saved(decision)] == ["cancelled"]
    assert [each.outcome for each in recorded(decision)] == ["cancelled"]
    assert wants(decision) == {}


def test_an_imported_event_moved_into_a_conflict_is_unmanaged_from_then_on() -> None:
    blocked = imported(taken=(taken(reservation_id=RESERVATION), taken(ELSEWHEN)))

    decision = decided(blocked, foreign(ELSEWHEN))

    assert decision.note == "unmanaged"
    assert [each.status for each in saved(decision)] == ["cancelled"]


def test_who_organizes_a_room_owned_event_is_not_the_room() -> None:
    [made] = saved(decided(ledger(), foreign(attendees=(Attendee(address=ADA.address),))))

    assert (made.organizer_name, made.attendee_count) == (None, 1)


def test_a_hold_that_is_undone_without_end_is_put_back_three_times_and_then_left() -> None:
    wanted, notes = HELD, []
    for _ in range(6):
        decision = decided(held(wanted), ours(ELSEWHEN))
        notes.append(decision.note)
        match decision.changes:
            case (Want() as again,):
                wanted = replace(wanted, put_back=again.put_back, put_back_since=again.put_back_since)
            case (GiveUp(),):
                wanted = replace(wanted, state="given_up")
            case _:
                assert decision.changes == ()

    assert notes == ["hold_put_back"] * 3 + ["undone_too_often"] + ["given_up"] * 2


@pytest.mark.parametrize("seen", [ours(ELSEWHEN), None], ids=["moved", "deleted"])
@pytest.mark.parametrize(
    ("often", "note"),
    [
        ({"put_back": 3, "put_back_since": NOW - timedelta(minutes=59)}, "undone_too_often"),
        ({"put_back": 3, "put_back_since": NOW - timedelta(minutes=61)}, "hold_put_back"),
        ({"put_back": 2, "put_back_since": NOW - timedelta(minutes=59)}, "hold_put_back"),
        ({"put_back": 3, "put_back_since": NOW, "state": "given_up"}, "given_up"),
        ({"put_back": 3, "put_back_since": NOW - timedelta(days=2), "state": "given_up"}, "given_up"),
        ({"put_back": 0, "state": "given_up"}, "hold_put_back"),
    ],
)
def test_how_often_a_hold_was_undone_decides(seen: Meeting | None, often: dict[str, Any], note: str) -> None:
    wanted = intent(hold(), event_id="hold-1", ical_uid="uid-hold", **often)

    assert decided(held(wanted), seen, ical_uid="uid-hold").note == note


def test_a_hold_that_agrees_after_all_has_not_failed() -> None:
    left = held(intent(hold(), ical_uid="uid-hold", state="given_up", put_back=3, put_back_since=NOW))

    assert decided(left, ours()).changes == (Seen(HOLD),)


def test_a_wish_that_changes_is_put_back_anew() -> None:
    left = held(intent(hold(), ical_uid="uid-hold", state="given_up", put_back=3, put_back_since=NOW))

    [want] = retitle_hold(left, "Painting", RESERVATION)
    assert isinstance(want, Want)
    assert (want.put_back, want.put_back_since) == (0, None)
