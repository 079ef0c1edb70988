"""In which lane goes what a request of the back office, or a calendar, led to."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from libs.common.topology import Lane
from libs.contracts.intents import AnswerMeeting, Intent, KeepHold, MoveBack
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import IntentIssued
from libs.contracts.values import Window
from services.policy.commands.lanes import AT_ONCE, lanes_of_answers, lanes_of_request

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
WHEN = Window(start=NOON, end=NOON + timedelta(hours=1))
ANSWER = AnswerMeeting(ical_uid="uid", answer="declined", comment="", judged=WHEN)
MOVE = MoveBack(ical_uid="uid", organizer="ada@example.org", kept=WHEN, refused=WHEN)
HOLD = KeepHold(reservation_id=uuid4(), window=WHEN, time_zone="UTC", subject="Board")


def issued(intent: Intent) -> IntentIssued:
    key = MeetingKey(UUID(int=1), "uid")
    return IntentIssued(
        key=key,
        connection_id=UUID(int=2),
        room_mailbox="room@example.org",
        generation=1,
        awaited_until=None,
        intent=intent,
    )


@pytest.mark.parametrize("intent", [ANSWER, MOVE, HOLD])
def test_what_a_request_led_to_goes_in_the_bulk_lane_if_there_is_much_of_it(intent: Intent) -> None:
    few = [issued(intent)] * AT_ONCE

    assert {lane for _, lane in lanes_of_request(few)} == {Lane.LIVE}
    assert {lane for _, lane in lanes_of_request([*few, issued(intent)])} == {Lane.BULK}


def test_one_kind_of_which_there_is_much_leaves_the_others_where_they_were() -> None:
    found = lanes_of_request([issued(HOLD), *[issued(ANSWER)] * (AT_ONCE + 1)])

    assert [lane for _, lane in found] == [Lane.LIVE, *[Lane.BULK] * (AT_ONCE + 1)]


@pytest.mark.parametrize(("intent", "lane"), [(ANSWER, Lane.LIVE), (HOLD, Lane.BULK)])
def test_every_answer_to_what_a_calendar_showed_goes_in_the_live_lane(intent: Intent, lane: Lane) -> None:
    assert {each for _, each in lanes_of_answers([issued(intent)] * (AT_ONCE + 1))} == {lane}
