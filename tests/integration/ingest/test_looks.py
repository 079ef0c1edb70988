"""Looks that policy asks for: what is in the way first, then what it is in the way of, or later, or nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from deploy.driver.eventually import eventually
from libs.common.handlers import Finished, RetryLater
from libs.contracts.messages import LookRequested, MeetingObserved
from services.ingest.handlers.looks import LookHandlers
from tests.integration.ingest.world import Json, Space, World

GRACE_S = 0.3


@pytest.fixture
def looks(world: World) -> LookHandlers:
    return LookHandlers(world.pool, world.clients, GRACE_S, 16)


async def asked(world: World, space: Space, about: str, *in_the_way: str, ago_s: float = 0) -> LookRequested:
    now: datetime = await world.pool.fetchval("SELECT clock_timestamp()")
    return LookRequested(
        space_id=space.id, look_id=uuid4(), about=about, in_the_way=in_the_way, asked_at=now - timedelta(seconds=ago_s)
    )


def told(became: Sequence[Finished | RetryLater]) -> list[tuple[str, bool, bool]]:
    """Return of each observation: the meeting, whether it is there, and whether it ends a look."""
    caused = [each for one in became if isinstance(one, Finished) for each in one.caused]
    observed = [each for each in caused if isinstance(each, MeetingObserved)]
    assert len(observed) == len(caused)
    return [(each.observation.ical_uid, each.observation.meeting is not None, bool(each.look_id)) for each in observed]


async def two(world: World, space: Space) -> tuple[Json, Json]:
    return await world.put(space, 9), await world.put(space, 9, subject="Interview")


async def reads(world: World, space: Space) -> int:
    calls = await world.simulator.requests(space.address)
    return len([call for call in calls if call["client_id"] == world.simulator.client_id])


async def test_what_is_still_in_the_way_is_given_a_moment_to_leave(world: World, looks: LookHandlers) -> None:
    space = await world.room()
    board, interview = await two(world, space)

    first = await looks.on_look_requested([await asked(world, space, interview["iCalUId"], board["iCalUId"])])
    later = await looks.on_look_requested([await asked(world, space, interview["iCalUId"], board["iCalUId"], ago_s=2)])

    assert [type(each) for each in first] == [RetryLater]
    assert told(later) == [(board["iCalUId"], True, False), (interview["iCalUId"], True, True)]


async def test_what_two_looks_missed_is_absent(world: World, looks: LookHandlers) -> None:
    space = await world.room()
    board, interview = await two(world, space)
    await world.graph("DELETE", f"/users/{space.address}/events/{board['id']}")
    look = await asked(world, space, interview["iCalUId"], board["iCalUId"], ago_s=2)

    unproved = await looks.on_look_requested([look.model_copy(update={"look_id": uuid4()})])
    early = await asked(world, space, interview["iCalUId"], board["iCalUId"])
    first = await looks.on_look_requested([early])

    async def grace_is_over() -> None:
        now: datetime = await world.pool.fetchval("SELECT clock_timestamp()")
        assert now > early.asked_at + timedelta(seconds=2 * GRACE_S)

    await eventually(grace_is_over)
    late = early.model_copy(update={"asked_at": early.asked_at - timedelta(seconds=2)})
    second = await looks.on_look_requested([late])

    assert told(unproved) == [(interview["iCalUId"], True, True)]
    assert [type(each) for each in first] == [RetryLater]
    assert told(second) == [(board["iCalUId"], False, False), (interview["iCalUId"], True, True)]


async def test_a_meeting_that_many_ask_about_is_read_once(world: World, looks: LookHandlers) -> None:
    space = await world.room()
    board, interview = await two(world, space)
    messages = [await asked(world, space, interview["iCalUId"], board["iCalUId"], ago_s=2) for _ in range(5)]

    became = await looks.on_look_requested(messages)

    assert len(told(became)) == 10
    assert await reads(world, space) == 2


async def test_a_look_that_nobody_waits_for_any_more_reads_nothing(world: World, looks: LookHandlers) -> None:
    space, unmapped = await world.room(), await world.space()
    await world.unmap(unmapped)
    board, interview = await two(world, space)

    became = await looks.on_look_requested(
        [
            await asked(world, space, interview["iCalUId"], board["iCalUId"], ago_s=61),
            await asked(world, unmapped, interview["iCalUId"], board["iCalUId"]),
        ]
    )

    assert [type(each) for each in became] == [Finished, Finished]
    assert told(became) == []
    assert await reads(world, space) == 0
