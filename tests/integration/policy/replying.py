"""Send the ledger commands, and wait for what replies to them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

from libs.common.bus.port import Envelope, ReplyAddress
from libs.common.clock import utc_now
from libs.common.relay import Relay
from libs.common.topology import Lane
from libs.contracts.message import Message
from tests.integration.policy.ledger import Ledger


@asynccontextmanager
async def replying(ledger: Ledger, database: str) -> AsyncIterator[ReplyAddress]:
    """Have what the ledger owes the bus carried to it, with an address that is replied to."""
    relay = asyncio.create_task(Relay(database, "policy", ledger.bus).run())
    try:
        async with ledger.bus.open_reply_address() as asker:
            yield asker
    finally:
        relay.cancel()
        await asyncio.wait({relay})


def sent(ledger: Ledger, message: Message, reply_to: str | None, correlation_id: str = "corr") -> Envelope:
    made = ledger.codec.envelope(
        message, message_id=uuid4(), correlation_id=correlation_id, lane=Lane.LIVE, sent_at=utc_now()
    )
    return replace(made, reply_to=reply_to)


async def replied(ledger: Ledger, asker: ReplyAddress) -> Any:
    return ledger.codec.message(await asyncio.wait_for(asker.receive(), 20))
