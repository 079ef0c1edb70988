"""The webhook as it stands on the network: TLS, bodies that never end, and RabbitMQ behind it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import orjson
import pytest
import trustme

from deploy.driver.eventually import eventually
from libs.common.bus.port import Delivery
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.topology import Consumer, Lane, QueueName, Topology
from libs.contracts.messages import CATALOGUE, OutlookNotified
from libs.contracts.topology import LISTENERS
from services.ingest.core.client_state import sign
from services.ingest.web.app import Webhook, create_app
from tests.integration.ingest.conftest import SECRETS

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def trust(webhook_authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    webhook_authority.configure_trust(context)
    return context


@asynccontextmanager
async def connected(url: str, trust: ssl.SSLContext) -> AsyncIterator[Streams]:
    parts = urlsplit(url)

    async def connect() -> Streams:
        try:
            return await asyncio.open_connection(parts.hostname, parts.port, ssl=trust)
        except ConnectionRefusedError as error:
            raise AssertionError("nobody listens yet") from error

    reader, writer = await eventually(connect)
    try:
        yield reader, writer
    finally:
        writer.close()


HEAD = "POST /graph/notifications HTTP/1.1\r\nHost: hook.example.org\r\nContent-Type: application/json\r\n"


async def answer_to(streams: Streams) -> str:
    reader, _ = streams
    return (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()


async def test_a_body_announced_as_too_large_is_refused_before_it_comes(
    webhook_url: str, trust: ssl.SSLContext
) -> None:
    async with connected(webhook_url, trust) as streams:
        streams[1].write(f"{HEAD}Content-Length: 2000000\r\n\r\n".encode())

        assert (await answer_to(streams)).startswith("HTTP/1.1 413 ")


async def test_chunks_that_never_end_are_refused_after_the_limit(webhook_url: str, trust: ssl.SSLContext) -> None:
    async with connected(webhook_url, trust) as streams:
        streams[1].write(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(11):
            streams[1].write(b"186a0\r\n" + b" " * 100_000 + b"\r\n")

        assert (await answer_to(streams)).startswith("HTTP/1.1 413 ")


async def test_an_answer_says_nothing_about_what_gives_it(webhook_url: str, trust: ssl.SSLContext) -> None:
    async with connected(webhook_url, trust) as streams:
        streams[1].write(f"{HEAD}Content-Length: 12\r\n\r\n".encode() + b'{"value":[]}')
        head = (await answer_to(streams)).lower()

    assert head.startswith("http/1.1 202 ")
    assert "\r\nserver:" not in head
    assert "\r\nx-powered-by:" not in head


async def test_a_batch_is_in_the_queues_of_rabbitmq_when_it_is_accepted(amqp_url: str) -> None:
    topology = Topology(
        [Consumer(name, types) for name, types in LISTENERS.items()], shards=2, namespace=f"ingest-{uuid4().hex[:8]}"
    )
    codec = Codec(CATALOGUE, topology)
    space_id = uuid4()
    entries = [
        {
            "clientState": sign(SECRETS, space_id, 1),
            "changeType": "updated",
            "resourceData": {"id": f"AA{number}"},
        }
        for number in range(20)
    ]
    got: list[str] = []

    async def take(deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            message = codec.message(delivery.envelope)
            assert isinstance(message, OutlookNotified)
            got.append(message.event_id)
            await delivery.ack()

    async with open_rabbitmq(amqp_url, topology) as bus:
        app = create_app(Webhook(bus, codec, SECRETS, utc_now), {})
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="https://hook") as http:
            answer = await http.post("/graph/notifications", content=orjson.dumps({"value": entries}))
        assert answer.status_code == 202

        async def all_came() -> None:
            assert len(got) >= len(entries)

        async with bus.consume(QueueName("ingest", Lane.LIVE, topology.shard_of(str(space_id))), take):
            await eventually(all_came)

    assert sorted(got) == sorted(f"AA{number}" for number in range(20))
