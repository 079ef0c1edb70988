"""Looks that policy asks for: what is in the way first, then what it is in the way of, or later, or nothing."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from deploy.driver.eventually import eventually
from libs.common.handlers import Finished, RetryLater
from libs.contracts.messages import LookRequested, MeetingObserved
from services.ingest.handlers.looks import LOOK_WITHIN_S, LookHandlers
from services.ingest.store import look_misses
from services.ingest.store.look_misses import LookedFor
from tests.integration.ingest.world import DAY, Json, Space, World

GRACE_S = 0.3


def replica(world: World) -> LookHandlers:
    """A process that has looked at nothing yet."""
    return LookHandlers(world.pool, world.clients, GRACE_S, 16)


@pytest.fixture
def looks(world: World) -> LookHandlers:
    return replica(world)


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


async def after_the_grace(world: World, early: LookRequested) -> LookRequested:
    """Wait until the grace of a look is over; return the look as if it had been asked for long enough ago."""

    async def grace_is_over() -> None:
        now: datetime = await world.pool.fetchval("SELECT clock_timestamp()")
        assert now > early.asked_at + timedelta(seconds=2 * GRACE_S)

    await eventually(grace_is_over)
    return early.model_copy(update={"asked_at": early.asked_at - timedelta(seconds=2)})


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


async def test_a_series_is_looked_at_with_its_occurrences(world: World, looks: LookHandlers) -> None:
    space = await world.room()
    weekly = {"pattern": {"type": "daily", "interval": 7}, "range": {"type": "numbered", "numberOfOccurrences": 4}}
    weekly["range"]["startDate"] = DAY.date().isoformat()
    master = await world.put(space, recurrence=weekly)

    (became,) = await looks.on_look_requested([await asked(world, space, master["iCalUId"], ago_s=2)])

    assert isinstance(became, Finished)
    (observed,) = [each for each in became.caused if isinstance(each, MeetingObserved)]
    assert observed.observation.meeting is not None
    assert observed.observation.meeting.series is not None
    assert len(observed.observation.meeting.series.occurrences) == 4


async def test_what_two_looks_missed_is_absent(world: World, looks: LookHandlers) -> None:
    space = await world.room()
    board, interview = await two(world, space)
    await world.graph("DELETE", f"/users/{space.address}/events/{board['id']}")
    look = await asked(world, space, interview["iCalUId"], board["iCalUId"], ago_s=2)

    unproved = await looks.on_look_requested([look.model_copy(update={"look_id": uuid4()})])
    early = await asked(world, space, interview["iCalUId"], board["iCalUId"])
    first = await looks.on_look_requested([early])

    second = await looks.on_look_requested([await after_the_grace(world, early)])

    assert told(unproved) == [(interview["iCalUId"], True, True)]
    assert [type(each) for each in first] == [RetryLater]
    assert told(second) == [(board["iCalUId"], False, False), (interview["iCalUId"], True, True)]


async def test_what_one_replica_missed_another_proves_absent_and_again_if_its_answer_was_lost(world: World) -> None:
    space = await world.room()
    board, interview = await two(world, space)
    await world.graph("DELETE", f"/users/{space.address}/events/{board['id']}")
    early = await asked(world, space, interview["iCalUId"], board["iCalUId"])
    await replica(world).on_look_requested([early])
    late = await after_the_grace(world, early)

    second = await replica(world).on_look_requested([late])
    repeated = await replica(world).on_look_requested([late])

    assert told(second) == [(board["iCalUId"], False, False), (interview["iCalUId"], True, True)]
    assert told(repeated) == told(second)


async def test_what_is_missing_while_an_answer_of_ours_is_in_flight_is_not_absent(
    world: World, looks: LookHandlers
) -> None:
    space = await world.room()
    board, interview = await two(world, space)
    await world.graph("DELETE", f"/users/{space.address}/events/{board['id']}")
    await world.answering(space, board["iCalUId"], awaited_for_s=60)
    early = await asked(world, space, interview["iCalUId"], board["iCalUId"])
    await looks.on_look_requested([early])

    second = await looks.on_look_requested([await after_the_grace(world, early)])

    assert told(second) == [(interview["iCalUId"], True, True)]


async def test_a_meeting_is_missed_from_the_first_look_on_until_it_is_found(world: World) -> None:
    look_id, first = uuid4(), datetime(2026, 3, 2, 9, tzinfo=UTC)
    missing, found = LookedFor(look_id, "board", is_missing=True), LookedFor(look_id, "board", is_missing=False)
    times = [first + timedelta(seconds=each) for each in range(5)]
    looked = [[missing, missing], [missing], [found], [found], [missing]]

    since = [await look_misses.note(world.pool, each, at) for each, at in zip(looked, times, strict=True)]

    key = (look_id, "board")
    assert since == [{key: first}, {key: first}, {}, {}, {key: times[4]}]


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


async def test_a_meeting_that_cannot_be_read_fails_the_looks_that_need_it_and_no_other(
    world: World, looks: LookHandlers
) -> None:
    space = await world.room()
    board, interview = await two(world, space)
    visit = await world.put(space, 9, subject="Visit")
    needs = [(interview, board), (interview, visit), (board, visit)]
    messages = [await asked(world, space, one["iCalUId"], other["iCalUId"], ago_s=2) for one, other in needs]
    unreadable = {"mailbox": space.address, "subject": "Planning", "replace": [["Planning", 'Plan"ning']]}

    async with world.simulator.overlays(unreadable):
        became = await looks.on_look_requested(messages)

    assert [type(each) for each in became] == [RetryLater, Finished, RetryLater]
    assert told(became) == [(visit["iCalUId"], True, False), (interview["iCalUId"], True, True)]
    looked_for = [call["query"] for call in await world.simulator.requests(space.address) if "iCalUId" in call["query"]]
    assert len(looked_for) > len(set(looked_for)) == 3, "only what could not be read was read again"


async def test_a_mailbox_that_does_not_answer_fails_its_own_looks_in_time_and_nothing_goes_on(
    world: World, looks: LookHandlers
) -> None:
    slow, other = await world.room(), await world.room()
    mine, event = await world.put(slow), await world.put(other)
    messages = [
        await asked(world, space, uid, ago_s=2) for space, uid in ((slow, mine["iCalUId"]), (other, event["iCalUId"]))
    ]
    before, began = asyncio.all_tasks(), asyncio.get_running_loop().time()

    async with world.simulator.faults({"match": {"mailbox": slow.address}, "effect": {"delay_ms": 60_000}}):
        became = await looks.on_look_requested(messages)
        left = asyncio.all_tasks() - before

    assert [type(each) for each in became] == [RetryLater, Finished]
    assert told(became) == [(event["iCalUId"], True, True)]
    assert asyncio.get_running_loop().time() - began < LOOK_WITHIN_S + 2
    assert not left


async def test_a_batch_that_is_given_up_ends_its_reads(world: World, looks: LookHandlers) -> None:
    space = await world.room()
    event = await world.put(space)
    message = await asked(world, space, event["iCalUId"])
    before = asyncio.all_tasks()

    async def is_reading() -> None:
        calls = await world.simulator.ask("GET", "/requests", mailbox=space.address)
        assert calls["high_water"].get(space.address) == 1

    async with world.simulator.faults({"match": {"mailbox": space.address}, "effect": {"delay_ms": 60_000}}):
        looking = asyncio.create_task(looks.on_look_requested([message]))
        await eventually(is_reading)
        looking.cancel()
        await asyncio.wait({looking})
        left = asyncio.all_tasks() - before

    assert looking.cancelled()
    assert not left
