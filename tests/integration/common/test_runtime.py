"""A service as a process: started, asked how it is, stopped, broken. Seen from outside only."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from uuid import uuid4

import aiohttp
import pytest

from deploy.driver.eventually import eventually
from deploy.local.ports import free_port
from libs.common.bus.rabbitmq import open_rabbitmq
from tests.integration.common import a_service
from tests.support.listening import Listener, envelope


@dataclass
class Running:
    """A service's process; its log once it has ended."""

    process: asyncio.subprocess.Process
    url: str
    namespace: str
    log: str = ""

    async def status(self, path: str) -> tuple[int, str]:
        try:
            async with aiohttp.ClientSession() as http, http.get(f"{self.url}{path}") as answer:
                return answer.status, await answer.text()
        except aiohttp.ClientError as error:
            raise AssertionError from error

    async def is_ready(self) -> None:
        """Wait until it is ready. On a busy machine a process takes long to start, and nothing here is about that."""

        async def ready() -> None:
            if self.process.returncode is not None:
                await self.ended()
                raise ChildProcessError(f"it ended with {self.process.returncode}:\n{self.log}")
            assert (await self.status("/readyz"))[0] == 200

        await eventually(ready, within_s=60)

    async def line(self) -> str:
        assert self.process.stdout
        return (await asyncio.wait_for(self.process.stdout.readline(), 20)).decode().strip()

    async def ended(self, within_s: float = 20) -> int:
        _, log = await asyncio.wait_for(self.process.communicate(), within_s)
        self.log = log.decode()
        return self.process.returncode or 0


@asynccontextmanager
async def running(postgres: str, amqp: str, behaviour: str = "", **env: str) -> AsyncIterator[Running]:
    port, namespace = free_port(), f"test-{uuid4().hex[:8]}"
    settings: Mapping[str, str] = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ROOMSYNC_")},
        "ROOMSYNC_POSTGRES_URL": postgres,
        "ROOMSYNC_AMQP_URL": amqp,
        "ROOMSYNC_BUS_NAMESPACE": namespace,
        "ROOMSYNC_PORT": str(port),
        "ROOMSYNC_BEHAVIOUR": behaviour,
        "ROOMSYNC_DRAIN_DEADLINE_S": "5",
        **env,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.common.a_service",
        env=settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Running(process, f"http://127.0.0.1:{port}", namespace)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_the_delivery_in_hand_finish_and_leaves_the_rest(
    migrated: str, amqp_url: str, number: signal.Signals
) -> None:
    async with running(migrated, amqp_url) as service:
        await service.is_ready()
        async with open_rabbitmq(amqp_url, a_service.topology(service.namespace)) as bus:
            await bus.publish([envelope(), envelope("left")])
            assert await service.line() == "begun"

            service.process.send_signal(number)

            assert await service.line() == "done"
            assert await service.ended() == 0
            left = Listener()
            async with bus.consume(a_service.QUEUE, left):
                assert [each.body for each in await left.heard(1)] == [b"left"]
    assert '"event":"service.stopped"' in service.log


async def test_a_task_that_hangs_is_ended_at_the_deadline(migrated: str, amqp_url: str) -> None:
    async with running(migrated, amqp_url, "stubborn", ROOMSYNC_DRAIN_DEADLINE_S="1") as service:
        await service.is_ready()

        service.process.terminate()

        assert await service.ended(within_s=6) == 2


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [("failing", "the task 'work' ended"), ("returning", "the task 'work' ended"), ("unopenable", "cannot open")],
)
async def test_a_service_that_fails_ends_the_process_and_keeps_its_secrets(
    migrated: str, amqp_url: str, behaviour: str, says: str
) -> None:
    async with running(migrated, amqp_url, behaviour) as service:
        assert await service.ended() == 1

    assert says in service.log
    assert "service.failed" in service.log
    assert "hush" not in service.log


async def test_a_consumer_that_dies_ends_the_process_and_its_queue_is_named(migrated: str, amqp_url: str) -> None:
    async with running(migrated, amqp_url, "panicking") as service:
        await service.is_ready()
        async with open_rabbitmq(amqp_url, a_service.topology(service.namespace)) as bus:
            await bus.publish([envelope()])

            assert await service.ended() == 1

            left = Listener()
            async with bus.consume(a_service.QUEUE, left):
                assert [each.body for each in await left.heard(1)] == [b"{}"]
    assert "the task 'queue reader.live.0' ended" in service.log
    assert "Panic" in service.log


async def test_a_port_that_is_taken_ends_the_process_and_is_named(migrated: str, amqp_url: str) -> None:
    async with running(migrated, amqp_url) as first:
        await first.is_ready()
        taken = first.url.rsplit(":", 1)[1]
        async with running(migrated, amqp_url, ROOMSYNC_PORT=taken) as second:
            assert await second.ended() == 1
    assert f"cannot listen on 127.0.0.1:{taken}" in second.log


async def test_health_readiness_and_figures_need_no_token(migrated: str, amqp_url: str) -> None:
    async with running(migrated, amqp_url) as service:
        await service.is_ready()

        assert await service.status("/healthz") == (200, '{"status":"alive"}')
        assert await service.status("/readyz") == (200, '{"status":"ready","problems":{}}')
        assert "process_max_fds" in (await service.status("/metrics"))[1]


@pytest.mark.parametrize("missing", ["RabbitMQ", "database"])
async def test_what_is_missing_at_the_start_is_named_and_waited_for_until_told_to_stop(
    migrated: str, amqp_url: str, missing: str
) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    postgres = f"postgresql://desk:hush-hush@{nowhere}/rooms" if missing == "database" else migrated
    amqp = f"amqp://desk:hush-hush@{nowhere}/" if missing == "RabbitMQ" else amqp_url
    async with running(postgres, amqp) as service:
        assert service.process.stderr
        said = ""
        while missing not in said:
            said += (await asyncio.wait_for(service.process.stderr.readline(), 20)).decode()
        began = monotonic()

        service.process.terminate()

        assert await service.ended() == 0
        assert monotonic() - began < 5
    assert nowhere in said
    assert "hush" not in said + service.log
