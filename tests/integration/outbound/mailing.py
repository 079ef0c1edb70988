"""Outbound with a mail server, on a real broker and a real database, and what the mail server took."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import REGISTRY

from deploy.driver.eventually import eventually
from deploy.driver.http import Json
from libs.common.bus.port import Bus
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool
from libs.common.topology import Consumer, Lane, Topology
from libs.contracts.messages import CATALOGUE, IntentIssued, MailRequested, RetryRequested
from libs.contracts.values import Person
from services.outbound.settings import OutboundSettings
from services.outbound.wiring import open_service
from tests.contract.graph.tenant import settings_for
from tests.support.simulator import Simulator

ADA, BOB, EVE = (Person(address=f"{name.lower()}@example.org", name=name) for name in ("Ada", "Bob", "Eve"))
SENDER = "Room Reservations <rooms@example.org>"
INTERVAL_S = 0.5
LADDER = (timedelta(milliseconds=100),) * 20


def asked(*to: Person, **different: Any) -> MailRequested:
    """Ask for a mail, about something that nothing else is about."""
    usual = {"mail_id": uuid4(), "about": f"test.{uuid4().hex.translate(_LETTERS)}", "subject": "Please decide"}
    return MailRequested.model_validate(usual | {"to": to or (ADA,), "text": "Ada asks for Aurora."} | different)


_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def counted(message: MailRequested, result: str) -> float:
    """Return for how many recipients the metrics say that a mail ended like this."""
    return REGISTRY.get_sample_value("roomsync_mails_total", {"about": message.about, "result": result}) or 0


@dataclass(frozen=True)
class Mailing:
    """Outbound at work, and the mail server beside it."""

    bus: Bus
    codec: Codec
    sim: Simulator
    pool: Pool

    async def send(self, message: MailRequested, *, message_id: UUID | None = None) -> None:
        """Put a request on the bus; with the same `message_id` again, as if it were delivered again."""
        envelope = self.codec.envelope(
            message, message_id=message_id or uuid4(), correlation_id="test", lane=Lane.LIVE, sent_at=utc_now()
        )
        await self.bus.publish([envelope])

    async def fares(self, **settings: Any) -> None:
        """Have the mail server fare otherwise."""
        await self.sim.ask("PUT", "/smtp", settings)

    async def mails(self, message: MailRequested) -> list[Json]:
        """Return what the mail server took of a mail."""
        return [each for each in await self.sim.mailed() if str(message.mail_id) in each["message_id"]]

    async def states(self, message: MailRequested) -> Mapping[str, str | None]:
        """Return how a mail ended for each recipient."""
        rows = await self.pool.fetch("SELECT recipient, state FROM mails WHERE mail_id = $1", message.mail_id)
        return {row["recipient"]: row["state"] for row in rows}

    async def ended(self, message: MailRequested, state: str = "sent", within_s: float = 15) -> None:
        """Wait until a mail has ended like this for each recipient."""

        async def has_ended() -> None:
            states = await self.states(message)
            assert set(states.values()) == {state}, states
            assert len(states) == len(message.to), states

        await eventually(has_ended, within_s=within_s)

    async def waits(self, count: int, within_s: float = 15) -> None:
        """Wait until so many messages wait for the mail server or for a recipient."""

        async def waiting() -> None:
            assert await self.pool.fetchval("SELECT count(*) FROM waiting") == count

        await eventually(waiting, within_s=within_s)

    async def idle(self) -> None:
        """Wait until nothing is on its way: whatever was sent before has ended or waits."""
        last = asked()
        await self.send(last)
        await self.ended(last)


Open = Callable[..., AbstractAsyncContextManager[Mailing]]
"""Run outbound with these settings while the context is open."""


@asynccontextmanager
async def mailing(
    sim: Simulator, postgres_url: str, amqp_url: str, secrets: Path, pool: Pool, **settings: Any
) -> AsyncIterator[Mailing]:
    """Run outbound as its wiring puts it together, without its probes, on queues of its own."""
    consumers = [
        Consumer("outbound", [IntentIssued.type], lanes=tuple(Lane)),
        Consumer("outbound-access", [RetryRequested.type]),
        Consumer("outbound-mail", [MailRequested.type]),
    ]
    topology = Topology(consumers, shards=1, namespace=f"test-{uuid4().hex[:8]}", ladder=LADDER)
    mail = {
        "smtp_url": f"smtp://127.0.0.1:{sim.smtp_port}",
        "smtp_ca_file": sim.ca,
        "smtp_timeout_s": 5,
        "mail_sender": SENDER,
    }
    graph = settings_for(sim, secrets, graph_retry_interval_s=INTERVAL_S).model_dump()
    chosen = OutboundSettings.model_validate({**graph, **mail, **settings, "postgres_url": postgres_url, "shards": 1})
    async with (
        open_rabbitmq(amqp_url, topology) as bus,
        open_service(chosen, bus) as service,
        asyncio.TaskGroup() as tasks,
    ):
        ran = [tasks.create_task(service.tasks[name]()) for name in ("relay", "waking")]
        yield Mailing(bus, Codec(CATALOGUE, topology), sim, pool)
        for task in ran:
            task.cancel()
