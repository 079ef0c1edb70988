"""B18: a mailbox that answers by itself is told from one that leaves its answers to us by what its calendar shows."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.values import Answer, Meeting
from services.policy.core.case import Case
from services.policy.core.ledger import KnownIntent, Slice
from services.policy.core.own_answers import AnswerSign, find_sign, write_command
from tests.unit.policy.factories import (
    NOW,
    answer,
    booked,
    declined,
    in_flight,
    intent,
    known,
    ledger,
    meeting,
    observation,
    space,
)

HOUR = timedelta(hours=1)
ANSWERS = [Answer.ACCEPTED, Answer.TENTATIVE, Answer.DECLINED]
MAPPED = space(mapped_at=NOW - HOUR)


def sign(slice_: Slice, seen: Meeting | None, at: datetime = NOW, **different: Any) -> AnswerSign | None:
    return find_sign(Case(observation(seen, at, **different), slice_, UUID(int=9)))


@pytest.mark.parametrize("shown", ANSWERS)
@pytest.mark.parametrize("answered_at", [None, NOW - HOUR / 2])
def test_a_new_invitation_that_has_an_answer_was_answered_by_somebody_else(
    shown: Answer, answered_at: datetime | None
) -> None:
    assert sign(ledger(space=MAPPED), meeting(answer=shown, answered_at=answered_at)) is AnswerSign.ANSWERED


@pytest.mark.parametrize("shown", [Answer.NONE, Answer.NOT_RESPONDED])
def test_a_new_invitation_without_an_answer_was_left_to_us(shown: Answer) -> None:
    assert sign(ledger(space=MAPPED), meeting(answer=shown)) is AnswerSign.UNANSWERED


def test_an_invitation_counts_once_as_unanswered() -> None:
    seen_before = known(standing=None, judged=None)

    assert sign(ledger(space=MAPPED, meeting=seen_before), meeting(answer=Answer.NOT_RESPONDED)) is None


def test_what_was_answered_before_the_mapping_was_not_ours_to_answer() -> None:
    before = meeting(answer=Answer.ACCEPTED, answered_at=NOW - 2 * HOUR)

    assert sign(ledger(space=MAPPED), before) is None


@pytest.mark.parametrize("shown", [Answer.TENTATIVE, Answer.DECLINED])
def test_another_answer_than_the_one_that_we_wrote_is_not_ours(shown: Answer) -> None:
    assert sign(booked(intent=intent(answer())), meeting(answer=shown)) is AnswerSign.ANSWERED


@pytest.mark.parametrize(
    ("last", "shown"),
    [
        (intent(answer()), Answer.ACCEPTED),
        (intent(answer()), Answer.NOT_RESPONDED),
        (in_flight(answer()), Answer.DECLINED),
        (intent(answer(), state="given_up"), Answer.DECLINED),
    ],
    ids=["ours", "reset by an update", "not written yet", "given up"],
)
def test_what_may_be_our_own_doing_or_the_organizers_is_no_sign(last: KnownIntent, shown: Answer) -> None:
    assert sign(booked(intent=last), meeting(answer=shown)) is None


def test_a_copy_that_still_shows_what_was_decided_is_no_sign() -> None:
    assert declined().meeting is not None
    assert sign(declined(), meeting(answer=Answer.DECLINED)) is None


@pytest.mark.parametrize(
    "seen",
    [
        None,
        meeting(answer=Answer.ACCEPTED, is_cancelled=True),
        meeting(answer=Answer.ORGANIZER, is_room_owned=True),
        meeting(answer=Answer.ORGANIZER, is_unreadable=True),
    ],
    ids=["absent", "cancelled", "foreign", "unreadable"],
)
def test_what_is_no_invitation_is_no_sign(seen: Meeting | None) -> None:
    assert sign(ledger(space=MAPPED), seen) is None


def test_what_is_stale_or_of_another_mailbox_is_no_sign() -> None:
    accepted = meeting(answer=Answer.DECLINED)

    assert sign(booked(intent=intent(answer())), accepted, NOW - HOUR) is None
    assert sign(ledger(space=MAPPED), accepted, room_mailbox="other@example.org") is None


@pytest.mark.parametrize("quote", "'\u2018\u2019\u201a\u201b")
def test_no_address_ends_the_word_of_the_command_that_mends_it(quote: str) -> None:
    command = write_command(f"o{quote}neil@example.org")

    assert f"-Identity 'o{quote}{quote}neil@example.org' -AutomateProcessing AutoUpdate " in command
