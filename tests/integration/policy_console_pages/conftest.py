"""The pages of the console on a real database, one for each module."""

from collections.abc import AsyncIterator

import pytest

from libs.common.migrate import migrate
from tests.integration.policy_api.conftest import MIGRATIONS, plain_log
from tests.integration.policy_api.world import open_world
from tests.integration.policy_console_pages.console import Console, pages_on

__all__ = ["plain_log"]


@pytest.fixture(scope="module")
async def console(database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Console]:
    await migrate(database, MIGRATIONS)
    async with open_world(database, tmp_path_factory.mktemp("issuer")) as world, pages_on(world) as console:
        yield console
