"""B28: processes are killed at work, and nothing that was acknowledged is lost."""

import asyncio

import pytest

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually
from deploy.driver.looks import answered, blocked, booked, mailed, ready
from deploy.driver.slots import slot
from deploy.local.options import Mode
from deploy.local.stack import LocalStack

ROOMS = 6
WITHIN_S = 90


@pytest.mark.chaos
@pytest.mark.timeout(240)
@pytest.mark.parametrize("role", ["ingest", "policy", "outbound", "reconciler"])
async def test_b28_a_killed_service_loses_nothing(stack: LocalStack, cast: Cast, role: str) -> None:
    rooms = [await cast.room(f"room {number}") for number in range(ROOMS)]
    ada = await cast.user()
    invited, reserved = slot(hour=9), slot(hour=14)

    events = await asyncio.gather(*(ada.invite("Planning", invited, room.calendar) for room in rooms))
    killed = stack.processes[role if stack.mode is Mode.REAL else "services"]
    reservations = asyncio.gather(
        *(cast.administrator.reserve(room.space, reserved, "Board meeting") for room in rooms[: ROOMS // 2]),
        return_exceptions=True,
    )
    killed.kill()
    made = [not isinstance(each, BaseException) for each in await reservations]

    for event, room in zip(events, rooms, strict=True):
        await answered(ada, event, room, "accepted", within_s=WITHIN_S)
        await mailed(cast, ada, room, ["accepted"])
    for room, is_acknowledged in zip(rooms, made, strict=False):
        if is_acknowledged:
            await booked(cast, room, invited, reserved, within_s=WITHIN_S)
            await blocked(room, reserved, within_s=WITHIN_S)
    for room in rooms[ROOMS // 2 :]:
        await booked(cast, room, invited, within_s=WITHIN_S)
    await ready(cast, within_s=WITHIN_S)


@pytest.mark.chaos
async def test_a_process_that_dies_is_started_again_within_two_seconds(stack: LocalStack, cast: Cast) -> None:
    process = stack.processes["reconciler" if stack.mode is Mode.REAL else "services"]
    before = process.pid

    process.kill()

    async def anew() -> None:
        assert process.is_running
        assert process.pid != before

    await eventually(anew, within_s=2)
    await ready(cast, within_s=WITHIN_S)
