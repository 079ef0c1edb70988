"""What is decided and asked for in a large ledger is what is claimed: free hours, each once, and taken ones."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from services.policy.core.evaluate import evaluate
from services.policy.core.policies.policy import Attachment, Policy
from services.policy.core.request import Request
from services.policy.core.verdict import Accept
from tests.bench.large import alternatives, decisions
from tests.bench.large.ledgers import LANES, RESERVATIONS, SPACES, SPACES_OF_THE_EMPTY
from tests.bench.ten_rules import TEN_THAT_COUNT
from tests.support.large_ledger import BOOKED_HOURS, DAYS_AHEAD, DAYS_BEFORE, HOURS_A_DAY, LargeLedger
from tests.unit.policy.factories import ledger, space

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SPACES_BY_NUMBER = LargeLedger([UUID(int=number) for number in range(SPACES)], NOW.replace(hour=0))


def hours(number: int, day: int, which: Sequence[int]) -> set[datetime]:
    return {SPACES_BY_NUMBER.window(number, day, nth).start for nth in which}


def test_the_ledger_is_as_large_as_is_said() -> None:
    assert (SPACES, RESERVATIONS) == (2_000, 200_000)


def test_the_hours_of_a_day_are_booked_or_free() -> None:
    for day in range(-DAYS_BEFORE, DAYS_AHEAD):
        booked, free = hours(7, day, range(BOOKED_HOURS)), hours(7, day, range(BOOKED_HOURS, HOURS_A_DAY))
        assert (len(booked), len(free), len(booked & free)) == (BOOKED_HOURS, HOURS_A_DAY - BOOKED_HOURS, 0)


def test_each_meeting_that_is_decided_has_a_free_hour_of_its_own_and_keeps_to_the_rules() -> None:
    many = (decisions.ROUNDS + 1) * decisions.OBSERVATIONS
    policies = [Policy(id=uuid4(), version=1, rule=rule, attach=Attachment(scope="all")) for rule in TEN_THAT_COUNT]
    slice_ = ledger(now=NOW, space=space(), policies=policies)
    seen = set()
    for number in range(many):
        space_id, window = decisions.free_window(SPACES_BY_NUMBER, number)
        seen.add((space_id, window.start))
        verdict = evaluate(Request(window, 2, "person1@contoso.example"), slice_)
        assert isinstance(verdict, Accept), verdict
        assert len(verdict.judged_by) == len(TEN_THAT_COUNT)
    assert len(seen) == many


def test_the_meetings_of_a_space_are_decided_one_after_the_other() -> None:
    assert SPACES_OF_THE_EMPTY % LANES == decisions.OBSERVATIONS % LANES == 0


def test_each_request_that_is_to_be_refused_is_for_an_hour_that_is_booked() -> None:
    asked = [alternatives.wished(SPACES_BY_NUMBER, number) for number in range(alternatives.CALLS)]
    for space_id, window, _ in asked:
        day = (window.start - SPACES_BY_NUMBER.today).days
        booked = hours(SPACES_BY_NUMBER.space_ids.index(space_id), day, range(BOOKED_HOURS))
        assert any(window.start <= start < window.end for start in booked)
    assert len({space_id for space_id, _, _ in asked}) == alternatives.CALLS
