"""Processes that share the tests go on with the system that they have running, and none starts one for little."""

import pytest

from tests.support.scheduling import WORTH_A_SYSTEM, next_scope, system_of

EDITS = "tests/system/test_edits.py::test_a"
MODULE = "tests/integration/test_flow.py"


def needing(system: str, count: int = 1) -> list[str]:
    return [f"{EDITS}[{system}-{number}]" for number in range(count)]


@pytest.mark.parametrize(
    ("nodeid", "system"),
    [
        (f"{EDITS}[real]", "real"),
        (f"{EDITS}[swept_embedded-approve]", "swept_embedded"),
        (f"{EDITS}[policy-real]", "real"),
        ("tests/browser/test_question_pages.py::test_a[real]", "real"),
        ("tests/browser/test_troubles.py::test_a[script]", None),
        (f"{EDITS}[unreal-1]", None),
        (EDITS, None),
        ("tests/integration/test_flow.py::test_a[real]", None),
    ],
)
def test_a_test_names_the_system_that_it_needs(nodeid: str, system: str | None) -> None:
    assert system_of(nodeid) == system


def test_a_process_goes_on_with_the_system_that_it_has_running() -> None:
    [last] = needing("real")

    assert next_scope([*needing("embedded", 50), last], running="real", elsewhere=["embedded"]) == last


def test_a_process_without_a_system_goes_where_most_is_left_for_each_process() -> None:
    scopes = [*needing("real", 30), *needing("embedded", 20)]

    assert next_scope(scopes, running=None, elsewhere=["real"]) == scopes[30]
    assert next_scope(scopes, running=None, elsewhere=["real", "embedded"]) == scopes[0]


def test_no_second_process_starts_a_system_for_little_and_a_first_one_does() -> None:
    scopes = [MODULE, *needing("real", WORTH_A_SYSTEM - 1)]

    assert next_scope(scopes, running=None, elsewhere=["real"]) == MODULE
    assert next_scope(scopes, running=None, elsewhere=[]) == scopes[1]
    assert next_scope(scopes[1:], running=None, elsewhere=["real"]) == scopes[1]


def test_what_is_slow_is_not_left_for_the_end() -> None:
    assert next_scope(["tests/unit/test_a.py", MODULE], running=None, elsewhere=[]) == MODULE
