"""From a verdict to what changes, for what rules that need an administrator will say."""

from dataclasses import replace

import pytest

from libs.contracts.values import Answer, Meeting, Outcome
from services.policy.core.answering import answer_invitation
from services.policy.core.case import Case
from services.policy.core.explanations import OverCapacity
from services.policy.core.ledger import Slice
from services.policy.core.standing import Standing
from services.policy.core.verdict import Accept, NeedsApproval
from tests.unit.policy.factories import (
    BOOKED,
    ELSEWHEN,
    HOLD,
    NEW,
    NOW,
    answered,
    beside_notes,
    booked,
    decided,
    hold,
    intent,
    ledger,
    letter,
    meeting,
    noted,
    observation,
    recorded,
    saved,
    space,
    taken,
    wants,
)

CROWDED = OverCapacity(capacity=8, people=9)
ASKED = NeedsApproval((CROWDED,))


def pending() -> Slice:
    """Make the slice of a request that waits for approval and shows it."""
    decision = answer_invitation(Case(observation(meeting()), ledger(), NEW), ASKED)
    return ledger(meeting=noted(decision), reservation=saved(decision)[0], intent=intent(answered(decision)))


def test_what_needs_approval_holds_the_slot_and_is_answered_tentatively() -> None:
    decision = answer_invitation(Case(observation(meeting()), ledger(), NEW), ASKED)

    [asked] = saved(decision)
    assert (asked.id, asked.status, asked.outcome, asked.window) == (NEW, "pending", Outcome.TENTATIVE, BOOKED)
    assert asked.is_live
    assert asked.reasons == (CROWDED,)
    assert (answered(decision).answer, answered(decision).proposed) == ("tentativelyAccepted", None)
    assert "9 are expected" in letter(decision, ledger())
    assert [each.outcome for each in recorded(decision)] == [Outcome.TENTATIVE]


def test_waiting_for_approval_and_proposing_another_time_are_told_apart() -> None:
    waiting = answer_invitation(Case(observation(meeting()), ledger(), NEW), ASKED)
    full = booked(space=space(refused_edit="propose_original"), taken=(taken(ELSEWHEN),))
    moved = decided(full, meeting(ELSEWHEN))

    assert noted(waiting).standing is Standing.AWAITS_APPROVAL
    assert noted(moved).standing is Standing.PROPOSES_ORIGINAL
    assert Standing.AWAITS_APPROVAL.shows_as is Standing.PROPOSES_ORIGINAL.shows_as is Answer.TENTATIVE


def test_a_question_that_shows_as_tentative_is_agreement() -> None:
    assert beside_notes(decided(pending(), meeting(answer=Answer.TENTATIVE))) == []


@pytest.mark.parametrize("seen", [None, meeting(is_cancelled=True)])
def test_a_question_ends_with_its_meeting(seen: Meeting | None) -> None:
    [ended] = saved(decided(pending(), seen))

    assert ended.status == "cancelled"


def test_an_edit_that_needs_approval_costs_nobody_the_room_they_have() -> None:
    case = Case(observation(meeting(ELSEWHEN)), booked(), NEW)

    decision = answer_invitation(case, ASKED)

    assert saved(decision) == []
    assert wants(decision)[HOLD] == hold()
    assert noted(decision).standing is Standing.CHANGE_AWAITS_APPROVAL


def test_a_warning_goes_into_the_answer_and_changes_nothing_else() -> None:
    case = Case(observation(meeting(), NOW), ledger(), NEW)

    warned, plain = answer_invitation(case, Accept(warnings=(CROWDED,))), answer_invitation(case, Accept())

    [kept] = saved(warned)
    assert kept.warnings == (CROWDED,)
    assert [replace(kept, warnings=())] == saved(plain)
    assert "9 are expected" in letter(warned, ledger())
    assert "9 are expected" not in letter(plain, ledger())
