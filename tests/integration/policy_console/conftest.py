"""The console under test, one for each module, and browsers."""

from collections.abc import AsyncIterator

import pytest

from libs.common.migrate import migrate
from tests.integration.policy_api.conftest import MIGRATIONS, plain_log
from tests.integration.policy_console.console import Browser, ConsoleWorld, Rows, open_browser, open_console
from tests.support.simulator import Simulator

__all__ = ["plain_log"]


@pytest.fixture(scope="module")
async def console(
    database: str, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ConsoleWorld]:
    await migrate(database, MIGRATIONS)
    async with open_console(database, tmp_path_factory.mktemp("console"), simulator) as console:
        yield console


@pytest.fixture
async def rows(console: ConsoleWorld) -> Rows:
    """The tables of the sign-in, empty at first."""
    found = Rows(console)
    await found.clear()
    console.changes.clear()
    return found


@pytest.fixture
async def browser(console: ConsoleWorld, rows: Rows) -> AsyncIterator[Browser]:
    async with open_browser(console) as browser:
        yield browser


@pytest.fixture
async def other_browser(console: ConsoleWorld, rows: Rows) -> AsyncIterator[Browser]:
    async with open_browser(console) as browser:
        yield browser
