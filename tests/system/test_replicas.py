"""Two of every service at once: everything is done once, and by the other one when one of them dies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually
from deploy.driver.looks import answered, blocked, booked, mailed, ready
from deploy.driver.slots import Slot, slot
from deploy.local.options import Mode
from deploy.local.ports import free_port
from deploy.local.process import Process
from deploy.local.services import ROLES, commands, service_process
from deploy.local.stack import LocalStack

ROOMS = 4
WITHIN_S = 60
STARTED_WITHIN_S = 120
"""Starting takes 7 s of a processor that is free, and others start meanwhile."""


@pytest_asyncio.fixture
async def doubled(stack: LocalStack, tmp_path: Path) -> AsyncIterator[LocalStack]:
    """The running system with a second process of every service beside it."""
    async with AsyncExitStack() as seconds:
        for role in ROLES:
            process = _second(stack, role, tmp_path)
            seconds.push_async_callback(process.stop)
            await process.start()
            await _ready(stack, role, process)
        yield stack


@pytest.mark.chaos
@pytest.mark.timeout(240)
@pytest.mark.parametrize("stack", [Mode.REAL], ids=["real"], indirect=True)
async def test_two_of_every_service_do_everything_once(doubled: LocalStack, cast: Cast) -> None:
    await _use(cast, slot(hour=8), slot(hour=10))

    for role in ROLES:
        doubled.processes[role].kill()
    await ready(cast, within_s=WITHIN_S)

    await _use(cast, slot(hour=12), slot(hour=14))


async def _use(cast: Cast, invited: Slot, reserved: Slot) -> None:
    """Invite and reserve rooms, and wait until both sides show each once."""
    rooms = [await cast.room(f"room {number}") for number in range(ROOMS)]
    ada = await cast.user()
    events = await asyncio.gather(*(ada.invite("Planning", invited, room.calendar) for room in rooms))
    for room in rooms:
        await cast.administrator.reserve(room.space, reserved, "Board meeting")
    for room, event in zip(rooms, events, strict=True):
        await answered(ada, event, room, "accepted", within_s=WITHIN_S)
        await booked(cast, room, invited, reserved, within_s=WITHIN_S)
        await blocked(room, reserved, within_s=WITHIN_S)
        await mailed(cast, ada, room, ["accepted"])
        assert len(await room.calendar.day(reserved)) == 2


def _second(stack: LocalStack, role: str, directory: Path) -> Process:
    """Prepare a second process with the settings of the first, on a port of its own."""
    settings = Path(f"/proc/{stack.processes[role].pid}/environ").read_text().split("\0")
    env = dict(setting.split("=", 1) for setting in settings if "=" in setting)
    for name in (f"ROOMSYNC_{role.upper()}_PORT", f"ROOMSYNC_{role.upper()}_PROBES_PORT"):
        if name in env:
            env[name] = str(free_port())
    return service_process(role, commands(Mode.REAL)[role], directory, env)


async def _ready(stack: LocalStack, role: str, process: Process) -> None:
    scheme = "https" if role == "ingest" else "http"
    url = f"{scheme}://127.0.0.1:{process.env[f'ROOMSYNC_{role.upper()}_PORT']}/readyz"

    async def is_ready() -> None:
        async with aiohttp.ClientSession() as session:
            try:
                async with session.get(url, ssl=stack.endpoints.trust) as answer:
                    assert answer.status == 200
            except aiohttp.ClientConnectionError as error:
                raise AssertionError(str(error)) from error

    await eventually(is_ready, within_s=STARTED_WITHIN_S)
