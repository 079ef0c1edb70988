"""Private servers: brought up, killed, brought back, and nothing left of them."""

from pathlib import Path

import aio_pika
import asyncpg
import pytest

from deploy.local.own import CannotMakeOwn, own_database, own_virtual_host
from deploy.local.postgres import embedded_postgres, installed_postgres, postgres_server
from deploy.local.rabbitmq import installed_rabbitmq, rabbitmq_server

ANY_POSTGRES = pytest.mark.parametrize(
    "programs",
    [
        pytest.param(installed_postgres(), id="installed"),
        pytest.param(embedded_postgres(), id="embedded"),
    ],
)


@ANY_POSTGRES
async def test_a_killed_database_comes_back_with_what_it_had_committed(tmp_path: Path, programs: Path | None) -> None:
    if programs is None:
        pytest.skip("these programs are not installed")
    async with postgres_server(tmp_path, programs) as server:
        before = await asyncpg.connect(server.url)
        await before.execute("CREATE EXTENSION btree_gist; CREATE TABLE kept AS SELECT 42 AS answer")

        server.kill()
        await server.restart()

        after = await asyncpg.connect(server.url)
        assert await after.fetchval("SELECT answer FROM kept") == 42
        await after.close()
        before.terminate()
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncpg.connect(server.url)


async def test_an_own_database_is_gone_afterwards_with_its_roles(postgres_url: str) -> None:
    async with own_database(postgres_url) as url:
        name = url.rsplit("/", 1)[1].split("?")[0]
        connection = await asyncpg.connect(url)
        await connection.execute(f'CREATE ROLE "{name}_policy" NOLOGIN')
        await connection.close()

    outside = await asyncpg.connect(postgres_url)
    assert await outside.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name) == 0
    assert await outside.fetchval("SELECT count(*) FROM pg_roles WHERE starts_with(rolname, $1)", name) == 0
    await outside.close()


async def test_a_database_that_is_not_there_is_said_so() -> None:
    with pytest.raises(CannotMakeOwn, match="ROOMSYNC_POSTGRES_URL"):
        async with own_database("postgresql://127.0.0.1:1/postgres"):
            pass


async def test_a_broker_that_is_not_there_is_said_so() -> None:
    with pytest.raises(CannotMakeOwn, match="ROOMSYNC_AMQP_URL"):
        async with own_virtual_host("amqp://192.0.2.1:1/"):
            pass


@pytest.mark.skipif(installed_rabbitmq() is None, reason="RabbitMQ is not installed")
async def test_a_killed_broker_comes_back_with_its_durable_messages(tmp_path: Path) -> None:
    async with rabbitmq_server(tmp_path) as server:
        async with await aio_pika.connect(server.url) as first:
            await (await first.channel()).declare_queue("kept", durable=True)
        # The broker confirms a declaration before it is on the disk; a message it confirms only afterwards.
        await server.restart()
        async with await aio_pika.connect(server.url) as before:
            message = aio_pika.Message(b"42", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await (await before.channel()).default_exchange.publish(message, "kept")

        server.kill()
        await server.restart()

        async with await aio_pika.connect(server.url) as after:
            queue = await (await after.channel()).get_queue("kept")
            async with queue.iterator(timeout=30) as deliveries:
                found = await anext(deliveries)
            assert found.body == b"42"
