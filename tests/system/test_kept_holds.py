"""A space is unmapped, its holds stay in Outlook, and both sides change until it is mapped again: no ghosts."""

import json

from deploy.driver.administrator import window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect, throughout
from deploy.driver.http import Json
from deploy.driver.looks import LIVE, blocked
from deploy.driver.mailbox import when_of
from deploy.driver.slots import Slot, slot, weeks
from deploy.local.stack import LocalStack
from tests.integration.cli.processes import run_module

Shown = list[tuple[str, str]]
"""What stands on a calendar, or in the ledger: titles with their times, in order."""


async def in_outlook(room: BookableRoom) -> Shown:
    window = {"startDateTime": slot(days=0).start.isoformat(), "endDateTime": slot(days=60).start.isoformat()}
    events = await room.calendar.graph.listing(f"{room.calendar.path}/calendarView", **window, **{"$top": "100"})
    return sorted((each["subject"], when_of(each).start.isoformat()) for each in events)


async def in_ledger(cast: Cast, room: BookableRoom) -> Shown:
    booked = await cast.administrator.reservations(room.space, *LIVE)
    return sorted((each["title"], window_of(each).start.isoformat()) for each in booked)


async def both_have(cast: Cast, room: BookableRoom, *wanted: tuple[str, Slot]) -> None:
    """Wait until both sides have exactly these, and see that it stays so."""
    exactly = sorted((title, when.start.isoformat()) for title, when in wanted)

    async def look() -> None:
        shown, booked = await in_outlook(room), await in_ledger(cast, room)
        expect(shown == exactly, f"Outlook shows {shown}, not {exactly}")
        expect(booked == exactly, f"the ledger has {booked}, not {exactly}")

    await eventually(look, within_s=30)
    await throughout(look, seconds=2)


async def held(cast: Cast, room: BookableRoom, title: str, when: Slot) -> tuple[Json, Json]:
    """Reserve a room, and return the reservation, and its hold once Outlook shows it."""
    reservation = await cast.administrator.reserve(room.space, when, title)
    await blocked(room, when)
    (hold,) = [each for each in await room.calendar.day(when) if each["subject"] == title]
    return reservation, hold


async def test_what_changes_while_holds_are_kept_is_seen_to_when_the_room_is_mapped_again(
    stack: LocalStack, cast: Cast
) -> None:
    room = await cast.room("Orion")
    await cast.imports.ended(room.space["mapping"]["import_id"])
    day = slot(hour=0)
    hours = [day.later(hours=number) for number in range(24)]
    await held(cast, room, "Stays", hours[6])
    cancelled, _ = await held(cast, room, "Cancelled", hours[8])
    moved, _ = await held(cast, room, "Moved", hours[10])
    _, deleted = await held(cast, room, "Deleted in Outlook", hours[12])
    _, dragged = await held(cast, room, "Dragged in Outlook", hours[14])
    dates = weeks(hours[16], 3)
    group = await cast.administrator.reserve_group(room.space, hours[16], "Weekly", rrule="FREQ=WEEKLY;COUNT=3")
    gone = await cast.administrator.reserve_group(room.space, hours[18], "Called off", rrule="FREQ=WEEKLY;COUNT=3")
    for when in (dates[2], hours[18].later(days=14)):
        await blocked(room, when)

    await cast.administrator.unmap(room.space, holds="keep")
    await cast.administrator.cancel(cancelled)
    await cast.administrator.move(moved, hours[11])
    await cast.administrator.reserve(room.space, hours[20], "New")
    await cast.administrator.api.send("POST", f"/v1/reservation-groups/{gone['id']}/cancel", body={})
    second = (await cast.administrator.api.items("/v1/reservations", group_id=group["id"]))[1]
    await cast.administrator.cancel(second)
    await room.calendar.take_off(deleted)
    await room.calendar.drag(dragged, hours[22])
    await room.calendar.put("Cleaning", hours[4])
    mapped = await cast.administrator.map(room.space, room.calendar)
    ended = await cast.imports.ended(mapped["mapping"]["import_id"])

    assert (ended["state"], ended["counts"]["failed"], ended["counts"]["conflicts"]) == ("finished", 0, 0)
    await both_have(
        cast,
        room,
        ("Stays", hours[6]),
        ("Moved", hours[11]),
        ("Deleted in Outlook", hours[12]),
        ("Dragged in Outlook", hours[14]),
        ("Weekly", dates[0]),
        ("Weekly", dates[2]),
        ("New", hours[20]),
        ("Cleaning", hours[4]),
    )
    swept = await run_module("services", "sweep", room.space["id"], "--json", **stack.settings)
    assert [each["state"] for each in json.loads(swept.said)] == ["agrees"], swept.said
