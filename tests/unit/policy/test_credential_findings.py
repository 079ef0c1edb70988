"""C12: credentials are counted down at 60, 30 and 7 days, and what one of two lacks is worth less."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.findings.finding import FindingCode as Code
from services.policy.core.findings.credentials import find_in_credentials, say_countdown
from services.policy.core.findings.facts import CredentialKind, KnownCredential, KnownFacts, PausedConnection
from services.policy.core.findings.find import find

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
CONNECTION = UUID(int=2)
LASTING = KnownCredential(
    CONNECTION, "Contoso", "app", "contoso", "certificate", NOW + timedelta(days=365), None, None, NOW, NOW
)
SHORT = replace(LASTING, name="short", expires_at=NOW + timedelta(days=29))
ETERNAL = replace(LASTING, name="identity", kind="workload_identity", expires_at=None)
REFUSED = replace(LASTING, name="refused", problem="It is refused.", problem_since=NOW)


def left(**time: float) -> KnownCredential:
    return replace(LASTING, name="counted", expires_at=NOW + timedelta(**time))


def codes(*known: KnownCredential, is_paused: bool = False) -> Sequence[Code]:
    return [each.code for each in find_in_credentials(known, is_paused=is_paused)]


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ({"days": 61}, None),
        ({"days": 60}, Code.CREDENTIAL_EXPIRES_IN_MONTHS),
        ({"days": 30, "seconds": 1}, Code.CREDENTIAL_EXPIRES_IN_MONTHS),
        ({"days": 30}, Code.CREDENTIAL_EXPIRES_IN_WEEKS),
        ({"days": 7, "seconds": 1}, Code.CREDENTIAL_EXPIRES_IN_WEEKS),
        ({"days": 7}, Code.CREDENTIAL_EXPIRES_IN_DAYS),
        ({"seconds": 1}, Code.CREDENTIAL_EXPIRES_IN_DAYS),
        ({}, Code.CREDENTIAL_EXPIRED),
        ({"days": -3}, Code.CREDENTIAL_EXPIRED),
    ],
)
def test_each_credential_is_counted_down_to_its_end(time: dict[str, float], code: Code | None) -> None:
    assert codes(left(**time)) == ([code] if code else [])


@pytest.mark.parametrize("heir", [LASTING, ETERNAL], ids=["certificate", "identity"])
@pytest.mark.parametrize(
    ("time", "code"),
    [
        ({"days": 5}, Code.CREDENTIAL_EXPIRES_IN_MONTHS),
        ({"days": 20}, Code.CREDENTIAL_EXPIRES_IN_MONTHS),
        ({"days": -1}, Code.SPARE_CREDENTIAL_FAILS),
    ],
)
def test_one_that_ends_is_less_bad_where_another_takes_over(
    heir: KnownCredential, time: dict[str, float], code: Code
) -> None:
    assert codes(left(**time), heir) == [code]


@pytest.mark.parametrize("other", [SHORT, REFUSED], ids=["about to end itself", "refused"])
def test_one_that_cannot_take_over_makes_nothing_less_bad(other: KnownCredential) -> None:
    assert Code.CREDENTIAL_EXPIRES_IN_DAYS in codes(left(days=5), other)


def test_one_that_is_refused_is_a_warning_while_the_other_works_and_else_an_error() -> None:
    assert codes(REFUSED, LASTING) == [Code.SPARE_CREDENTIAL_FAILS]
    assert codes(REFUSED, left(days=-1)) == [Code.CREDENTIAL_FAILS, Code.CREDENTIAL_EXPIRED]


def test_what_a_paused_connection_is_told_for_is_not_told_again_and_the_countdown_is() -> None:
    assert codes(REFUSED, left(days=-1), is_paused=True) == []
    assert codes(REFUSED, left(days=5), is_paused=True) == [Code.CREDENTIAL_EXPIRES_IN_DAYS]


def test_credentials_of_one_connection_do_not_stand_in_for_those_of_another() -> None:
    elsewhere: Any = replace(LASTING, connection_id=UUID(int=3))
    facts = KnownFacts(credentials=[elsewhere, REFUSED])
    assert [(each.code, each.connection_id) for each in find(facts)] == [(Code.CREDENTIAL_FAILS, CONNECTION)]

    paused = PausedConnection(UUID(int=3), "Fabrikam", "app", "fabrikam", 3, "It is refused.", NOW)
    found = {each.code for each in find(replace(facts, connections=[paused]))}
    assert found == {Code.CREDENTIAL_FAILS, Code.CONNECTION_PAUSED}


@pytest.mark.parametrize(
    ("kind", "time", "said"),
    [
        ("certificate", {"days": 30}, "in 30 days"),
        ("certificate", {"days": 1, "hours": 23}, "in 1 day"),
        ("secret", {"hours": 23}, "in less than a day"),
        ("secret", {}, "expired less than a day ago"),
        ("secret", {"days": -3}, "expired 3 days ago"),
        ("secret", None, "not known: its file does not say"),
        ("workload_identity", None, "does not expire"),
        (None, None, "not known yet"),
    ],
)
def test_the_time_that_a_credential_has_left_is_said_in_words(
    kind: CredentialKind | None, time: dict[str, float] | None, said: str
) -> None:
    assert say_countdown(kind, None if time is None else NOW + timedelta(**time), NOW) == said
