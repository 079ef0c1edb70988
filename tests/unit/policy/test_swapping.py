"""Meetings of one organizer that ask for each other's time change places, all at once or not at all."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Window
from services.policy.core.case import Case
from services.policy.core.changes import Record
from services.policy.core.goals import GiveAnswer
from services.policy.core.ledger import KnownMeeting, PendingLook, Slice
from services.policy.core.policies.durations import MaximumDuration
from services.policy.core.policies.policy import Attachment, Policy
from services.policy.core.policies.rule import Booking
from services.policy.core.policies.usage import Quota
from services.policy.core.recalling import recall
from services.policy.core.standing import Standing
from services.policy.core.swapping import find_asked, find_own_in_the_way
from tests.unit.policy.factories import (
    BOOKED,
    CAPACITY,
    ELSEWHEN,
    KEY,
    NEW,
    NOW,
    OTHER,
    RESERVATION,
    SPACE,
    UID,
    booked,
    decided,
    judged,
    known,
    ledger,
    meeting,
    observation,
    recorded,
    reservation,
    saved,
    taken,
    wants,
    window,
)

ADDRESS = "ada@example.org"
OTHER_UID = "uid-2"
OTHER_KEY = MeetingKey(SPACE, OTHER_UID)
PENDING = PendingLook(look_id=UUID(int=7), judged=judged(BOOKED), until=NOW + timedelta(seconds=9))
OWN = taken(BOOKED, reservation_id=RESERVATION, ical_uid=UID, organizer=ADDRESS)
OTHERS = taken(ELSEWHEN, ical_uid=OTHER_UID, organizer=ADDRESS)


def asking(at: Window, **different: Any) -> KnownMeeting:
    """Make what is known of the other meeting, whose move to this time waits for a look."""
    pending = PENDING.model_copy(update={"judged": judged(at)})
    return known(ELSEWHEN, **{"event_id": "event-2", "reservation_id": OTHER, "pending_look": pending} | different)


def beside(at: Window = BOOKED, **different: Any) -> Case:
    """Make the case of the other meeting, which is booked elsewhen and asks for this time."""
    usual: dict[str, Any] = {
        "meeting": asking(at),
        "reservation": reservation(ELSEWHEN, id=OTHER, ical_uid=OTHER_UID, title="Review"),
        "taken": (OWN,),
    }
    there = ledger(**usual | different)
    seen = recall(there, OTHER_KEY, judged(at))
    assert seen is not None
    return Case(seen, there, UUID(int=10), judged_as=judged(at), may_look=False)


def first(**different: Any) -> Slice:
    """Make the slice of the meeting that asks for what the other has."""
    return booked(**{"taken": (OWN, OTHERS)} | different)


def test_two_meetings_that_ask_for_each_others_time_are_booked_there_at_once() -> None:
    decision = decided(first(), meeting(ELSEWHEN), swapped_with=[beside()])

    assert decision.note == "swapped"
    assert {each.id: each.window for each in saved(decision)} == {RESERVATION: ELSEWHEN, OTHER: BOOKED}
    assert {key: goal.answer for key, goal in wants(decision).items() if isinstance(goal, GiveAnswer)} == {
        KEY: "accepted",
        OTHER_KEY: "accepted",
    }
    assert {each.title for each in saved(decision)} == {"Planning", "Review"}


def test_each_is_recorded_with_the_slice_that_it_was_judged_on() -> None:
    decision = decided(first(), meeting(ELSEWHEN), swapped_with=[beside()])

    looked_at = {each.key: {one.reservation_id for one in _judged_on(each).taken} for each in recorded(decision)}
    assert looked_at == {KEY: {RESERVATION, OTHER}, OTHER_KEY: {RESERVATION}}
    [others] = [each for each in _judged_on(recorded(decision)[0]).taken if each.reservation_id == OTHER]
    assert (others.reserved_from, others.reserved_until) == (BOOKED.start, BOOKED.end)


def _judged_on(record: Record) -> Slice:
    assert record.judged_on is not None
    return record.judged_on


@pytest.mark.parametrize(
    "other",
    [
        beside(taken=(OWN, taken(BOOKED, reservation_id=UUID(int=30), ical_uid="uid-3", organizer="ben@example.org"))),
        beside(window(24, 600), policies=(Policy(
            id=UUID(int=20), version=1, rule=MaximumDuration(minutes=120), attach=Attachment(scope="all")
        ),)),
        beside(window(48.5)),
    ],
    ids=["somebody else is in its way", "a rule is in its way", "it asks for half of what it has"],
)  # fmt: skip
def test_if_one_cannot_have_what_it_asks_for_nothing_is_swapped(other: Case) -> None:
    decision = decided(first(), meeting(ELSEWHEN), swapped_with=[other])

    assert (saved(decision), decision.note) == ([], "looking")


def test_three_may_change_places_in_a_circle() -> None:
    third_window, third = window(72), UUID(int=40)
    third_uid = "uid-3"
    thirds = taken(third_window, reservation_id=third, ical_uid=third_uid, organizer=ADDRESS)
    second = beside(third_window, taken=(OTHERS, thirds))
    there = ledger(
        meeting=asking(BOOKED),
        reservation=reservation(third_window, id=third, ical_uid=third_uid),
        taken=(OWN, thirds),
    )
    seen = recall(there, MeetingKey(SPACE, third_uid), judged(BOOKED))
    assert seen is not None
    last = Case(seen, there, UUID(int=11), judged_as=judged(BOOKED), may_look=False)

    decision = decided(first(), meeting(ELSEWHEN), swapped_with=[second, last])

    wanted = {RESERVATION: ELSEWHEN, OTHER: third_window, third: BOOKED}
    assert {each.id: each.window for each in saved(decision)} == wanted


def test_a_quota_counts_each_where_it_comes_to_be() -> None:
    quota = Policy(
        id=UUID(int=20), version=1, rule=Quota(limit=1, measure="bookings", per="day"), attach=Attachment(scope="all")
    )
    bookings = [
        Booking(RESERVATION, SPACE, frozenset(), BOOKED.start, BOOKED.end),
        Booking(OTHER, SPACE, frozenset(), ELSEWHEN.start, ELSEWHEN.end),
    ]
    policies = (CAPACITY, quota)
    other = beside(policies=policies, bookings=bookings)

    decision = decided(first(policies=policies, bookings=bookings), meeting(ELSEWHEN), swapped_with=[other])

    assert decision.note == "swapped"


def test_only_an_organizers_own_meetings_in_the_way_can_be_swapped_with() -> None:
    def find(*in_the_way: Any) -> frozenset[UUID]:
        return find_own_in_the_way(Case(observation(meeting(ELSEWHEN)), first(taken=(OWN, *in_the_way)), NEW))

    assert find(OTHERS) == {OTHER}
    assert find(OTHERS, replace(OTHERS, reservation_id=UUID(int=30), organizer="ben@example.org")) == frozenset()
    assert find(replace(OTHERS, ical_uid=None)) == frozenset()
    assert find() == frozenset()


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        (asking(BOOKED), judged(BOOKED)),
        (known(BOOKED, standing=Standing.PROPOSES_ORIGINAL), judged(BOOKED)),
        (known(BOOKED), None),
        (known(BOOKED, standing=Standing.DECLINED), None),
        (known(BOOKED, standing=Standing.PROPOSES_ORIGINAL, is_present=False), None),
        (known(judged=judged(BOOKED, is_series=True), standing=Standing.PROPOSES_ORIGINAL), None),
        (None, None),
    ],
)
def test_a_meeting_asks_for_another_time_while_its_move_waits_or_its_time_is_proposed(seen: Any, asked: Any) -> None:
    assert find_asked(seen) == asked
