"""When the room is taken off the organizer's event after a decline that is final."""

from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.intents import AnswerMeeting
from libs.contracts.messages import IntentProblem, Settlement
from libs.contracts.values import Answer, Meeting
from services.outbound.core.calls import Apply, Settle, TakeRoomOff, Wait
from services.outbound.core.sent_answers import SentAnswer, name_answer
from services.outbound.core.taking_off import (
    PATIENCE,
    OrganizersEvent,
    TakingOff,
    plan_taking_off,
    shows_decline,
    try_again_or_leave,
)
from tests.unit.outbound.factories import ELSEWHEN, JUDGED, NOW, hold, meeting, window

ROOM = "birch@example.org"
MOMENT = timedelta(seconds=1)
OFF = Apply((TakeRoomOff("ada@example.org", "event-1", 'W/"1"', ROOM),))


def rejecting(**different: Any) -> AnswerMeeting:
    usual = {"ical_uid": "uid-1", "answer": "declined", "comment": "No.", "judged": JUDGED}
    return AnswerMeeting.model_validate({**usual, "takes_room_off": "ada@example.org", **different})


def sent(goal: AnswerMeeting, until: timedelta = MOMENT) -> SentAnswer:
    return SentAnswer(name_answer("event-9", goal), NOW + until)


def own(answer: Answer | None = Answer.DECLINED, *, pattern: str | None = None, **different: Any) -> OrganizersEvent:
    return OrganizersEvent(hold(**different), answer, pattern)


def planned(
    event: OrganizersEvent | None, last: SentAnswer | None = None, goal: AnswerMeeting | None = None
) -> Apply | Settle | Wait:
    return plan_taking_off(TakingOff(goal or rejecting(), ROOM, last), event, NOW)


def test_an_event_that_shows_the_decline_loses_the_room() -> None:
    assert planned(own()) == OFF
    assert planned(own(), sent(rejecting())) == OFF


def test_an_event_that_does_not_show_the_decline_yet_is_waited_for() -> None:
    assert isinstance(planned(own(Answer.TENTATIVE), sent(rejecting())), Wait)


def test_an_event_that_never_shows_the_decline_loses_the_room_when_the_wait_is_over() -> None:
    assert planned(own(Answer.NONE), sent(rejecting(), until=-MOMENT)) == OFF


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(None, id="gone"),
        pytest.param(own(None), id="the room is not on it"),
        pytest.param(own(is_cancelled=True), id="cancelled"),
        pytest.param(own(at=window(-2)), id="over"),
    ],
)
def test_nothing_is_left_to_do(event: OrganizersEvent | None) -> None:
    assert planned(event) == Settle(Settlement.DONE)


@pytest.mark.parametrize(
    ("event", "last"),
    [
        pytest.param(own(is_room_owned=False), None, id="not theirs"),
        pytest.param(own(is_unreadable=True), None, id="unreadable"),
        pytest.param(own(at=ELSEWHEN), None, id="moved since"),
        pytest.param(own(pattern="weekly"), None, id="a series since"),
        pytest.param(own(Answer.TENTATIVE), None, id="never declined"),
        pytest.param(own(Answer.TENTATIVE), sent(rejecting(answer="accepted")), id="another answer was sent last"),
        pytest.param(own(Answer.TENTATIVE), sent(rejecting(judged=ELSEWHEN)), id="declined at another time"),
    ],
)
def test_the_decline_is_enough(event: OrganizersEvent, last: SentAnswer | None) -> None:
    outcome = planned(event, last)

    assert isinstance(outcome, Settle)
    assert (outcome.settlement, outcome.problem) == (Settlement.DONE, None)
    assert str(outcome.detail).startswith("The room declined and stays on the organizer's event:")


def test_a_series_that_recurs_as_judged_loses_the_room_although_its_first_date_is_over() -> None:
    goal = rejecting(pattern="weekly", judged=window(-2))
    series = own(pattern="weekly", at=window(-2), is_series=True)

    assert planned(series, goal=goal) == OFF


@pytest.mark.parametrize(
    ("last", "waits"),
    [
        (sent(rejecting()), True),
        (sent(rejecting(), until=MOMENT - PATIENCE), True),
        (sent(rejecting(), until=-PATIENCE), False),
        (None, False),
    ],
    ids=["just sent", "a while ago", "too long ago", "never sent"],
)
def test_a_mailbox_that_cannot_be_reached_is_tried_for_a_while(last: SentAnswer | None, *, waits: bool) -> None:
    outcome = try_again_or_leave(TakingOff(rejecting(), ROOM, last), "Unavailable", NOW)

    assert isinstance(outcome, Wait if waits else Settle)


@pytest.mark.parametrize(
    ("outcome", "copy", "shows"),
    [
        (Settle(Settlement.DONE), None, True),
        (Settle(Settlement.DONE), meeting(answer="declined"), True),
        (Settle(Settlement.DONE), meeting(is_cancelled=True), False),
        (Settle(Settlement.DONE, IntentProblem.OVER), meeting(), False),
        (Settle(Settlement.SUPERSEDED), meeting(), False),
    ],
)
def test_the_calendar_shows_a_decline(outcome: Settle, copy: Meeting | None, *, shows: bool) -> None:
    assert shows_decline(outcome, copy) is shows
