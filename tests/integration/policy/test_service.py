"""The service as its wiring opens it takes commands from the bus, replies, and counts what is wrong."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from prometheus_client import REGISTRY

from deploy.driver.eventually import eventually, expect
from libs.common.bus.memory import MemoryBus
from libs.common.clock import utc_now
from libs.common.migrate import migrate
from libs.common.topology import Lane
from libs.contracts.messages import ApprovalDecisionRefused, DecideApproval
from libs.contracts.values import Person
from services.bus import codec, topology
from services.findings.finding import FindingCode
from services.policy.settings import PolicySettings
from services.policy.wiring import open_service
from tests.integration.policy.ledger import MIGRATIONS

ISSUER: dict[str, Any] = {
    "api_audience": "api",
    "api_issuer": "https://issuer.example.org",
    "api_jwks_url": "https://issuer.example.org/keys",
}


async def test_a_command_about_an_approval_is_replied_to(database: str) -> None:
    await migrate(database, MIGRATIONS)
    settings = PolicySettings(postgres_url=database, **ISSUER)
    bus, codecs = MemoryBus(topology(settings)), codec(settings)
    command = DecideApproval(
        approval_id=UUID(int=7), ruling="approve", by=Person(address="grace@example.org", name="Grace")
    )
    asked = codecs.envelope(command, message_id=uuid4(), correlation_id="corr", lane=Lane.LIVE, sent_at=utc_now())

    async with open_service(settings, bus) as policy, bus.open_reply_address() as asker:
        relay = asyncio.create_task(policy.tasks["relay"]())
        try:
            await bus.publish([replace(asked, reply_to=asker.name)])
            reply = await asyncio.wait_for(asker.receive(), 20)
        finally:
            relay.cancel()
            await asyncio.wait({relay})

    refusal = codecs.message(reply)
    assert isinstance(refusal, ApprovalDecisionRefused)
    assert (reply.correlation_id, refusal.approval_id, refusal.status) == ("corr", UUID(int=7), 404)
    assert await bus.parked() == []


async def test_what_is_wrong_is_counted_by_code_and_what_is_not_counts_nothing(database: str) -> None:
    await migrate(database, MIGRATIONS)
    admin = await asyncpg.connect(database)
    await admin.execute("INSERT INTO outbound.mail_setup (is_set_up) VALUES (false)")
    settings = PolicySettings(postgres_url=database, **ISSUER)

    async def look() -> None:
        standing = [code for code in FindingCode if code.is_standing]
        counted = {code: REGISTRY.get_sample_value("roomsync_findings", {"code": code.value}) for code in standing}
        expect(counted == {**dict.fromkeys(standing, 0), FindingCode.NO_MAIL_SERVER_YET: 1}, counted)

    async with open_service(settings, MemoryBus(topology(settings))) as policy:
        counting = asyncio.create_task(policy.tasks["findings"]())
        try:
            await eventually(look)
        finally:
            counting.cancel()
            await asyncio.wait({counting})
            await admin.execute("TRUNCATE outbound.mail_setup")
            await admin.close()
