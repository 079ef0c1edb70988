"""A ledger for each module."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.policy.ledger import Ledger, open_ledger


@pytest.fixture(scope="module")
async def ledger(database: str) -> AsyncIterator[Ledger]:
    async with open_ledger(database) as ledger:
        yield ledger
