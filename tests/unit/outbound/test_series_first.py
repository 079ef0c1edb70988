"""When the goal of a date waits for its series."""

import pytest

from libs.contracts.intents import AnswerMeeting, Intent, MoveBack
from libs.contracts.values import Meeting
from services.outbound.core.calls import Wait
from services.outbound.core.plan import Actual, plan
from services.outbound.core.sent_answers import name_answer
from services.outbound.core.series_first import SeriesIntent, comes_first
from tests.unit.outbound.factories import ELSEWHEN, JUDGED, NOW, meeting

ACCEPTING, DECLINING = (
    AnswerMeeting(ical_uid="uid-1", answer=answer, comment="So.", judged=JUDGED) for answer in ("accepted", "declined")
)
MOVING_BACK = MoveBack(ical_uid="uid-1", organizer="ada@example.org", kept=JUDGED, refused=ELSEWHEN)


def sent(goal: AnswerMeeting) -> SeriesIntent:
    return SeriesIntent(awaited=name_answer("master-1", goal))


def master(answer: str) -> Meeting:
    return meeting(is_series=True, answer=answer)


@pytest.mark.parametrize(
    ("series", "goal", "shown", "waits"),
    [
        pytest.param(SeriesIntent(), DECLINING, master("notResponded"), False, id="nothing is wanted of the series"),
        pytest.param(SeriesIntent(is_open=True), DECLINING, master("accepted"), True, id="its intent is open"),
        pytest.param(SeriesIntent(is_open=True), MOVING_BACK, None, True, id="a move waits for an open one as well"),
        pytest.param(sent(ACCEPTING), DECLINING, master("notResponded"), True, id="its answer is not shown yet"),
        pytest.param(sent(ACCEPTING), DECLINING, master("tentativelyAccepted"), True, id="an older one is shown"),
        pytest.param(sent(ACCEPTING), DECLINING, None, True, id="the copy is being replaced"),
        pytest.param(sent(ACCEPTING), DECLINING, master("accepted"), False, id="its answer is shown"),
        pytest.param(sent(DECLINING), DECLINING, None, False, id="it was declined and is gone"),
        pytest.param(sent(DECLINING), DECLINING, master("accepted"), True, id="it was declined and is still there"),
        pytest.param(sent(ACCEPTING), MOVING_BACK, master("organizer"), False, id="the organizer's own has no answer"),
    ],
)
def test_the_series_comes_first(series: SeriesIntent, goal: Intent, shown: Meeting | None, waits: bool) -> None:
    assert comes_first(series, goal, shown) is waits


@pytest.mark.parametrize("found", [(), (meeting(),), (meeting(answer="declined"),)])
def test_a_date_whose_series_comes_first_is_left_whatever_it_shows(found: tuple[Meeting, ...]) -> None:
    assert isinstance(plan(DECLINING, 1, Actual(found, comes_after_series=True), NOW), Wait)
