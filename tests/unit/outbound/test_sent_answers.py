"""When the same answer is another one."""

import pytest

from libs.contracts.intents import AnswerMeeting
from services.outbound.core.calls import Apply, Respond
from services.outbound.core.sent_answers import answer_named, name_answer, name_answer_in
from tests.unit.outbound.factories import ELSEWHEN, JUDGED

SENT = AnswerMeeting(ical_uid="uid-1", answer="accepted", comment="So.", judged=JUDGED, pattern="weekly, 4 times")


@pytest.mark.parametrize(
    ("differs", "is_another"),
    [
        pytest.param({"comment": "So be it."}, False, id="it is only told in other words"),
        pytest.param({"answer": "declined"}, True, id="the answer"),
        pytest.param({"judged": ELSEWHEN}, True, id="the time"),
        pytest.param({"pattern": "weekly, 6 times"}, True, id="the recurrence of the series"),
        pytest.param({"pattern": None}, True, id="it is a series no more"),
    ],
)
def test_an_answer_is_named_by_what_it_answers(differs: dict[str, object], is_another: bool) -> None:
    name = name_answer("event-1", SENT.model_copy(update=differs))

    assert (name != name_answer("event-1", SENT)) is is_another
    assert answer_named(name) == differs.get("answer", "accepted")


def test_an_answer_to_another_event_is_another_one() -> None:
    assert name_answer("event-1", SENT) != name_answer("event-2", SENT)


def test_an_answer_to_a_series_is_named_by_the_series_and_not_by_a_date_that_is_declined_first() -> None:
    calls = tuple(Respond(name, "declined", "So.", None) for name in ("date-1", "date-2", "event-1"))

    assert name_answer_in(Apply(calls), SENT) == name_answer("event-1", SENT)
