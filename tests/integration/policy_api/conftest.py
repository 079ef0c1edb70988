"""The API under test, one per module."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from libs.common.migrate import migrate
from tests.integration.policy_api.world import World, open_world

SERVICES = Path(__file__).parents[3] / "services"
MIGRATIONS = {name: SERVICES / name / "migrations" for name in ("policy", "ingest", "outbound", "reconciler")}


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> None:
    """Log failures in a line or two: the default draws every local variable, which takes seconds."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(scope="module")
async def world(database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    await migrate(database, MIGRATIONS)
    async with open_world(database, tmp_path_factory.mktemp("issuer")) as world:
        yield world
