"""A ledger for each module."""

from collections.abc import AsyncIterator

import pytest

from services.policy.store import decisions
from tests.integration.policy.ledger import Ledger, open_ledger


@pytest.fixture(scope="module")
async def ledger(database: str) -> AsyncIterator[Ledger]:
    """Open a ledger; whatever a module has decided can be judged again in the end, and comes out the same."""
    async with open_ledger(database) as ledger:
        yield ledger
        async with ledger.pool.acquire() as conn, conn.transaction():
            async for decision, verdict in decisions.judged(conn):
                assert decision.follows_from(verdict), (decision, verdict)
