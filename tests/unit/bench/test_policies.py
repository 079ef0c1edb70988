"""What is measured is what is claimed: twelve policies judge each request, and half of the requests keep to them."""

import pytest

from services.policy.core.request import Request
from tests.bench.figures import Incorrect
from tests.bench.policies import RULES, check, situation


def test_each_request_is_judged_by_all_twelve_policies() -> None:
    slice_, requests = situation()

    assert len(RULES) == 12
    check(slice_, requests)


def test_a_wrong_judgement_is_no_figure() -> None:
    slice_, requests = situation()

    with pytest.raises(Incorrect, match="was judged wrongly"):
        check(slice_, [Request(requests[0].window, people=40, organizer=requests[0].organizer)])
