"""The API as its callers meet it: over HTTP, with tokens, on a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import orjson
from fastapi import FastAPI

from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Connection, Pool, open_pool
from libs.common.topology import Consumer, Topology
from libs.contracts.messages import CATALOGUE
from libs.contracts.topology import LISTENERS
from services.policy.api.app import create_app
from services.policy.api.tokens import open_verifier
from services.policy.core.links import LinkSigner
from tests.integration.policy.importing import see_to_mailboxes
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy_api.issuer import Issuer, open_issuer

_numbers = count(1)
LINKS = LinkSigner("http://roomsync.example.org", ["a secret of the tests that signs the links"])
TOO_LARGE = 2_200_000
"""Bytes: more than any request may have."""

TOMORROW = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)


def at(hour: float, *, day: int = 0) -> str:
    """Name an instant on the day after tomorrow's eve: `hour` o'clock UTC, `day` days later."""
    instant = TOMORROW.replace(hour=0) + timedelta(days=day, hours=hour)
    return instant.isoformat().replace("+00:00", "Z")


def fresh(prefix: str) -> str:
    """Make a name no other test has."""
    return f"{prefix}-{next(_numbers)}"


@dataclass(frozen=True)
class World:
    """An API, its issuer, and its database behind it."""

    app: FastAPI
    http: httpx2.AsyncClient
    issuer: Issuer
    pool: Pool
    admin: Connection

    async def call(
        self, method: str, path: str, body: object = None, *, role: str = "admin", **headers: str
    ) -> httpx2.Response:
        """Send a request as somebody in `role`. Header names are written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("authorization", f"Bearer {self.issuer.token(role)}")
        if body is not None:
            sent.setdefault("content-type", "application/json")
        content = body if isinstance(body, bytes) else orjson.dumps(body) if body is not None else None
        return await self.http.request(method, path, content=content, headers=sent)

    async def connection(self, **changed: object) -> dict[str, Any]:
        body = {"name": fresh("tenant"), "cloud": "simulator", "tenant_id": "11111111-1111-4111-8111-111111111111"}
        body |= {"client_id": "22222222-2222-4222-8222-222222222222", "credential": "simulator"}
        return await self.made("/v1/connections", {**body, **changed})

    async def space(self, **changed: object) -> dict[str, Any]:
        body: dict[str, object] = {"name": fresh("Room"), "capacity": 8, "time_zone": "Europe/Berlin"}
        return await self.made("/v1/spaces", {**body, **changed})

    async def mapped_space(self, **changed: object) -> dict[str, Any]:
        connection = await self.connection()
        return await self.space(room_mailbox=f"{fresh('room')}@example.org", connection=connection["id"], **changed)

    async def reservation(self, space_id: str, start: float, end: float, **changed: object) -> dict[str, Any]:
        body = {"space_id": space_id, "start": at(start), "end": at(end), "title": "Planning"}
        return await self.made("/v1/reservations", {**body, **changed})

    async def made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.call("POST", path, body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def see_to_mailboxes(self) -> None:
        """Do what policy does in the background after mappings changed."""
        await see_to_mailboxes(self.pool, self.app.state.context.codec, PATIENCE)

    async def outbox(self, space_id: str) -> list[dict[str, Any]]:
        """Read what the bus is owed about a space, oldest first, as type and body."""
        rows = await self.pool.fetch("SELECT type, body FROM outbox ORDER BY id")
        owed = [{"type": row["type"], **orjson.loads(row["body"])} for row in rows]
        return [each for each in owed if (each.get("key") or each).get("space_id") == space_id]

    async def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Read every table of the ledger but the audit, which has refusals too, to compare before with after."""
        tables = await self.pool.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'policy' AND tablename NOT LIKE '%version' "
            "AND tablename <> 'decisions' ORDER BY 1"
        )
        return {name: sorted(map(tuple, await self.pool.fetch(f"SELECT t::text FROM {name} t"))) for (name,) in tables}


@asynccontextmanager
async def open_world(database: str, directory: Path, *, through: str | None = None) -> AsyncIterator[World]:
    """Open an API on a migrated database, which it may reach at another URL than the test does."""
    topology = Topology([Consumer(name, types) for name, types in LISTENERS.items()], shards=8)
    admin = await asyncpg.connect(database)
    async with (
        open_issuer(directory) as issuer,
        open_verifier(issuer.settings(), utc_now) as verifier,
    ):
        settings = issuer.settings()
        pool = await open_pool(through or database, schema="policy", answers_within_s=settings.api_database_timeout_s)
        patience = replace(PATIENCE, links=LINKS)
        app = create_app(pool, Codec(CATALOGUE, topology), verifier, utc_now, settings, patience=patience)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://roomsync.example.org") as http:
            yield World(app, http, issuer, pool, admin)
    await pool.close()
    await admin.close()


def assert_problem(answer: httpx2.Response, status: int, slug: str | None = None, field: str | None = None) -> None:
    """Check that an answer is a problem document of this status and kind that names this field."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"]
    assert "Traceback" not in answer.text
    if slug is not None:
        assert problem["type"] == f"urn:problem:roomsync:{slug}"
    if field is not None:
        named = [each["field"] for each in problem["errors"]]
        assert field in named, f"{field} not in {named}"
