"""A room is mapped that had accepted meetings: they are booked as they are, or left alone, and never declined."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from libs.contracts.values import Answer, Attendee, Meeting, Outcome
from services.policy.core.changes import Decision, Save
from services.policy.core.explanations import AcceptedBeforeMapping, Explanation
from services.policy.core.goals import GiveAnswer
from services.policy.core.standing import Standing
from services.policy.core.taken_over import end_grandfathering
from tests.unit.policy.factories import (
    BOOKED,
    ELSEWHEN,
    KEY,
    NEW,
    NOW,
    answered,
    beside_notes,
    crowded,
    decided,
    intent,
    known,
    ledger,
    meeting,
    noted,
    recorded,
    saved,
    space,
    taken,
    wants,
    window,
)

MAPPED = NOW - timedelta(minutes=1)
BEFORE = MAPPED - timedelta(days=3)
ROOM = space(mapped_at=MAPPED)
CROWD = tuple(Attendee(address=f"p{n}@example.org") for n in range(9))
WHY = AcceptedBeforeMapping(answered_at=BEFORE)


def old(answered_at: datetime | None = BEFORE, **different: Any) -> Meeting:
    """Make a meeting that the room accepted, before the mapping unless another time is given."""
    return meeting(**{"answer": Answer.ACCEPTED, "answered_at": answered_at, **different})


@pytest.mark.parametrize(("seen", "reasons"), [(old(), (WHY,)), (old(attendees=CROWD), (WHY, crowded(8, 10)))])
def test_what_was_accepted_before_the_mapping_is_booked_without_a_word(
    seen: Meeting, reasons: tuple[Explanation, ...]
) -> None:
    decision = decided(ledger(space=ROOM), seen)

    [booked] = saved(decision)
    assert (booked.id, booked.status, booked.window, booked.outcome) == (NEW, "confirmed", BOOKED, Outcome.ACCEPT)
    assert booked.reasons == reasons
    assert [each.is_shown for each in decision.changes if hasattr(each, "is_shown")] == [True]
    assert answered(decision).answer == "accepted"
    assert (decision.note, noted(decision).standing) == ("taken_over", Standing.ACCEPTED)


@pytest.mark.parametrize("seen", [old(), old(end=BOOKED.start)])
def test_what_cannot_be_booked_is_left_alone_and_not_declined(seen: Meeting) -> None:
    decision = decided(ledger(space=ROOM, taken=(taken(),)), seen)

    assert (decision.note, wants(decision), saved(decision)) == ("unmanaged", {}, [])
    assert [each.reservation_id for each in recorded(decision)] == [None]


def test_it_is_left_alone_without_another_entry_and_booked_once_it_can_be() -> None:
    first = decided(ledger(space=ROOM, taken=(taken(),)), old())

    again = decided(ledger(space=ROOM, taken=(taken(),), meeting=noted(first)), old())
    then = decided(ledger(space=ROOM, meeting=noted(first)), old())

    assert beside_notes(again) == []
    assert (then.note, [each.status for each in saved(then)]) == ("taken_over", ["confirmed"])


@pytest.mark.parametrize(
    "seen",
    [
        meeting(answered_at=None),
        meeting(answer=Answer.TENTATIVE, answered_at=BEFORE),
        old(MAPPED + timedelta(seconds=1)),
        old(None),
    ],
)
def test_what_waits_for_an_answer_or_was_accepted_since_is_decided_as_usual(seen: Meeting) -> None:
    assert answered(decided(ledger(space=ROOM, taken=(taken(),)), seen)).answer == "declined"


def test_what_was_taken_over_is_an_ordinary_booking_from_then_on() -> None:
    first = decided(ledger(space=ROOM), old())
    goal = wants(first)[KEY]
    assert isinstance(goal, GiveAnswer)
    then = ledger(space=ROOM, meeting=noted(first), reservation=saved(first)[0], intent=intent(goal))

    agreed = decided(then, old())
    moved = decided(then, old(start=ELSEWHEN.start, end=ELSEWHEN.end))
    gone = decided(then, None)

    assert beside_notes(agreed) == []
    assert [each.window for each in saved(moved)] == [ELSEWHEN]
    assert [each.status for each in saved(gone)] == ["cancelled"]


def test_a_meeting_that_was_over_before_the_mapping_is_none_of_ours() -> None:
    past = window(-3)
    assert saved(decided(ledger(space=ROOM), old(start=past.start, end=past.end))) == []


def test_what_the_ledger_decided_before_it_was_mapped_again_stands() -> None:
    declined = ledger(space=ROOM, meeting=known(standing=Standing.DECLINED), taken=(taken(),))

    assert wants(decided(declined, old()))[KEY].want == "answer"


def test_a_booking_against_a_rule_is_marked_until_its_time_organizer_or_people_change() -> None:
    crowd = decided(ledger(space=ROOM), old(attendees=CROWD))
    (marked,), (plain,) = saved(crowd), saved(decided(ledger(space=ROOM), old()))
    retitled = replace(marked, title="Otherwise", version=2)
    fewer = replace(marked, attendee_count=2, version=2)

    kept = saved(end_grandfathering(Decision((Save(retitled, marked),))))
    judged = saved(end_grandfathering(Decision((Save(fewer, marked),))))

    assert (marked.grandfathered, plain.grandfathered) == (True, False)
    assert ([each.grandfathered for each in kept], [each.grandfathered for each in judged]) == ([True], [False])
