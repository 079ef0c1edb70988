"""Refused edits of one date of a series: that date is moved back in the organizer's own series, and no other."""

import asyncio
from datetime import timedelta

import pytest

from libs.contracts.messages import IntentProblem, Settlement
from tests.contract.graphsim.graph import Json, eventually
from tests.integration.outbound.test_occurrences import SECOND, SECOND_TIME, weeks_later
from tests.integration.outbound.world import HOUR, KEPT, REFUSED, Room, World, moving_back

MOVED = weeks_later(1, REFUSED)
DAY = timedelta(days=1)


async def series_with_a_moved_date(world: World) -> tuple[Room, str, Json]:
    """Have an organizer move the second date of their series to a time that the room refuses."""
    await world.sim.ask("PUT", "/access", {"scope": "all"})
    room = await world.room(edits_organizer_events=True)
    organizer, event, _ = await world.invited_weekly(room)
    await world.move_date(organizer, event, 1, MOVED)
    return room, organizer, event


async def starts(world: World, organizer: str, event: Json) -> list[str]:
    return [each["start"]["dateTime"][5:16] for each in await world.dates(organizer, event)]


@pytest.mark.parametrize("uids", ["own", "series"])
async def test_one_date_is_moved_back_and_the_others_stay(world: World, uids: str) -> None:
    await world.sim.ask("PUT", "/options", {"occurrence_uids": uids})
    room, organizer, event = await series_with_a_moved_date(world)

    settled = await world.settle(room.issued(moving_back(organizer, event, SECOND_TIME, MOVED), date=SECOND))

    assert (settled.settlement, settled.has_written) == (Settlement.DONE, True)
    assert settled.ical_uid == event["iCalUId"]
    assert await starts(world, organizer, event) == ["03-01T10:00", "03-08T10:00", "03-15T10:00", "03-22T10:00"]
    assert await world.writes(organizer) == ["PATCH 200"]


async def test_a_date_is_moved_back_once_however_often_that_is_asked(world: World) -> None:
    room, organizer, event = await series_with_a_moved_date(world)
    message = room.issued(moving_back(organizer, event, SECOND_TIME, MOVED), date=SECOND)
    await world.settle(message)

    again = await world.settle(message)

    assert (again.settlement, again.has_written) == (Settlement.DONE, False)
    assert await world.writes(organizer) == ["PATCH 200"]


async def test_a_date_that_was_moved_on_is_left_alone(world: World) -> None:
    room, organizer, event = await series_with_a_moved_date(world)
    await world.move_date(organizer, event, 1, weeks_later(1, KEPT.model_copy(update={"end": KEPT.end + HOUR})))

    settled = await world.settle(room.issued(moving_back(organizer, event, SECOND_TIME, MOVED), date=SECOND))

    assert (settled.settlement, settled.problem) == (Settlement.SUPERSEDED, IntentProblem.CHANGED_MEANWHILE)
    assert await world.writes(organizer) == []


async def test_a_date_that_changes_between_look_and_write_is_looked_at_again(world: World) -> None:
    room, organizer, event = await series_with_a_moved_date(world)
    second = f"/users/{organizer}/events/{(await world.dates(organizer, event))[1]['id']}"
    message = room.issued(moving_back(organizer, event, SECOND_TIME, MOVED), date=SECOND)

    async def was_looked_at() -> bool:
        calls = await world.sim.requests(organizer)
        return any(call["app"] == "roomsync" and call["path"].endswith(second) for call in calls)

    slow = {"match": {"method": "PATCH", "mailbox": organizer, "app": "roomsync"}, "effect": {"delay_ms": 1000}}
    async with world.sim.faults({**slow, "times": 1}), asyncio.TaskGroup() as tasks:
        settling = tasks.create_task(world.settle(message))
        await eventually(was_looked_at)
        await world.outlook.call("PATCH", second, {"subject": "Planning, with cake"})

    assert settling.result().settlement is Settlement.DONE
    assert await world.writes(organizer) == ["PATCH 412", "PATCH 200"]


async def test_a_date_whose_neighbour_has_come_too_near_stays_and_a_person_reads_why(world: World) -> None:
    room, organizer, event = await series_with_a_moved_date(world)
    next_day = MOVED.model_copy(update={"start": MOVED.start + DAY, "end": MOVED.end + DAY})
    await world.move_date(organizer, event, 1, next_day)
    await world.move_date(organizer, event, 0, SECOND_TIME)

    settled = await world.settle(room.issued(moving_back(organizer, event, SECOND_TIME, next_day), date=SECOND))

    assert (settled.settlement, settled.problem) == (Settlement.GIVEN_UP, IntentProblem.REFUSED_BY_GRAPH)
    assert "cannot be moved back to 2027-03-08T10:00:00+00:00" in (settled.detail or "")
    assert "neighbour" in (settled.detail or "")
    assert (await starts(world, organizer, event))[:2] == ["03-08T10:00", "03-09T13:00"]


async def test_a_date_that_was_called_off_is_given_up(world: World) -> None:
    room, organizer, event = await series_with_a_moved_date(world)
    second = (await world.dates(organizer, event))[1]["id"]
    await world.outlook.call("DELETE", f"/users/{organizer}/events/{second}", expect=204)

    settled = await world.settle(room.issued(moving_back(organizer, event, SECOND_TIME, MOVED), date=SECOND))

    assert (settled.settlement, settled.problem) == (Settlement.GIVEN_UP, IntentProblem.ORGANIZER_UNREACHABLE)
    assert await world.writes(organizer) == []
