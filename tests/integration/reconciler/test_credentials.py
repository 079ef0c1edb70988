"""C12: how each credential is doing is known to policy and measured, also of those that are not in use."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest_asyncio
from prometheus_client import REGISTRY

from services.reconciler.loops.credentials import CredentialChecks
from tests.integration.reconciler.world import World
from tests.support.proofs import certificate_pem


class Credentials:
    """The credentials of the connection of a test, and what is known of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._checks = CredentialChecks(world.sweeper.pool, world.sweeper.clients, asked_again_after_s=0)
        directory = world.settings.secrets_dir
        assert directory is not None
        self.directory: Path = directory

    def put(self, name: str, text: str) -> str:
        (self.directory / name).write_text(text)
        return name

    async def named(self, first: str, second: str | None = None) -> None:
        await self.world.database.execute(
            "UPDATE policy.connections SET credential = $2, second_credential = $3 WHERE id = $1",
            self.world.connection_id,
            first,
            second,
        )

    async def check(self) -> dict[str, dict[str, Any]]:
        """Look once, and return what policy can read of them."""
        await self._checks.check()
        rows = await self.world.database.fetch(
            "SELECT * FROM reconciler.credentials_v1 WHERE connection_id = $1", self.world.connection_id
        )
        return {row["name"]: dict(row) for row in rows}

    def measured(self, name: str) -> float | None:
        labels = {"connection": f"tenant {self.world.connection_id}", "credential": name}
        return REGISTRY.get_sample_value("roomsync_credential_expires_seconds", labels)


@pytest_asyncio.fixture
async def credentials(world: World) -> AsyncIterator[Credentials]:
    yield Credentials(world)
    await world.simulator.reset()


async def test_what_a_credential_is_and_until_when_is_known_and_measured(credentials: Credentials) -> None:
    pem = certificate_pem(ends=timedelta(days=10))
    await credentials.world.simulator.add_credential(kind="certificate", pem=pem)
    await credentials.named("simulator", credentials.put("certificate", pem))

    known = await credentials.check()

    certificate, secret = known["certificate"], known["simulator"]
    assert (certificate["kind"], certificate["is_accepted"], certificate["in_use"]) == ("certificate", True, True)
    assert (secret["kind"], secret["is_accepted"], secret["in_use"]) == ("secret", True, False)
    assert timedelta(days=9) < certificate["expires_at"] - datetime.now(UTC) < timedelta(days=10)
    assert len(certificate["thumbprint"]) == 40
    assert (secret["expires_at"], credentials.measured("simulator")) == (None, None)
    left_s = credentials.measured("certificate")
    assert left_s is not None
    assert 9 * 86400 < left_s < 10 * 86400


async def test_since_when_one_is_refused_stays_until_it_is_accepted(credentials: Credentials) -> None:
    await credentials.named("simulator", "wrong")
    first = (await credentials.check())["wrong"]
    assert "AADSTS7000215" in first["problem"]
    credentials.put("wrong", "another that is wrong")
    again = (await credentials.check())["wrong"]
    assert again["problem_since"] == first["problem_since"]

    credentials.put("wrong", credentials.world.simulator.client_secret)

    mended = (await credentials.check())["wrong"]
    assert (mended["problem"], mended["problem_since"], mended["is_accepted"]) == (None, None, True)


async def test_a_file_that_says_when_it_expires_counts_down_from_the_next_look(credentials: Credentials) -> None:
    name = credentials.put("dated", credentials.world.simulator.client_secret)
    await credentials.named(name)
    before = (await credentials.check())[name]
    assert before["expires_at"] is None

    secret = {"secret": credentials.world.simulator.client_secret, "expires": "2030-01-01"}
    credentials.put(name, json.dumps(secret))

    after = (await credentials.check())[name]
    assert after["expires_at"] == datetime(2030, 1, 1, tzinfo=UTC)
    assert after["since"] > before["since"]
    assert credentials.measured(name) is not None


async def test_a_credential_that_is_no_longer_named_is_forgotten(credentials: Credentials) -> None:
    pem = certificate_pem()
    await credentials.named("simulator", credentials.put("certificate", pem))
    assert set(await credentials.check()) == {"simulator", "certificate"}

    await credentials.named("simulator")

    assert set(await credentials.check()) == {"simulator"}
    assert credentials.measured("certificate") is None


async def test_a_connection_that_leads_nowhere_stops_no_other(credentials: Credentials) -> None:
    lost = uuid4()
    await credentials.world.database.execute(
        "INSERT INTO policy.connections (id, name, cloud, tenant_id, client_id, credential) "
        "VALUES ($1, 'a tenant that is not reached', 'simulator', 'no.such.tenant', $2, 'missing')",
        lost,
        str(uuid4()),
    )
    assert (await credentials.check())["simulator"]["is_accepted"]
    problem = await credentials.world.database.fetchval(
        "SELECT problem FROM reconciler.credentials WHERE connection_id = $1", lost
    )
    assert "no such file" in problem

    await credentials.world.database.execute("DELETE FROM policy.connections WHERE id = $1", lost)
    await credentials.check()
    assert not await credentials.world.database.fetch(
        "SELECT FROM reconciler.credentials WHERE connection_id = $1", lost
    )
