"""What is measured is what is claimed: ten rules of ten kinds judge each meeting, and each meeting keeps to them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from libs.contracts.values import Window
from services.policy.core.evaluate import evaluate
from services.policy.core.policies.policy import Attachment, Policy
from services.policy.core.policies.rule import Booking, Rule
from services.policy.core.request import Request
from services.policy.core.verdict import Accept
from tests.bench.rules import DAYS_AHEAD, SETS
from tests.bench.ten_rules import TEN, TEN_THAT_COUNT
from tests.bench.under_rules import OBSERVATIONS, ROUNDS, body_of, organizer_of, window_of
from tests.unit.policy.factories import ledger, space

EACH_SET = pytest.mark.parametrize("rules", [TEN, TEN_THAT_COUNT], ids=["ten", "counting"])


@EACH_SET
def test_there_are_ten_rules_of_ten_kinds(rules: Sequence[Rule]) -> None:
    assert len({body_of(rule)["kind"] for rule in rules}) == len(rules) == 10


def test_only_the_last_two_of_the_rules_that_count_count_other_bookings() -> None:
    assert not any(rule.counts_others for rule in (*TEN, *TEN_THAT_COUNT[:-2]))
    assert all(rule.counts_others for rule in TEN_THAT_COUNT[-2:])


@EACH_SET
@pytest.mark.parametrize("number", [0, (ROUNDS + 1) * len(SETS) - 1], ids=["first round", "last round"])
def test_each_meeting_is_judged_by_all_ten_and_keeps_to_them(rules: Sequence[Rule], number: int) -> None:
    policies = [Policy(id=uuid4(), version=1, rule=rule, attach=Attachment(scope="all")) for rule in rules]
    slots = [(window_of(DAYS_AHEAD + number, each), organizer_of(each)) for each in range(OBSERVATIONS)]
    for window, organizer in slots:
        others = [
            Booking(uuid4(), UUID(int=7), frozenset(), other.start, other.end)
            for other, of in slots
            if of == organizer and other != window
        ]
        slice_ = ledger(now=datetime.now(UTC), space=space(), policies=policies, bookings=others)

        verdict = evaluate(Request(Window(start=window.start, end=window.end), 2, organizer), slice_)

        assert isinstance(verdict, Accept), verdict
        assert len(verdict.judged_by) == len(rules)
