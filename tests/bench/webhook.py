"""The webhook while Graph is stalled: how soon notifications are acknowledged, how many, and whether any is lost.

Our reads of Graph get no answer meanwhile, and those of the peer take a second each, so a webhook that waits for one is
as slow as that. A queue of our own, bound beside the reader's, witnesses what the broker was given.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from typing import Any
from uuid import UUID

import aio_pika
import aiohttp

from libs.contracts.messages import OutlookNotified
from services.ingest.core.client_state import sign
from tests.bench.figures import Incorrect, Line, Peer, Target
from tests.bench.ground import Ground
from tests.bench.offered import offer, saturate
from tests.bench.peers.waiting_webhook import waiting_webhook
from tests.bench.samples import over_rounds, percentile

BATCH = 20
ROUNDS = 3
PEERS_READ_S, OUR_READ_S = 1.0, 6.0
"""Ours take longer than ingest waits, so that it gets no answer, and not so long that Graph is slow afterwards."""

BATCH_RATE, BATCHES = 10, 30
CLIENTS, SECONDS = 8, 3.0
SINGLE_RATE, SINGLES = 300, 1200


@dataclass
class Sender:
    """Graph's side: posts notifications about our rooms, and counts what was acknowledged and what was refused."""

    http: aiohttp.ClientSession
    url: str
    rooms: list[tuple[str, str]]
    numbers: "count[int]" = field(default_factory=count)
    acknowledged: int = 0
    refused: int = 0

    async def post(self, size: int) -> int:
        """Post so many notifications, each about an event of its own; return how many were acknowledged."""
        body = {"value": [self._notification() for _ in range(size)]}
        async with self.http.post(self.url, json=body) as answer:
            await answer.read()
        if answer.status != 202:
            self.refused += size
            return 0
        self.acknowledged += size
        return size

    def _notification(self) -> Mapping[str, Any]:
        number = next(self.numbers)
        client_state, mailbox = self.rooms[number % len(self.rooms)]
        event_id = f"AAMkBench{number:08d}"
        return {
            "changeType": "updated",
            "clientState": client_state,
            "resource": f"Users/{mailbox}/Events/{event_id}",
            "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "id": event_id},
        }


async def measure(ground: Ground) -> list[Line]:
    """Measure with everything up and Graph stalled. Raises Incorrect if an acknowledged notification is lost."""
    async with _stalled_graph(ground), _witness(ground) as witnessed, _sender(ground) as sender:
        ground.say("Warming up the webhook.")
        await offer(lambda _: sender.post(BATCH), rate=BATCH_RATE, count=BATCHES)
        ground.say(f"Batches of {BATCH}, beside a webhook that waits for Graph.")
        async with asyncio.TaskGroup() as both:
            waiting = both.create_task(_waiting_batch_s(ground))
            batches = await _batches_ms(sender)
        singles = []
        for number in range(ROUNDS):
            ground.say(f"Single notifications, {SINGLE_RATE} a second, round {number + 1} of {ROUNDS}.")
            singles.append(await offer(lambda _: sender.post(1), rate=SINGLE_RATE, count=SINGLES))
        # Last, because it leaves the broker with tens of thousands that nobody can read while Graph is stalled.
        ground.say(f"As many batches of {BATCH} as it takes.")
        rates = [await saturate(lambda: sender.post(BATCH), clients=CLIENTS, seconds=SECONDS) for _ in range(ROUNDS)]
        if sender.acknowledged > (found := await witnessed()):
            raise Incorrect(f"{sender.acknowledged} notifications were acknowledged, and the broker has {found}.")
    return _lines(sender, waiting.result(), batches, rates, singles)


def _lines(
    sender: Sender, waiting_s: float, batches: list[list[float]], rates: list[float], singles: list[list[float]]
) -> list[Line]:
    waiting = "our re-enactment of Microsoft's Node sample: reads each one from Graph, then answers"
    batch_ms, batch_note = over_rounds([percentile(each, 50) for each in batches], "ms")
    rate, rate_note = over_rounds(rates, "/s")
    single_ms, single_note = over_rounds([percentile(each, 99) * 1000 for each in singles], "ms")
    lost = f"{sender.acknowledged:,} acknowledged, none lost, {sender.refused:,} refused"
    return [
        Line(
            "webhook",
            f"batch of {BATCH} acknowledged, Graph stalled, median",
            batch_ms,
            "ms",
            Target("below", 50),
            Peer(waiting, waiting_s * 1000),
            batch_note,
        ),
        Line(
            "webhook",
            f"notifications in batches of {BATCH}, {CLIENTS} senders",
            rate,
            "/s",
            Target("at_least", 1000),
            Peer("the same", BATCH / waiting_s),
            f"{rate_note}; {lost}",
        ),
        Line(
            "webhook",
            f"single notifications at {SINGLE_RATE}/s, p99",
            single_ms,
            "ms",
            Target("below", 50),
            note=f"{single_note}; counted from when each was due",
        ),
    ]


async def _batches_ms(sender: Sender) -> list[list[float]]:
    rounds = []
    for _ in range(ROUNDS):
        seconds = await offer(lambda _: sender.post(BATCH), rate=BATCH_RATE, count=BATCHES)
        rounds.append([each * 1000 for each in seconds])
    return rounds


async def _waiting_batch_s(ground: Ground) -> float:
    """Give the peer one batch: it takes as long as its reads together."""
    room = ground.rooms[0].calendar

    async def read(resource: str) -> object:
        return await room.graph.listing(f"{room.path}/events", **{"$filter": f"iCalUId eq '{resource}'"})

    body = {"value": [{"resource": f"bench-{number}"} for number in range(BATCH)]}
    async with waiting_webhook(read) as url, aiohttp.ClientSession() as http:
        began = perf_counter()
        async with http.post(url, json=body) as answer:
            answer.raise_for_status()
        return perf_counter() - began


@asynccontextmanager
async def _sender(ground: Ground) -> AsyncIterator[Sender]:
    secrets = [each.strip() for each in ground.secret("roomsync_client_state_secrets").split(",")]
    rooms = [(sign(secrets, UUID(room.space["id"]), 1), room.calendar.address) for room in ground.rooms]
    connector = aiohttp.TCPConnector(ssl=ground.stack.endpoints.trust)
    async with aiohttp.ClientSession(connector=connector) as http:
        yield Sender(http, f"{ground.stack.ingest_url}/graph/notifications", rooms)


@asynccontextmanager
async def _stalled_graph(ground: Ground) -> AsyncIterator[None]:
    """Keep Graph from answering; forget at the end what the reader has not got to by then."""
    rules = [
        {"match": {"app": app, "method": "GET", "path": "/events"}, "effect": {"delay_ms": seconds * 1000}}
        for app, seconds in (("outlook", PEERS_READ_S), ("roomsync", OUR_READ_S))
    ]
    try:
        async with ground.cast.tenant.faults(*rules):
            yield
    finally:
        await ground.purge("ingest")


@asynccontextmanager
async def _witness(ground: Ground) -> AsyncIterator[Any]:
    """Keep a copy of every notification that reaches the broker; yield a function that counts them."""
    async with await aio_pika.connect(ground.amqp_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(ground.names.exchange, f"{OutlookNotified.type}.#")

        async def witnessed() -> int:
            declared = await channel.declare_queue(queue.name, passive=True)
            return declared.declaration_result.message_count or 0

        yield witnessed
