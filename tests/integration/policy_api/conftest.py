"""The API under test, one per module."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2
import pytest
import structlog

from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import open_pool
from libs.common.migrate import migrate
from libs.common.topology import Consumer, Topology
from libs.contracts.messages import CATALOGUE
from libs.contracts.topology import LISTENERS
from services.policy.api.app import create_app
from services.policy.api.tokens import open_verifier
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy_api.issuer import open_issuer
from tests.integration.policy_api.world import World

SERVICES = Path(__file__).parents[3] / "services"
MIGRATIONS = {name: SERVICES / name / "migrations" for name in ("policy", "ingest")}


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> None:
    """Log failures in a line or two: the default draws every local variable, which takes seconds."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(scope="module")
async def world(database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    await migrate(database, MIGRATIONS)
    topology = Topology([Consumer(name, types) for name, types in LISTENERS.items()], shards=8)
    admin = await asyncpg.connect(database)
    pool = await open_pool(database, schema="policy")
    async with (
        open_issuer(tmp_path_factory.mktemp("issuer")) as issuer,
        open_verifier(issuer.settings(), utc_now) as verifier,
    ):
        app = create_app(pool, Codec(CATALOGUE, topology), verifier, utc_now, issuer.settings(), patience=PATIENCE)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://roomsync.example.org") as http:
            yield World(app, http, issuer, pool, admin)
    await pool.close()
    await admin.close()
