"""The operator's command line as a process: against real servers, and against none."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import aio_pika
import asyncpg
import pytest
from aio_pika.exceptions import ChannelNotFoundEntity

from libs.common.bus.declare import Names
from libs.common.bus.port import Envelope
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.settings import Settings
from libs.common.topology import Topology
from services.bus import topology
from tests.integration.cli.processes import EndedProcess, run_module

NOBODYS = "00000000-0000-4000-8000-000000000000"
"""The id of nothing."""

NOWHERE = {
    "ROOMSYNC_POSTGRES_URL": "postgresql://x:hush@127.0.0.1:1/x",
    "ROOMSYNC_AMQP_URL": "amqp://x:hush@127.0.0.1:1",
}


async def roomsync(*words: str, **env: str) -> EndedProcess:
    return await run_module("services", *words, **env)


@pytest.mark.parametrize(
    ("words", "server"),
    [
        (["migrate"], "PostgreSQL at ROOMSYNC_POSTGRES_URL"),
        (["rooms", "list"], "PostgreSQL at ROOMSYNC_POSTGRES_URL"),
        (["rooms", "confirm", NOBODYS, "--by", "somebody", "--yes"], "PostgreSQL at ROOMSYNC_POSTGRES_URL"),
        (["approvals", "list"], "PostgreSQL at ROOMSYNC_POSTGRES_URL"),
        (["approvals", "approve", NOBODYS, "--by", "somebody"], "PostgreSQL at ROOMSYNC_POSTGRES_URL"),
        (["parked", "list"], "RabbitMQ at ROOMSYNC_AMQP_URL"),
        (["parked", "drop", NOBODYS, "--yes"], "RabbitMQ at ROOMSYNC_AMQP_URL"),
    ],
    ids=["migrate", "rooms-list", "rooms-confirm", "approvals-list", "approvals-approve", "parked-list", "parked-drop"],
)
async def test_a_server_that_is_away_is_named_in_a_sentence(words: list[str], server: str) -> None:
    ended = await roomsync(*words, **NOWHERE)

    assert ended.code == 1
    assert ended.said == ""
    assert server in ended.complained
    assert "Traceback" not in ended.complained
    assert "hush" not in ended.complained


async def test_rooms_are_listed_and_what_a_brake_stopped_is_confirmed(database: str) -> None:
    env = {"ROOMSYNC_POSTGRES_URL": database}
    migrated = await roomsync("migrate", **env)
    assert (migrated.code, migrated.said) == (0, "The database is up to date.\n")
    assert (await roomsync("rooms", "list", **env)).said == "No space is mapped to a room mailbox.\n"
    space_id = uuid4()
    connection = await asyncpg.connect(database)
    await connection.execute(
        """
        INSERT INTO reconciler.rooms (space_id, room_mailbox, connection_id, braked_at, braked_cancels, brake_problem)
        VALUES ($1, 'orion@example.org', $2, now(), 7, 'Seven are gone at once.')
        """,
        space_id,
        uuid4(),
    )

    [listed] = json.loads((await roomsync("rooms", "list", "--json", **env)).said)
    confirmed = await roomsync("rooms", "confirm", str(space_id), "--by", "somebody", "--yes", **env)
    other = await roomsync("rooms", "confirm", NOBODYS, "--by", "somebody", "--yes", **env)

    assert (listed["state"], listed["waiting_cancellations"]) == ("braked", 7)
    assert confirmed.code == 0
    assert confirmed.said.startswith("7 cancellations")
    assert (other.code, other.said) == (1, "")
    row = await connection.fetchrow("SELECT brake_confirmed, confirmed_by FROM reconciler.rooms")
    assert row is not None
    assert tuple(row) == (7, "somebody")
    await connection.close()


async def test_parked_messages_are_listed_replayed_and_dropped(amqp_url: str) -> None:
    env = {"ROOMSYNC_AMQP_URL": amqp_url, "ROOMSYNC_BUS_NAMESPACE": f"cli-{uuid4().hex[:8]}"}
    again, never = [await _parked(env) for _ in range(2)]

    listed = json.loads((await roomsync("parked", "list", "--json", **env)).said)
    replayed = await roomsync("parked", "replay", str(again), **env)
    dropped = await roomsync("parked", "drop", str(never), "--yes", **env)
    unknown = await roomsync("parked", "drop", str(never), "--yes", **env)

    assert {each["message_id"] for each in listed} == {str(again), str(never)}
    assert {each["reason"] for each in listed} == {"no sense in it"}
    assert replayed.said == f"The message {again} was sent back to its queue.\n"
    assert dropped.said == f"The message {never} was dropped.\n"
    assert (unknown.code, unknown.said) == (1, "")
    assert (await roomsync("parked", "list", **env)).said == "Nothing is parked.\n"


@pytest.mark.parametrize(
    "words", [["list"], ["list", "--json"], ["replay", NOBODYS], ["drop", NOBODYS, "--yes"]], ids=" ".join
)
async def test_a_broker_of_somebody_else_is_told_from_ours_and_nothing_is_declared_on_it(
    amqp_url: str, words: list[str]
) -> None:
    env = {"ROOMSYNC_AMQP_URL": amqp_url, "ROOMSYNC_BUS_NAMESPACE": f"foreign-{uuid4().hex[:8]}"}

    ended = await roomsync("parked", *words, **env)

    assert (ended.code, ended.said) == (1, "")
    assert "This broker has no Roomsync queues" in ended.complained
    shape = topology(Settings(bus_namespace=env["ROOMSYNC_BUS_NAMESPACE"]))
    assert await declared(amqp_url, shape) == []
    async with open_rabbitmq(amqp_url, shape):
        assert len(await declared(amqp_url, shape)) > 50


async def declared(amqp_url: str, shape: Topology) -> list[str]:
    """Name the queues and exchanges of a topology that are on the broker."""
    names = Names(shape.namespace)
    rungs = [names.rung(number) for number in range(len(shape.ladder))]
    consumed = [names.queue(queue) for each in shape.consumers for queue in shape.queues_of(each.name)]
    wanted = [("queue", each) for each in [names.parked, *rungs, *consumed]]
    wanted += [("exchange", each) for each in [names.exchange, *rungs]]
    found: list[str] = []
    async with await aio_pika.connect(amqp_url) as connection:
        for kind, name in wanted:
            channel = await connection.channel()  # one that does not find something is closed for it
            try:
                look = channel.get_queue if kind == "queue" else channel.get_exchange
                await look(name, ensure=True)
            except ChannelNotFoundEntity:
                continue
            found.append(f"{kind} {name}")
            await channel.close()
    return found


async def _parked(env: dict[str, str]) -> UUID:
    """Have one message parked by its consumer."""
    settings = Settings(amqp_url=env["ROOMSYNC_AMQP_URL"], bus_namespace=env["ROOMSYNC_BUS_NAMESPACE"])
    shape = topology(settings)
    envelope = Envelope(uuid4(), "intent.issued.v2", b"{}", 0, datetime.now(UTC), "correlation")
    is_parked = asyncio.Event()

    async def park(deliveries: object) -> None:
        assert isinstance(deliveries, list)
        for delivery in deliveries:
            await delivery.park("no sense in it")
        is_parked.set()

    async with open_rabbitmq(env["ROOMSYNC_AMQP_URL"], shape) as bus:
        queue = next(each for each in shape.queues_of("outbound") if each.shard == 0)
        async with bus.consume(queue, park):
            await bus.publish([envelope])
            await asyncio.wait_for(is_parked.wait(), 10)
    return envelope.message_id
