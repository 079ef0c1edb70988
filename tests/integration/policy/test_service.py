"""The service as its wiring opens it takes commands from the bus, and replies."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from libs.common.bus.memory import MemoryBus
from libs.common.clock import utc_now
from libs.common.migrate import migrate
from libs.common.topology import Lane
from libs.contracts.messages import ApprovalDecisionRefused, DecideApproval
from libs.contracts.values import Person
from services.bus import codec, topology
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
