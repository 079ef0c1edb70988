"""Graph may leave out which dates were taken out of a series: then what it lists tells which ones are missing."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from libs.contracts.intents import HeldDate, KeepHold
from tests.integration.outbound.test_recurring_holds import DATES, DONE, at, expected, instances, moved, removed, shown
from tests.integration.outbound.test_recurring_holds import recurring as without_dates
from tests.integration.outbound.world import World

ELSEWHEN = at(DATES[3], 14)


def recurring(group: UUID, *exceptions: HeldDate, **more: Any) -> KeepHold:
    """A hold that names its dates, as policy wants it."""
    hold = without_dates(group, *exceptions, **more)
    assert hold.series is not None
    gone = {each.original_date for each in exceptions if each.window is None}
    dates: tuple[date, ...] = tuple(day for day in DATES if day not in gone)
    return hold.model_copy(update={"series": hold.series.model_copy(update={"dates": dates})})


async def leave_out(world: World) -> None:
    await world.sim.ask("PUT", "/options", {"omits_cancelled_occurrences": True})


async def test_a_hold_that_is_shown_as_wanted_is_written_once(world: World) -> None:
    await leave_out(world)
    room, group = await world.room(), uuid4()
    exceptions = [removed(DATES[1]), moved(DATES[3], ELSEWHEN)]
    first = await world.settle(room.issued(recurring(group, *exceptions)))
    before = await world.writes(room.mailbox)

    again = await world.settle(room.issued(recurring(group, *exceptions, event_id=first.event_id), 2))

    assert (again.settlement, again.has_written, again.event_id) == (DONE, False, first.event_id)
    assert await world.writes(room.mailbox) == before
    assert await shown(world, room) == expected(at(DATES[0]), at(DATES[2]), ELSEWHEN, *map(at, DATES[4:]))


async def test_a_date_that_a_person_deleted_comes_back_once(world: World) -> None:
    await leave_out(world)
    room, group = await world.room(), uuid4()
    exceptions = [removed(DATES[1]), moved(DATES[3], ELSEWHEN)]
    first = await world.settle(room.issued(recurring(group, *exceptions)))
    lost = (await instances(world, room, first.event_id))[1]
    await world.outlook.call("DELETE", f"/users/{room.mailbox}/events/{lost['id']}", expect=204)

    again = await world.settle(room.issued(recurring(group, *exceptions, event_id=first.event_id), 2))

    assert again.settlement is DONE
    assert again.event_id != first.event_id
    assert len(await world.events(room)) == 1
    assert await shown(world, room) == expected(at(DATES[0]), at(DATES[2]), ELSEWHEN, *map(at, DATES[4:]))
    before = await world.writes(room.mailbox)
    await world.settle(room.issued(recurring(group, *exceptions, event_id=again.event_id), 3))
    assert await world.writes(room.mailbox) == before
