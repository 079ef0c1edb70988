"""A7, C14: an edit that is refused keeps the original time, in each way a connection allows, and what may follow."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.intents import DropHold, KeepHold, MoveBack
from libs.contracts.values import Answer, Attendee, Meeting, Outcome, Window
from services.policy.core.explanations import SlotTaken
from services.policy.core.goals import GiveAnswer
from services.policy.core.ledger import MovedBack, Slice
from services.policy.core.space import Space
from services.policy.core.standing import Standing
from tests.unit.policy.factories import (
    BOOKED,
    ELSEWHEN,
    HOLD,
    KEY,
    NEW,
    NOW,
    OTHER,
    RESERVATION,
    answer,
    answered,
    beside_notes,
    booked,
    decided,
    hold,
    in_flight,
    intent,
    kept,
    known,
    ledger,
    letter,
    meeting,
    noted,
    recorded,
    recurring,
    refused_request,
    reservation,
    saved,
    space,
    taken,
    wants,
    window,
)

OWN = taken(reservation_id=RESERVATION)
BLOCKED = (OWN, taken(ELSEWHEN))
EDITING = space(edits_organizer_events=True)
EDITING_ITS_OWN = space(edits_organizer_events=True, own_domains=frozenset({"contoso.example"}))
PROPOSING = space(refused_edit="propose_original")
CROWD = tuple(Attendee(address=f"p{n}@example.org") for n in range(9))
THIRD = window(72)


def moving(**different: Any) -> Slice:
    """Make the slice of an accepted meeting whose next time is taken."""
    return booked(**{"taken": BLOCKED, **different})


def test_a_refused_move_is_declined_keeps_the_time_and_holds_it_in_outlook() -> None:
    decision = decided(moving(), meeting(ELSEWHEN))

    [kept_one] = saved(decision)
    assert (kept_one.window, kept_one.status, kept_one.kept_without_invitation) == (BOOKED, "confirmed", True)
    assert (kept_one.version, kept_one.outcome, kept_one.reasons) == (2, Outcome.ACCEPT, ())
    assert kept_one.refused_request == refused_request(at=NOW)
    assert wants(decision)[HOLD] == hold(BOOKED)
    goal = answered(decision)
    assert (goal.answer, goal.judged, goal.proposed) == ("declined", ELSEWHEN, None)
    assert "Tue 02 Mar 2027, 09:00-10:00" in letter(decision, moving())
    assert "It is taken by Ben, " in letter(decision, moving())
    assert [each.outcome for each in recorded(decision)] == [Outcome.DECLINE]


def test_where_set_so_the_original_time_is_proposed_and_the_invitation_stays() -> None:
    decision = decided(moving(space=PROPOSING), meeting(ELSEWHEN))

    [kept_one] = saved(decision)
    assert (kept_one.window, kept_one.outcome, kept_one.kept_without_invitation) == (BOOKED, Outcome.ACCEPT, False)
    assert kept_one.refused_request == refused_request(at=NOW)
    goal = answered(decision)
    assert (goal.answer, goal.judged, goal.proposed) == ("tentativelyAccepted", ELSEWHEN, BOOKED)
    assert wants(decision)[HOLD] == hold(BOOKED)
    assert noted(decision).standing is Standing.PROPOSES_ORIGINAL


def test_the_event_of_somebody_external_is_never_moved_back() -> None:
    decision = decided(moving(space=EDITING_ITS_OWN), meeting(ELSEWHEN))

    assert not any(isinstance(each, MoveBack) for each in wants(decision).values())
    assert saved(decision)[0].window == BOOKED


def test_with_organizer_access_the_event_is_moved_back_once() -> None:
    decision = decided(moving(space=EDITING), meeting(ELSEWHEN))

    [kept_one] = saved(decision)
    assert (kept_one.window, kept_one.refused_request) == (BOOKED, refused_request(at=NOW))
    assert wants(decision) == {
        KEY: MoveBack(
            ical_uid="uid-1", organizer="ada@example.org", kept=BOOKED, refused=ELSEWHEN, time_zone="Europe/Berlin"
        )
    }
    assert noted(decision).moved_back_from is not None


MOVED_BACK = MovedBack(window=ELSEWHEN, reasons=(SlotTaken(reserved=ELSEWHEN, is_private=True),))


def test_an_event_that_was_moved_back_is_accepted_with_the_reason() -> None:
    at_refused = known(ELSEWHEN, standing=Standing.DECLINED, moved_back_from=MOVED_BACK)
    goal = MoveBack(ical_uid="uid-1", organizer="ada@example.org", kept=BOOKED, refused=ELSEWHEN)

    slice_ = moving(
        space=EDITING,
        meeting=at_refused,
        intent=intent(goal),
        reservation=reservation(refused_request=refused_request()),
    )

    decision = decided(slice_, meeting())

    assert [each.refused_request for each in saved(decision)] == [None]
    assert answered(decision).answer == "accepted"
    assert "moved back" in letter(decision, slice_)
    assert "It is taken, " in letter(decision, slice_)
    assert noted(decision).moved_back_from == MOVED_BACK


@pytest.mark.parametrize("again", [ELSEWHEN, THIRD])
def test_the_same_move_is_not_moved_back_twice_another_one_is(again: Window) -> None:
    slice_ = moving(
        space=EDITING, meeting=known(moved_back_from=MOVED_BACK), taken=(*BLOCKED, taken(THIRD, reservation_id=NEW))
    )

    decision = decided(slice_, meeting(again))

    expected = GiveAnswer if again == ELSEWHEN else MoveBack
    assert isinstance(wants(decision)[KEY], expected)


def test_while_it_is_being_moved_back_nothing_more_is_done() -> None:
    goal = MoveBack(ical_uid="uid-1", organizer="ada@example.org", kept=BOOKED, refused=ELSEWHEN)
    slice_ = moving(
        space=EDITING,
        meeting=known(ELSEWHEN, standing=Standing.DECLINED, moved_back_from=MOVED_BACK),
        intent=in_flight(goal),
    )

    assert beside_notes(decided(slice_, meeting(ELSEWHEN))) == []


def test_a_move_back_that_does_not_show_becomes_a_decline_and_a_hold() -> None:
    goal = MoveBack(ical_uid="uid-1", organizer="ada@example.org", kept=BOOKED, refused=ELSEWHEN)
    refused = known(ELSEWHEN, standing=Standing.DECLINED, moved_back_from=MOVED_BACK)
    slice_ = moving(space=EDITING, meeting=refused, intent=intent(goal))

    decision = decided(slice_, meeting(ELSEWHEN))

    assert answered(decision).answer == "declined"
    assert wants(decision)[HOLD] == hold()


@pytest.mark.parametrize("edited", [meeting(ELSEWHEN, organizer=None), meeting(attendees=CROWD), recurring(ELSEWHEN)])
def test_what_cannot_be_moved_back_is_declined(edited: Meeting) -> None:
    decision = decided(moving(space=EDITING), edited)

    assert answered(decision).answer == "declined"
    assert wants(decision)[HOLD] == hold()


@pytest.mark.parametrize("edited", [recurring(attendees=CROWD), recurring(ELSEWHEN)])
def test_a_meeting_that_becomes_a_series_which_cannot_be_booked_is_declined(edited: Meeting) -> None:
    goal = answered(decided(moving(space=PROPOSING), edited))

    assert (goal.answer, goal.proposed) == ("declined", None)


def test_more_people_than_fit_are_answered_tentatively_and_nothing_is_proposed() -> None:
    decision = decided(moving(space=PROPOSING), meeting(attendees=CROWD))

    goal = answered(decision)
    assert (goal.answer, goal.proposed) == ("tentativelyAccepted", None)
    assert "10 are expected" in letter(decision, moving())
    [kept_one] = saved(decision)
    assert (kept_one.attendee_count, kept_one.refused_request and kept_one.refused_request.people) == (1, 10)
    assert wants(decision)[HOLD] == hold(BOOKED)


@pytest.mark.parametrize("room", [PROPOSING, space(), EDITING])
def test_a_request_that_is_refused_again_is_refused_since_the_first_time(room: Space) -> None:
    before = refused_request()
    slice_ = moving(space=room, reservation=reservation(refused_request=before), meeting=known(THIRD))

    assert {each.refused_request == before for each in saved(decided(slice_, meeting(ELSEWHEN)))} <= {True}


def test_a_refused_edit_that_makes_the_meeting_private_masks_it() -> None:
    decision = decided(moving(), meeting(ELSEWHEN, subject="Layoffs", is_private=True))

    [kept_one] = saved(decision)
    assert (kept_one.title, kept_one.is_private) == ("Private", True)
    assert wants(decision)[HOLD] == hold(subject="Private")


def test_after_a_refused_move_moving_back_is_accepted_and_the_hold_stays_until_that_shows() -> None:
    decision = decided(kept(), meeting(event_id="event-2"))

    [restored] = saved(decision)
    assert (restored.id, restored.window, restored.kept_without_invitation) == (RESERVATION, BOOKED, False)
    assert (restored.outcome, restored.reasons, restored.refused_request) == (Outcome.ACCEPT, (), None)
    assert answered(decision).answer == "accepted"
    assert HOLD not in wants(decision)


def test_after_a_refused_move_a_free_time_is_accepted() -> None:
    decision = decided(kept(), meeting(THIRD, event_id="event-2"))

    assert [each.window for each in saved(decision)] == [THIRD]
    assert (answered(decision).answer, answered(decision).judged) == ("accepted", THIRD)


@pytest.mark.parametrize("at", [BOOKED, THIRD])
def test_the_hold_goes_once_the_accept_that_replaces_it_is_seen(at: Window) -> None:
    first = decided(kept(), meeting(at, event_id="event-2"))
    then = kept(
        meeting=replace(noted(first), last_observed_at=NOW - timedelta(seconds=5)),
        reservation=saved(first)[0],
        intent=in_flight(answered(first)),
    )

    waiting = decided(then, meeting(at, event_id="event-2"))
    seen = decided(then, meeting(at, event_id="event-2", answer="accepted"))

    assert HOLD not in wants(waiting)
    assert wants(seen)[HOLD] == DropHold(reservation_id=RESERVATION, event_id="hold-1")


def test_after_a_refused_move_another_refused_one_changes_the_reasons_and_keeps_the_hold() -> None:
    slice_ = kept(taken=(OWN, taken(THIRD, organizer_name="Eve", reservation_id=NEW)))

    decision = decided(slice_, meeting(THIRD, event_id="event-2"))

    [kept_one] = saved(decision)
    assert kept_one.window == BOOKED
    assert "It is taken by Eve, " in letter(decision, slice_)
    assert HOLD not in wants(decision)


def test_after_a_refused_move_the_same_invitation_sent_again_is_answered_and_saves_nothing() -> None:
    first = decided(moving(), meeting(ELSEWHEN))
    then = kept(reservation=saved(first)[0])

    decision = decided(then, meeting(ELSEWHEN, event_id="event-2"))

    assert saved(decision) == []
    assert answered(decision).answer == "declined"


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_where_the_time_is_proposed_a_cancellation_is_still_heard_of(is_cancelled: bool) -> None:
    first = decided(moving(space=PROPOSING), meeting(ELSEWHEN))
    then = kept(space=PROPOSING, meeting=noted(first), reservation=saved(first)[0], intent=intent(answered(first)))

    decision = decided(then, meeting(ELSEWHEN, is_cancelled=True) if is_cancelled else None)

    assert [each.status for each in saved(decision)] == ["cancelled"]
    assert isinstance(wants(decision)[HOLD], DropHold)


def test_a_proposal_that_is_shown_is_agreement() -> None:
    first = decided(moving(space=PROPOSING), meeting(ELSEWHEN))
    then = kept(space=PROPOSING, meeting=noted(first), reservation=saved(first)[0], intent=intent(answered(first)))

    assert beside_notes(decided(then, meeting(ELSEWHEN, answer=Answer.TENTATIVE))) == []


def test_a_new_title_reaches_the_hold_too() -> None:
    first = decided(moving(space=PROPOSING), meeting(ELSEWHEN))
    then = kept(space=PROPOSING, meeting=noted(first), reservation=saved(first)[0], intent=intent(answered(first)))

    decision = decided(then, meeting(ELSEWHEN, answer=Answer.TENTATIVE, subject="Retrospective"))

    assert wants(decision) == {HOLD: hold(subject="Retrospective")}


def test_an_edit_of_a_booking_that_is_over_is_a_new_request() -> None:
    past = window(-3)
    slice_ = booked(
        meeting=known(past), reservation=reservation(past), intent=intent(answer(at=past)), taken=(taken(),)
    )

    [before, refused] = saved(decided(slice_, meeting()))

    assert (refused.id, refused.status, refused.window) == (NEW, "declined", BOOKED)
    assert before == replace(reservation(past), has_successor=True)


def test_a_meeting_that_is_moved_on_after_it_is_over_leaves_what_was_as_it_was() -> None:
    past = window(-3)
    slice_ = booked(meeting=known(past), reservation=reservation(past), intent=intent(answer(at=past)), taken=())

    [before, fresh] = saved(decided(slice_, meeting()))

    assert before == replace(reservation(past), has_successor=True)
    assert (fresh.id, fresh.status, fresh.window) == (NEW, "confirmed", BOOKED)


def test_a_hold_that_is_over_is_left_as_it_was() -> None:
    past = window(-3)

    decision = decided(kept(at=past, taken=()), meeting(event_id="event-2"))

    assert HOLD not in wants(decision)


def test_in_one_meeting_each_room_is_decided_on_its_own() -> None:
    busy, free = ledger(taken=(taken(),)), ledger(space=space(id=OTHER))

    goals = [goal for each in (busy, free) for goal in wants(decided(each, meeting())).values()]
    assert [goal.answer for goal in goals if isinstance(goal, GiveAnswer)] == ["declined", "accepted"]


def test_a_hold_carries_what_it_stands_for() -> None:
    goal = wants(decided(moving(), meeting(ELSEWHEN)))[HOLD]

    assert isinstance(goal, KeepHold)
    assert (goal.reservation_id, goal.time_zone, goal.event_id) == (RESERVATION, "Europe/Berlin", None)
