"""A RabbitMQ of our own: the installed programs, in a directory of ours, on free ports of 127.0.0.1.

The wrapper script of the package is not used, because it changes to the user `rabbitmq` and the system's broker.
Erlang's name server (epmd) is private too: ours runs in the foreground, so that it ends with us, and the system's is
never used.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import aio_pika
import aiormq.exceptions

from deploy.local.ports import free_port
from deploy.local.process import Process, StartFailed
from deploy.local.scratch import log_file, scratch_directory
from deploy.local.server import Server

START_DEADLINE_S = 180.0
_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_ERLANG_ARGUMENTS = (
    "-noinput +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"
)


def installed_rabbitmq() -> Path | None:
    """Return the RabbitMQ start script, None if RabbitMQ is not installed."""
    return _SERVER if _SERVER.exists() and shutil.which("epmd") else None


@asynccontextmanager
async def rabbitmq_server(directory: Path) -> AsyncIterator[Server]:
    """Run a private RabbitMQ while the context is open; nothing of it is left afterwards but its log.

    Raises StartFailed if RabbitMQ is not installed or does not come up.
    """
    script = installed_rabbitmq()
    if script is None:
        raise StartFailed("RabbitMQ is not installed: apt-get install rabbitmq-server")
    log = log_file(directory, "rabbitmq")
    async with AsyncExitStack() as stack:
        home = stack.enter_context(scratch_directory("rabbitmq"))
        names_port, port = free_port(), free_port()
        epmd = Process("epmd", ["epmd", "-port", str(names_port), "-address", "127.0.0.1"], log, dict(os.environ))
        stack.push_async_callback(epmd.stop)
        await epmd.start()
        process = Process("rabbitmq", [str(script)], log, _environment(home, port, names_port), directory=home)
        stack.push_async_callback(process.stop)
        url = f"amqp://guest:guest@127.0.0.1:{port}/"
        await _start(process, url)
        yield Server(process, url, _start)


@asynccontextmanager
async def private_rabbitmq(directory: Path) -> AsyncIterator[str]:
    """Run a private RabbitMQ and yield only its URL."""
    async with rabbitmq_server(directory) as server:
        yield server.url


def _environment(home: Path, port: int, names_port: int) -> dict[str, str]:
    (home / "enabled_plugins").write_text("[].\n")
    (home / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{port}\n"
        "log.file.level = warning\n"
        "disk_free_limit.absolute = 200MB\n"
        "vm_memory_high_watermark.absolute = 1GB\n"
    )
    return {
        "HOME": str(home),  # holds the Erlang cookie
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "C.UTF-8",
        "ERL_EPMD_PORT": str(names_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_ALLOW_INPUT": "true",  # the script becomes the broker instead of waiting for it
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_NODENAME": f"roomsync{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_SCHEMA_DIR": str(home / "schema"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG_ARGUMENTS,
    }


async def _start(process: Process, url: str) -> None:
    port = urlsplit(url).port or 5672
    await process.start()
    try:
        async with asyncio.timeout(START_DEADLINE_S):
            while not await _answers(port, url):
                if not process.is_running:
                    raise process.failure()
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise process.failure() from None


async def _answers(port: int, url: str) -> bool:
    with suppress(OSError, TimeoutError, aiormq.exceptions.AMQPError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)  # quieter than a failing AMQP connection
        writer.close()
        connection = await aio_pika.connect(url, timeout=5)
        await connection.close()
        return True
    return False
