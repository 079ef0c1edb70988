"""A series that is declined is declined on every date, also on those that have an answer of their own."""

import re

import pytest

from libs.contracts.messages import IntentIssued, Settlement
from libs.contracts.values import Window
from tests.contract.graphsim.graph import Json
from tests.integration.outbound.test_occurrences import SECOND, weeks_later
from tests.integration.outbound.test_series_first import heard
from tests.integration.outbound.world import HOUR, ComesAgain, Room, World, answering

MOVED = Window(start=weeks_later(1).start + 2 * HOUR, end=weeks_later(1).end + 2 * HOUR)


async def with_a_moved_date(world: World, room: Room) -> tuple[str, Json]:
    """Have a room accept a series, one date moved, and the room accept that date; the organizer and their series."""
    organizer, event, _ = await world.invited_weekly(room)
    await world.settle(room.issued(answering(event)))
    await world.shows(organizer, event, "accepted")
    await world.move_date(organizer, event, 1, MOVED)
    await world.settle_in_the_end(room.issued(answering(event, judged=MOVED), date=SECOND))
    return organizer, event


async def answers(world: World, organizer: str, event: Json) -> list[str]:
    """Return the answers that an organizer sees on each date."""
    await world.quiet()
    found = await world.dates(organizer, event)
    return [row["status"]["response"] for each in found for row in each["attendees"]]


def declining(room: Room, event: Json, generation: int = 2) -> IntentIssued:
    return room.issued(answering(event, "declined"), generation)


async def test_the_organizer_sees_every_date_declined_and_is_told_once_of_each(world: World) -> None:
    room = await world.room()
    organizer, event = await with_a_moved_date(world, room)

    settled = await world.settle(declining(room, event))

    assert (settled.settlement, settled.has_written) == (Settlement.DONE, True)
    assert await answers(world, organizer, event) == ["declined"] * 4
    assert await world.copies(room, event) == []
    told = [("accepted", None), ("accepted", "2027-03-08"), ("declined", "2027-03-08"), ("declined", None)]
    assert await heard(world, organizer) == told


async def test_a_decline_that_was_interrupted_goes_on_where_it_was(world: World) -> None:
    room = await world.room()
    organizer, event = await with_a_moved_date(world, room)
    message = declining(room, event)
    (copy,) = await world.copies(room, event)
    master_id = (await world.dates(room.mailbox, copy))[0]["seriesMasterId"]
    fault = {
        "match": {"method": "POST", "path": f"/{re.escape(master_id)}/decline$", "app": "roomsync"},
        "effect": {"status": 503},
    }
    async with world.sim.faults(fault):
        with pytest.raises(ComesAgain):
            await world.handle(message)
        assert (await heard(world, organizer))[2:] == [("declined", "2027-03-08")]

    await world.end_waits(room)
    settled = await world.settle_in_the_end(message)

    assert settled.settlement is Settlement.DONE
    assert await answers(world, organizer, event) == ["declined"] * 4
    assert (await heard(world, organizer))[2:] == [("declined", "2027-03-08"), ("declined", None)]
