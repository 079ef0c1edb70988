"""What is written to reach each goal, case by case."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal
from uuid import uuid4

import pytest

from libs.contracts.holds import is_our_hold, transaction_id
from libs.contracts.intents import AnswerMeeting, DropHold, Intent, KeepHold, MoveBack
from libs.contracts.messages import IntentProblem, Settlement
from libs.contracts.values import Meeting, Window
from services.outbound.core.calls import (
    Apply,
    ChangeHold,
    CreateHold,
    Move,
    Plan,
    RemoveHold,
    Respond,
    Settle,
    ShowBusy,
    Wait,
)
from services.outbound.core.plan import Actual, plan
from tests.unit.outbound.factories import ELSEWHEN, JUDGED, NOW, RESERVATION, hold, meeting, window

DONE = (Settlement.DONE, None)
GONE = (Settlement.GIVEN_UP, IntentProblem.GONE)
OVER = (Settlement.DONE, IntentProblem.OVER)
CHANGED = (Settlement.SUPERSEDED, IntentProblem.CHANGED_MEANWHILE)
UNREACHABLE = (Settlement.GIVEN_UP, IntentProblem.ORGANIZER_UNREACHABLE)
REFUSED = (Settlement.GIVEN_UP, IntentProblem.REFUSED_BY_GRAPH)


def answering(answer: str = "accepted", judged: Window = JUDGED, **more: Any) -> AnswerMeeting:
    return AnswerMeeting.model_validate(
        {"ical_uid": "uid-1", "answer": answer, "comment": "Booked.", "judged": judged, **more}
    )


def holding(at: Window = JUDGED, **more: Any) -> KeepHold:
    return KeepHold(
        **{"reservation_id": RESERVATION, "window": at, "time_zone": "Europe/Berlin", "subject": "Board", **more}
    )


MOVING_BACK = MoveBack(ical_uid="uid-1", organizer="ada@example.org", kept=JUDGED, refused=ELSEWHEN)


def planned(
    goal: Intent, *found: Meeting, is_awaited: bool = False, generation: int = 3, pattern: str | None = None
) -> Plan:
    return plan(goal, generation, Actual(found, is_awaited, pattern=pattern), NOW)


def test_an_unanswered_meeting_is_answered_with_the_comment() -> None:
    assert planned(answering(), meeting()) == Apply((Respond("event-1", "accepted", "Booked.", None),))


def test_a_proposed_time_goes_with_the_answer() -> None:
    goal = answering("tentativelyAccepted", proposed=ELSEWHEN)
    assert planned(goal, meeting()) == Apply((Respond("event-1", "tentativelyAccepted", "Booked.", ELSEWHEN),))


def test_an_organizer_who_asked_for_no_response_is_sent_none() -> None:
    silent = meeting(is_response_requested=False)
    goal = answering(answer="tentativelyAccepted", proposed=ELSEWHEN)

    assert planned(goal, silent) == Apply((Respond("event-1", "tentativelyAccepted", None, None),))


def test_an_answer_on_its_way_is_not_sent_again() -> None:
    assert isinstance(planned(answering(), meeting(), is_awaited=True), Wait)


@pytest.mark.parametrize(
    ("goal", "found", "settled"),
    [
        pytest.param(answering(), [meeting(answer="accepted")], DONE, id="already so"),
        pytest.param(answering("declined"), [], DONE, id="a decline of something gone"),
        pytest.param(answering("accepted"), [], GONE, id="an accept of something gone"),
        pytest.param(answering("tentativelyAccepted"), [], GONE, id="a tentative answer to something gone"),
        pytest.param(answering(), [meeting(is_cancelled=True)], DONE, id="cancelled"),
        pytest.param(answering("declined"), [meeting(is_cancelled=True)], DONE, id="a decline of one called off"),
        pytest.param(answering("declined"), [meeting(answer="declined")], DONE, id="declined and kept"),
        pytest.param(answering(), [meeting(ELSEWHEN)], CHANGED, id="moved since"),
        pytest.param(answering("declined"), [meeting(ELSEWHEN)], CHANGED, id="a decline of one that moved since"),
        pytest.param(answering(), [meeting(window(24, 90))], CHANGED, id="longer since"),
        pytest.param(answering(), [meeting(ELSEWHEN, answer="accepted")], CHANGED, id="moved, with an old answer"),
        pytest.param(answering(judged=window(-2)), [meeting(window(-2))], OVER, id="ended unanswered"),
        pytest.param(answering(judged=window(-2)), [meeting(window(-2), answer="accepted")], DONE, id="ended"),
        pytest.param(answering(), [hold()], REFUSED, id="the room's own event"),
        pytest.param(MOVING_BACK, [], UNREACHABLE, id="not in the organizer's calendar"),
        pytest.param(MOVING_BACK, [meeting(ELSEWHEN)], UNREACHABLE, id="not theirs to move"),
        pytest.param(MOVING_BACK, [hold(JUDGED)], DONE, id="moved back already"),
        pytest.param(MOVING_BACK, [hold(window(60))], CHANGED, id="moved on to a third time"),
        pytest.param(MOVING_BACK, [hold(ELSEWHEN, is_cancelled=True)], CHANGED, id="cancelled by its organizer"),
        pytest.param(holding(), [hold()], DONE, id="held already"),
        pytest.param(holding(window(-2)), [], DONE, id="nothing left to hold"),
        pytest.param(DropHold(reservation_id=RESERVATION), [], DONE, id="no hold to take away"),
    ],
)
def test_nothing_is_written(
    goal: Intent, found: list[Meeting], settled: tuple[Settlement, IntentProblem | None]
) -> None:
    outcome = planned(goal, *found)

    assert isinstance(outcome, Settle)
    assert (outcome.settlement, outcome.problem) == settled


def test_a_series_that_began_long_ago_is_still_answered() -> None:
    began = window(-900)
    assert isinstance(planned(answering(judged=began), meeting(began, is_series=True)), Apply)


@pytest.mark.parametrize("answer", ["accepted", "declined", "tentativelyAccepted"])
@pytest.mark.parametrize(
    ("judged", "recurs"),
    [("4 times", "6 times"), (None, "4 times"), ("4 times", None)],
    ids=["longer since", "a series since", "once only since"],
)
@pytest.mark.parametrize("shown", ["notResponded", "accepted"])
def test_what_recurs_otherwise_than_when_it_was_judged_is_not_answered(
    answer: str, judged: str | None, recurs: str | None, shown: str
) -> None:
    outcome = planned(answering(answer, pattern=judged), meeting(is_series=True, answer=shown), pattern=recurs)

    assert isinstance(outcome, Settle)
    assert (outcome.settlement, outcome.problem) == CHANGED


def test_a_series_that_recurs_as_it_was_judged_is_answered() -> None:
    assert isinstance(planned(answering(pattern="4 times"), meeting(is_series=True), pattern="4 times"), Apply)


EXCEPTIONS = (
    meeting(ELSEWHEN, event_id="moved"),
    meeting(window(72), event_id="accepted", answer="accepted", is_response_requested=False),
    meeting(window(-2), event_id="over"),
    meeting(window(96), event_id="cancelled", is_cancelled=True),
    meeting(window(120), event_id="declined", answer="declined"),
)


def answering_series(answer: str, *exceptions: Meeting) -> Plan:
    goal = answering(answer, pattern="4 times")
    return plan(goal, 3, Actual((meeting(is_series=True),), pattern="4 times", exceptions=exceptions), NOW)


def test_the_dates_that_have_an_answer_of_their_own_are_declined_before_their_series() -> None:
    assert answering_series("declined", *EXCEPTIONS) == Apply(
        (
            Respond("moved", "declined", "Booked.", None),
            Respond("accepted", "declined", None, None),
            Respond("event-1", "declined", "Booked.", None),
        )
    )


@pytest.mark.parametrize("answer", ["accepted", "tentativelyAccepted"])
def test_any_other_answer_to_a_series_goes_to_the_series_alone(
    answer: Literal["accepted", "tentativelyAccepted"],
) -> None:
    assert answering_series(answer, *EXCEPTIONS) == Apply((Respond("event-1", answer, "Booked.", None),))


def test_the_organizers_event_is_moved_back_as_it_was_looked_at() -> None:
    assert planned(MOVING_BACK, hold(ELSEWHEN)) == Apply((Move("event-1", 'W/"1"', JUDGED),))


def test_an_event_of_whole_days_is_moved_back_in_its_own_zone() -> None:
    own = hold(ELSEWHEN, is_all_day=True, time_zone="Europe/Berlin")
    assert planned(MOVING_BACK, own) == Apply((Move("event-1", 'W/"1"', JUDGED, "Europe/Berlin"),))


def test_the_organizers_series_is_moved_in_its_own_zone_so_that_it_keeps_its_clocks() -> None:
    own = hold(ELSEWHEN, is_series=True, time_zone="Europe/Berlin")
    goal = MOVING_BACK.model_copy(update={"pattern": "4 times"})

    assert planned(goal, own, pattern="4 times") == Apply(
        (Move("event-1", 'W/"1"', JUDGED, series_in="Europe/Berlin"),)
    )


@pytest.mark.parametrize(("wanted", "recurs"), [("4 times", "5 times"), ("4 times", None), (None, "4 times")])
def test_the_organizers_event_is_left_alone_if_it_recurs_otherwise_by_now(
    wanted: str | None, recurs: str | None
) -> None:
    goal = MOVING_BACK.model_copy(update={"pattern": wanted})

    outcome = planned(goal, hold(ELSEWHEN), pattern=recurs)

    assert isinstance(outcome, Settle)
    assert (outcome.settlement, outcome.problem) == CHANGED


def test_a_hold_is_made_under_its_own_transaction() -> None:
    once = transaction_id(RESERVATION, 3)
    assert planned(holding()) == Apply((CreateHold(RESERVATION, once, JUDGED, "Board"),))


@pytest.mark.parametrize(
    "stands",
    [hold(ELSEWHEN), hold(subject="Old"), hold(shows_as="free")],
    ids=["another time", "another subject", "does not block"],
)
def test_a_hold_that_differs_is_changed_in_place(stands: Meeting) -> None:
    assert planned(holding(), stands) == Apply((ChangeHold("event-1", 'W/"1"', JUDGED, "Board"),))


def test_of_two_holds_the_known_one_stays() -> None:
    known, other = hold(ELSEWHEN, event_id="known"), hold(event_id="other")
    assert planned(holding(event_id="known"), known, other) == Apply(
        (ChangeHold("known", 'W/"1"', JUDGED, "Board"), RemoveHold("other"))
    )


def test_of_two_unknown_holds_the_right_one_stays() -> None:
    assert planned(holding(), hold(ELSEWHEN, event_id="a"), hold(event_id="b")) == Apply((RemoveHold("a"),))


def test_every_hold_of_the_reservation_is_taken_away() -> None:
    goal = DropHold(reservation_id=RESERVATION)
    assert planned(goal, hold(), hold(event_id="event-2")) == Apply((RemoveHold("event-1"), RemoveHold("event-2")))


@pytest.mark.parametrize(
    ("event", "claim"),
    [
        (hold(), True),
        (hold(transaction_id=None), False),
        (hold(transaction_id=None, event_id="known"), True),
        (hold(reservation_id=uuid4(), transaction_id=str(uuid4())), False),
        (hold(reservation_id=uuid4(), event_id="known"), False),
        (hold(reservation_id=None, transaction_id=None, event_id="known"), False),
        (hold(reservation_id=None, transaction_id=None), False),
        (hold(reservation_id=None), True),
        (hold(reservation_id=None, transaction_id=str(transaction_id(RESERVATION, 9))), False),
        (meeting(reservation_id=RESERVATION), False),
    ],
    ids=[
        "one we made",
        "a copy with our property",
        "the one we know",
        "another's",
        "another's under a known id",
        "somebody's under a known id",
        "somebody's",
        "one that lost our property",
        "a transaction to come",
        "an invitation",
    ],
)
def test_only_room_owned_events_that_we_made_are_ours(event: Meeting, claim: bool) -> None:
    assert is_our_hold(event, RESERVATION, 3, {"known"}) is claim


def test_a_hold_is_written_as_outlook_will_show_it_and_then_agrees() -> None:
    """Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcical/ (SUMMARY)"""
    half_seconds = Window(start=JUDGED.start.replace(microsecond=500_000), end=JUDGED.end.replace(microsecond=1))
    goal = holding(half_seconds, subject="  " + "\U0001f389" * 140)

    made = planned(goal)
    assert isinstance(made, Apply)
    [call] = made.calls
    assert isinstance(call, CreateHold)
    assert (call.window, call.subject) == (JUDGED, "\U0001f389" * 127)
    assert isinstance(planned(goal, hold(JUDGED, subject=call.subject)), Settle)
    assert isinstance(planned(goal, hold(JUDGED, subject="\U0001f389" * 126)), Apply)


def test_a_meeting_that_ends_before_it_starts_is_answered() -> None:
    backwards = meeting(start=JUDGED.start, end=JUDGED.start.replace(year=2020))

    assert planned(answering("declined", Window(start=JUDGED.start, end=JUDGED.start)), backwards) == Apply(
        (Respond("event-1", "declined", "Booked.", None),)
    )


@pytest.mark.parametrize(("answer", "shows_as"), [("accepted", "busy"), ("accepted", "oof"), ("declined", "free")])
def test_an_answer_that_is_shown_needs_nothing_more(answer: str, shows_as: str) -> None:
    assert isinstance(planned(answering(answer), meeting(answer=answer, shows_as=shows_as)), Settle)


def test_an_accepted_meeting_that_is_shown_as_free_is_shown_as_busy_instead() -> None:
    """Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.8.1)"""
    free = meeting(answer="accepted", shows_as="free")

    assert planned(answering(), free, is_awaited=True) == Apply((ShowBusy("event-1", 'W/"1"'),))


def test_a_meeting_that_cannot_be_read_is_not_answered() -> None:
    assert planned(answering(), meeting(is_unreadable=True, answer="organizer")) == Settle(
        *REFUSED, "The meeting cannot be read.", meeting(is_unreadable=True, answer="organizer")
    )


def test_a_whole_day_in_an_unknown_zone_is_answered_and_moved_back_as_a_day_of_the_room() -> None:
    """Source: https://learn.microsoft.com/graph/api/resources/event#properties (originalStartTimeZone)"""
    day = NOW.replace(hour=0) + timedelta(days=3)
    floating: dict[str, Any] = {"start": day, "end": day + timedelta(days=1), "is_all_day": True, "is_floating": True}
    in_new_york = Window(start=day + timedelta(hours=5), end=day + timedelta(hours=29))
    day_before = Window(start=in_new_york.start - timedelta(days=1), end=in_new_york.end - timedelta(days=1))
    back = MoveBack(
        ical_uid="uid-1",
        organizer="ada@example.org",
        kept=day_before,
        refused=in_new_york,
        time_zone="America/New_York",
    )

    assert isinstance(planned(answering(judged=in_new_york), meeting(**floating)), Apply)
    assert planned(back, meeting(is_room_owned=True, **floating)) == Apply(
        (Move("event-1", 'W/"1"', day_before, "America/New_York"),)
    )


def test_news_is_told_once_although_the_same_answer_is_shown() -> None:
    goal, shown = (
        answering("tentativelyAccepted").model_copy(update={"tells": "1"}),
        meeting(answer="tentativelyAccepted"),
    )
    actual = Actual((shown,))

    assert plan(goal, 3, actual, NOW) == Apply(
        (Respond("event-1", "tentativelyAccepted", goal.comment, goal.proposed),)
    )
    assert isinstance(plan(goal, 3, replace(actual, is_awaited=True, was_told=True), NOW), Settle)
    assert isinstance(plan(goal, 3, replace(actual, was_told=True), NOW), Settle)
