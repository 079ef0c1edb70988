"""How a connection is doing as a whole is the worst of what is found about it and its rooms."""

from datetime import UTC, datetime

import pytest

from services.findings.finding import Finding, FindingLevel
from services.findings.finding import FindingCode as Code
from services.policy.core.findings.reach import ConnectionState, state_of_connection


def found(code: Code, level: FindingLevel) -> Finding:
    since = datetime(2026, 3, 1, tzinfo=UTC)
    return Finding(code=code, level=level, subject="x", finding="x", why="x", remedy="x", doc="x", since=since)


PAUSED = found(Code.CONNECTION_PAUSED, FindingLevel.ERROR)
EXPIRED = found(Code.CREDENTIAL_EXPIRED, FindingLevel.ERROR)
FAILING = found(Code.CREDENTIAL_FAILS, FindingLevel.ERROR)
SPARE = found(Code.SPARE_CREDENTIAL_FAILS, FindingLevel.WARNING)
SOON = found(Code.CREDENTIAL_EXPIRES_IN_DAYS, FindingLevel.ERROR)
ROOM = found(Code.MAILBOX_OUT_OF_REACH, FindingLevel.ERROR)
LATER = found(Code.CREDENTIAL_EXPIRES_IN_MONTHS, FindingLevel.INFO)


@pytest.mark.parametrize(
    ("findings", "state"),
    [
        ([], "works"),
        ([LATER], "works"),
        ([LATER, SPARE], "troubled"),
        ([SOON], "troubled"),
        ([ROOM], "troubled"),
        ([ROOM, EXPIRED], "failing"),
        ([FAILING], "failing"),
        ([ROOM, EXPIRED, PAUSED], "paused"),
    ],
)
def test_the_worst_that_is_found_is_the_state(findings: list[Finding], state: ConnectionState) -> None:
    assert state_of_connection(findings, is_reached=True) == state


def test_a_connection_that_nobody_has_seen_work_is_not_said_to_work() -> None:
    assert state_of_connection([], is_reached=False) == "untried"
    assert state_of_connection([ROOM], is_reached=False) == "troubled"
