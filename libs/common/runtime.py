"""Run a service: open what it needs, run its tasks, and stop it in order.

A task that ends, for any reason, ends the process, and the orchestrator starts it again. SIGTERM and SIGINT stop new
work and let work in progress finish within `drain_deadline_s`; a watchdog ends the process if that hangs.

Exit status: 0 after a signal to stop, 1 if the service cannot start or a task ended, 2 from the watchdog, or if a
setting is wrong.
"""

import asyncio
import contextlib
import gc
import os
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

import stamina
import structlog
import uvicorn
import uvloop

from libs.common import telemetry
from libs.common.bus.port import BrokerUnavailable, Bus
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.settings import Settings
from libs.common.topology import Topology

STARTUP_TRIES_S = 60
NOT_THERE_YET = (BrokerUnavailable, OSError)
"""The errors of a server that may be there in a moment; `DatabaseUnavailable` is an OSError too."""

log = structlog.get_logger()

Task = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Service:
    """An open service: its tasks by name, which run until cancelled."""

    name: str
    tasks: Mapping[str, Task]


class TaskEnded(Exception):
    """A task that should run for ever has ended."""


AnySettings = TypeVar("AnySettings", bound=Settings)
OpenService = Callable[[AnySettings, Bus], AbstractAsyncContextManager[Service]]


async def run_service(service: Service, stop: asyncio.Event) -> None:
    """Run the tasks until `stop` is set. Raises `TaskEnded` if one ends before that."""
    tasks = {asyncio.create_task(task(), name=f"{service.name} {name}"): name for name, task in service.tasks.items()}
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        for task, name in tasks.items():
            if task.done() and not stop.is_set():
                error = None if task.cancelled() else task.exception()
                raise TaskEnded(f"{service.name}: the task {name!r} ended") from error
    finally:
        stopping.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def http_task(
    app: Any,  # noqa: ANN401 - any ASGI application
    *,
    host: str,
    port: int,
    certfile: str | None = None,
    keyfile: str | None = None,
) -> Task:
    """Return the task that serves an ASGI application until cancelled; requests in progress are finished first."""

    async def serve() -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            ssl_certfile=certfile,
            ssl_keyfile=keyfile,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
            server_header=False,
        )
        server = _QuietServer(config)
        serving = asyncio.create_task(_serve(server, f"{host}:{port}"))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True
            await serving
            raise

    return serve


async def _serve(server: uvicorn.Server, address: str) -> None:
    try:
        await server.serve()
    except SystemExit as error:  # how uvicorn says that it cannot listen
        raise OSError(f"cannot listen on {address}; the log says why") from error


class _QuietServer(uvicorn.Server):
    """Uvicorn without signal handlers of its own: the runtime decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:  # noqa: ANN401
        yield


async def connect_in_time(connect: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401
    """Call `connect` until it succeeds, for a minute at most."""
    async for attempt in stamina.retry_context(on=NOT_THERE_YET, attempts=None, timeout=STARTUP_TRIES_S, wait_max=3):
        with attempt:
            return await connect()
    raise AssertionError("unreachable: the last attempt either returned or raised")


def main(name: str, settings: AnySettings, topology: Topology, open_service: "OpenService[AnySettings]") -> int:
    """Run a service on RabbitMQ as a process of its own; return its exit status."""

    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[Service]:
        async with contextlib.AsyncExitStack() as stack:
            bus = await connect_in_time(
                lambda: stack.enter_async_context(open_rabbitmq(settings.broker_address, topology))
            )
            yield await connect_in_time(lambda: stack.enter_async_context(open_service(settings, bus)))

    return run_process(name, settings, opened)


def run_process(name: str, settings: Settings, opened: Callable[[], AbstractAsyncContextManager[Service]]) -> int:
    """Open a service and run it until a signal or a failure; return the exit status of the process."""
    telemetry.configure(name, settings)
    try:
        uvloop.run(_until_stopped(name, settings, opened))
    except TaskEnded as error:
        log.error("service.failed", reason=str(error), cause=repr(error.__cause__))  # noqa: TRY400
        return 1
    except NOT_THERE_YET as error:
        log.error("service.cannot_start", reason=f"{type(error).__name__}: {error}")  # noqa: TRY400
        return 1
    except Exception:
        log.exception("service.failed")  # Python's own traceback would show what the log masks
        return 1
    return 0


async def _until_stopped(
    name: str, settings: Settings, opened: Callable[[], AbstractAsyncContextManager[Service]]
) -> None:
    stop = asyncio.Event()
    starting = asyncio.current_task()

    def on_signal() -> None:
        log.info("service.stopping")
        stop.set()
        _exit_after(settings.drain_deadline_s)
        if starting is not None:
            starting.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    try:
        async with opened() as service:
            starting = None
            _keep_what_stays()
            log.info("service.started", service=name)
            try:
                await run_service(service, stop)
            finally:
                _exit_after(settings.drain_deadline_s)
    except asyncio.CancelledError:
        if starting is None or not stop.is_set():
            raise
    log.info("service.stopped")


def _keep_what_stays() -> None:
    """Have the garbage collector pass over everything that is loaded by now.

    It stays until the process ends. To look through all of it again stopped the process for some 90 ms each time.
    Source: https://docs.python.org/3.11/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()


def _exit_after(seconds: float) -> None:
    """End the process if it has not ended by itself after this time."""
    watchdog = threading.Timer(seconds, os._exit, (2,))
    watchdog.daemon = True
    watchdog.start()
