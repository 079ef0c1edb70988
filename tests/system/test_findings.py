"""A system without a mail server says so: as something to know, and as an error once somebody would be mailed."""

from collections.abc import AsyncIterator
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from deploy.driver.cast import Cast, open_cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import ready
from deploy.local.options import Mode
from deploy.local.services import ROLES
from deploy.local.stack import LocalStack
from tests.support.stacks import in_both_modes, running_stack
from tests.system.test_metrics import figures

NO_MAIL_SERVER = ("roomsync_findings", frozenset({("code", "RS101")}))
STARTED = ("process_start_time_seconds", frozenset[tuple[str, str]]())
UNTIL_MEASURED_S = 40


@pytest_asyncio.fixture(scope="module", params=in_both_modes("silent_"))
async def silent_stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LocalStack]:
    """A system that can mail nobody."""
    async with running_stack(request.param, tmp_path_factory.mktemp("silent"), {"ROOMSYNC_SMTP_URL": ""}) as stack:
        yield stack


@pytest_asyncio.fixture
async def silent_cast(silent_stack: LocalStack) -> AsyncIterator[Cast]:
    async with open_cast(silent_stack.endpoints, f"t{uuid4().hex[:8]}") as cast:
        yield cast


async def only_finding(cast: Cast, code: str) -> Json:
    """Wait until nothing but this is wrong, and return it."""

    async def look() -> Json:
        found = await cast.administrator.findings()
        expect([each["code"] for each in found] == [code], found)
        return found[0]

    return await eventually(look)


@pytest.mark.timeout(240)
async def test_a_missing_mail_server_is_an_error_as_long_as_a_rule_names_approvers(
    silent_stack: LocalStack, silent_cast: Cast
) -> None:
    cast = silent_cast
    room = await cast.room()
    unneeded = await only_finding(cast, "RS102")

    rule = {"when": "always", "approvers": ["grace@example.org"]}
    policy = await cast.administrator.set_policy(room.space, "approval", rule)

    needed = await only_finding(cast, "RS101")
    assert (unneeded["level"], needed["level"]) == ("info", "error")
    assert "1 approval rule" in needed["finding"]
    assert "ROOMSYNC_SMTP_URL" in needed["remedy"]
    assert needed["since"] == unneeded["since"]
    await is_counted(silent_stack, 1)

    await restart_outbound(silent_stack, cast)
    assert await only_finding(cast, "RS101") == needed

    await cast.administrator.delete_policy(policy)
    assert await only_finding(cast, "RS102") == unneeded
    await is_counted(silent_stack, 0)


async def restart_outbound(stack: LocalStack, cast: Cast) -> None:
    """Kill outbound, and wait until it was started again."""
    before = (await figures(stack))[STARTED]
    stack.processes["outbound" if stack.mode is Mode.REAL else "services"].kill()

    async def look() -> None:
        try:
            started = (await figures(stack))[STARTED]
        except aiohttp.ClientError as error:
            raise AssertionError(str(error)) from error
        expect(started > before, "outbound was not started again")

    await eventually(look, within_s=60)
    await ready(cast, within_s=60)


async def is_counted(stack: LocalStack, times: int) -> None:
    """Wait until the metric says so; each role shows it where all of them share a process."""
    times_shown = 1 if stack.mode is Mode.REAL else len(ROLES)

    async def look() -> None:
        shown = (await figures(stack)).get(NO_MAIL_SERVER)
        expect(shown == times * times_shown, shown)

    await eventually(look, within_s=UNTIL_MEASURED_S)
