"""Two ledgers in databases of their own: a large one and an empty one, with the same ten rules in force."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
import orjson

from deploy.local.own import own_database
from libs.common.clock import utc_now
from libs.common.db import Pool, open_pool
from libs.common.migrate import migrate
from services.policy.core.actors import SYSTEM
from services.policy.core.policies.policy import Attachment, Policy
from services.policy.store import policies
from services.schemas import SCHEMAS
from tests.bench.ground import Say
from tests.bench.ten_rules import TEN_THAT_COUNT
from tests.support.large_ledger import BOOKINGS_A_SPACE, LargeLedger, book, write_spaces

SPACES = 2_000
RESERVATIONS = SPACES * BOOKINGS_A_SPACE
SPACES_OF_THE_EMPTY = 96
LANES = 8
"""How many decisions are under way at a time: as many as policy has shards, unless set otherwise."""


@dataclass(frozen=True, slots=True)
class OwnLedger:
    """A ledger in a database of its own, and policy's connections to it."""

    url: str
    spaces: LargeLedger
    pool: Pool


@dataclass(frozen=True, slots=True)
class Ledgers:
    """What is compared."""

    empty: OwnLedger
    large: OwnLedger


@asynccontextmanager
async def open_ledgers(postgres_url: str, say: Say) -> AsyncIterator[Ledgers]:
    """Make both ledgers, yield them, and drop them."""
    async with _own_ledger(postgres_url, SPACES_OF_THE_EMPTY) as empty, _own_ledger(postgres_url, SPACES) as large:
        say(f"Writing {RESERVATIONS:,} reservations of {SPACES:,} spaces.")
        admin = await asyncpg.connect(large.url)
        try:
            judged_by = [each.as_held.model_dump(mode="json") for each in await _rules_of(large)]
            await book(admin, large.spaces, orjson.dumps(judged_by).decode())
            await admin.execute("CHECKPOINT")
        finally:
            await admin.close()
        yield Ledgers(empty, large)


@asynccontextmanager
async def _own_ledger(postgres_url: str, spaces: int) -> AsyncIterator[OwnLedger]:
    """Make a ledger of some spaces with ten rules in force and nothing booked."""
    async with own_database(postgres_url) as url:
        await migrate(url, SCHEMAS)
        admin = await asyncpg.connect(url)
        try:
            written = await write_spaces(admin, spaces, utc_now())
        finally:
            await admin.close()
        pool = await open_pool(url, schema="policy", min_size=LANES, max_size=LANES)
        try:
            await _set_rules(pool)
            yield OwnLedger(url, written, pool)
        finally:
            await pool.close()


async def _set_rules(pool: Pool) -> None:
    """Replace the rule that is there from the start by ten."""
    async with pool.acquire() as conn, conn.transaction():
        for each in await policies.page(conn, policies.PoliciesAmong(), None, None):
            await policies.delete(conn, each.policy, utc_now(), SYSTEM)
        for rule in TEN_THAT_COUNT:
            new = Policy(id=uuid4(), version=1, rule=rule, attach=Attachment(scope="all"))
            await policies.add(conn, new, utc_now(), SYSTEM)


async def _rules_of(ledger: OwnLedger) -> Sequence[Policy]:
    async with ledger.pool.acquire() as conn:
        return [each.policy for each in await policies.page(conn, policies.PoliciesAmong(), None, None)]
