"""A running system in either mode, and the cast that acts on it, for tests of the system and of its pages."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.driver.cast import Cast, open_cast
from deploy.local.machine import NothingToRunOn
from deploy.local.options import Mode
from deploy.local.process import Process
from deploy.local.server import Server
from deploy.local.stack import LocalStack, local_stack, until_ready
from tests.support.scheduling import system_of

UNTIL_SWEPT_S = 3
SUGGESTIONS_S = 5
"""How long the words of an answer hold that suggest something, on the system that sweeps."""


def in_both_modes(system: str = "") -> list[pytest.ParameterSet]:
    """Return the parameters of a fixture that runs a system, by whose ids tests are spread over processes."""
    return [
        pytest.param(Mode.REAL, id=f"{system}real"),
        pytest.param(Mode.EMBEDDED, id=f"{system}embedded", marks=pytest.mark.embedded),
    ]


@pytest_asyncio.fixture(scope="session", params=in_both_modes())
async def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalStack]:
    """A system that sweeps too seldom to help: what works here, works by notifications alone."""
    async with running_stack(request.param, tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest_asyncio.fixture(scope="session", params=in_both_modes("swept_"))
async def sweeping_stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LocalStack]:
    """A system that compares both sides every few seconds."""
    settings = {
        "ROOMSYNC_SWEEP_INTERVAL_S": str(UNTIL_SWEPT_S),
        "ROOMSYNC_SUGGESTIONS_S": str(SUGGESTIONS_S),
        "ROOMSYNC_CREDENTIAL_CHECK_INTERVAL_S": str(UNTIL_SWEPT_S),
    }
    async with running_stack(request.param, tmp_path_factory.mktemp("sweeping"), settings) as stack:
        yield stack


@dataclass
class RunningStack:
    """A system that this process has started, and how to stop it."""

    stop: AsyncExitStack
    system: LocalStack

    def freeze(self) -> None:
        """Have it use no processor time until it is stopped."""
        for each in self._parts():
            each.stall()

    def resume(self) -> None:
        for each in self._parts():
            each.resume()

    def _parts(self) -> list[Process | Server]:
        servers = [each for each in (self.system.servers.postgres, self.system.servers.rabbitmq) if each is not None]
        return [*self.system.processes.values(), *servers]


_running: list[RunningStack] = []


def does_one_system_after_the_other() -> bool:
    """Whether this process is one of those of a run, which do all of their tests on a system before they go on.

    A run in one process follows the order of the files, and may come back to any of them. See `scheduling`.
    """
    return "PYTEST_XDIST_WORKER" in os.environ


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Freeze what is left running once the tests begin that need no system: it would take time from all others."""
    if _running and does_one_system_after_the_other() and system_of(item.nodeid) is None:
        for each in _running:
            each.freeze()


async def stop_what_is_done_with() -> None:
    """Stop the systems that were started before, whose services compare and measure although nobody uses them."""
    while _running and does_one_system_after_the_other():
        done_with = _running.pop()
        done_with.resume()
        await done_with.stop.aclose()


ON_A_BUSY_MACHINE = {"ROOMSYNC_API_DATABASE_TIMEOUT_S": "20"}
"""Several systems share a machine here. What callers are told of a slow database is tested elsewhere."""


@asynccontextmanager
async def running_stack(
    mode: Mode, directory: Path, settings: Mapping[str, str] | None = None
) -> AsyncIterator[LocalStack]:
    """Run a system; skip where this machine has no servers for it, unless ``STACK=real`` says that it must."""
    await stop_what_is_done_with()
    env = {**ON_A_BUSY_MACHINE, **(settings or {})}
    async with AsyncExitStack() as stop:
        try:
            system = await stop.enter_async_context(local_stack(mode, directory, env=env))
        except NothingToRunOn as missing:
            if os.environ.get("STACK") == Mode.REAL:
                raise
            pytest.skip(str(missing))
        running = RunningStack(stop, system)
        _running.append(running)
        yield system
        running.resume()
        if running in _running:
            _running.remove(running)


@pytest_asyncio.fixture
async def cast(stack: LocalStack) -> AsyncIterator[Cast]:
    """The cast on a system that is ready, whatever a test before this one killed."""
    await until_ready(stack)
    async with open_cast(stack.endpoints, f"t{uuid4().hex[:8]}") as cast:
        yield cast


@pytest_asyncio.fixture
async def swept_cast(sweeping_stack: LocalStack) -> AsyncIterator[Cast]:
    """The cast on the system that sweeps, once that is ready."""
    await until_ready(sweeping_stack)
    async with open_cast(sweeping_stack.endpoints, f"t{uuid4().hex[:8]}") as cast:
        yield cast
