"""Reads that lie, break off or make no sense: what they lack is not taken for gone."""

import pytest

from libs.contracts.keys import MeetingKey
from libs.contracts.messages import DriftKind
from tests.integration.reconciler.spoiler import Json, Spoiler
from tests.integration.reconciler.world import Room, World, at


async def _two_meetings(world: World) -> tuple[Room, Json, Json]:
    room = await world.room()
    first, second = await world.invite(room, 9, 10), await world.invite(room, 11, 12)
    await world.until_agreed(room)
    return room, first, second


@pytest.mark.parametrize("left", [0, 1], ids=["empty", "short"])
async def test_a_listing_that_lacks_what_is_there_cancels_nothing(spoiled: World, spoiler: Spoiler, left: int) -> None:
    room, *_ = await _two_meetings(spoiled)
    spoiler.where, spoiler.spoil = "calendarView", lambda events: events[:left]

    assert await spoiled.sweep(room) == []

    assert [each[0] for each in await spoiled.bookings(room)] == ["confirmed", "confirmed"]
    assert (await spoiled.known(room))["state"] == "agrees"


async def test_an_event_that_makes_no_sense_hides_no_other(spoiled: World, spoiler: Spoiler) -> None:
    room, first, _ = await _two_meetings(spoiled)
    third = await spoiled.invite(room, 13, 14)

    def poison(events: list[Json]) -> list[Json]:
        bad = {"start": {"dateTime": "the day after", "timeZone": "Custom Zone 7"}}
        return [each | (bad if each["iCalUId"] == first["iCalUId"] else {}) for each in events]

    spoiler.spoil = poison

    [asked] = await spoiled.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_LEDGER, MeetingKey(room.space_id, third["iCalUId"]))
    await spoiled.deliver()

    async def is_booked() -> bool:
        return len(await spoiled.bookings(room)) == 3

    await spoiled.eventually(is_booked)
    assert [each[:2] for each in await spoiled.bookings(room)] == [
        ("confirmed", at(9)),
        ("confirmed", at(11)),
        ("confirmed", at(13)),
    ]


async def test_an_event_that_makes_no_sense_is_told_of_and_proves_nothing(spoiled: World, spoiler: Spoiler) -> None:
    room, *_ = await _two_meetings(spoiled)
    before = await spoiled.known(room)
    spoiler.spoil = lambda events: [{**each, "end": None} for each in events[:1]] + events[1:]

    assert await spoiled.sweep(room) == []

    after = await spoiled.known(room)
    assert after["compared_at"] > before["compared_at"]
    assert (after["agreed_at"], after["state"]) == (before["agreed_at"], "unproved")
    assert after["detail"].startswith("1 of the events on this calendar cannot be read")
    assert [each[0] for each in await spoiled.bookings(room)] == ["confirmed", "confirmed"]


async def test_the_same_event_twice_in_a_listing_counts_once(spoiled: World, spoiler: Spoiler) -> None:
    room = await spoiled.room()
    spoiler.where, spoiler.spoil = "calendarView", lambda events: events * 2
    await spoiled.invite(room)

    assert len(await spoiled.sweep(room)) == 1
    await spoiled.until_agreed(room)

    assert len(await spoiled.drifts(room)) == 1
    assert len(await spoiled.bookings(room)) == 1


async def test_a_listing_that_fails_says_nothing(world: World) -> None:
    room, first, _ = await _two_meetings(world)
    copy = await world.copy(room, first)
    assert copy is not None
    await world.graph("DELETE", f"/users/{room.address}/events/{copy['id']}")
    before = await world.known(room)

    async with world.simulator.faults(
        {"match": {"path": "calendarView", "mailbox": room.address}, "effect": {"status": 503}}
    ):
        assert await world.sweep(room) == []

    after = await world.known(room)
    assert after["compared_at"] == before["compared_at"]
    assert after["state"] == "failing"
    assert "could not be read" in after["detail"]
    assert [each[0] for each in await world.bookings(room)] == ["confirmed", "confirmed"]
    assert [each.drift for each in await world.sweep(room)] == [DriftKind.MISSING_IN_OUTLOOK]


async def test_a_look_up_that_fails_says_nothing(world: World) -> None:
    room, first, _ = await _two_meetings(world)
    copy = await world.copy(room, first)
    assert copy is not None
    await world.graph("DELETE", f"/users/{room.address}/events/{copy['id']}")

    async with world.simulator.faults(
        {"match": {"path": "/events$", "mailbox": room.address}, "effect": {"status": 503}}
    ):
        assert await world.sweep(room) == []

    assert (await world.known(room))["state"] == "failing"
    assert await world.open_drifts(room) == []


async def test_an_event_of_which_only_the_times_make_sense_blocks_them(spoiled: World, spoiler: Spoiler) -> None:
    room = await spoiled.room()
    bad = await spoiled.put(room, 11, 12)
    await spoiled.invite(room, 13, 14)
    spoiler.spoil = lambda events: [
        {**each, "attendees": "everybody"} if each["iCalUId"] == bad["iCalUId"] else each for each in events
    ]

    await spoiled.sweep(room)
    await spoiled.deliver()

    async def both_are_booked() -> bool:
        return len(await spoiled.bookings(room)) == 2

    await spoiled.eventually(both_are_booked)
    assert await spoiled.titles(room) == ["Something we cannot read", "Planning"]

    async def only_the_unreadable_is_told_of() -> bool:
        await spoiled.sweep(room)
        return (await spoiled.known(room))["state"] == "unproved" and not await spoiled.open_drifts(room)

    await spoiled.eventually(only_the_unreadable_is_told_of)
    since = (await spoiled.known(room))["troubled_since"]
    await spoiled.sweep(room)
    assert since is not None
    assert (await spoiled.known(room))["troubled_since"] == since

    spoiler.spoil = list
    await spoiled.until_agreed(room)
    assert (await spoiled.known(room))["troubled_since"] is None


async def test_a_copy_without_an_ical_uid_blocks_its_time_until_it_is_gone(spoiled: World, spoiler: Spoiler) -> None:
    """Source: https://learn.microsoft.com/graph/api/resources/event (iCalUId)"""
    room = await spoiled.room()
    copy = await spoiled.put(room, 11, 12)
    spoiler.where = "calendarView"
    spoiler.spoil = lambda events: [{**each, "iCalUId": None} for each in events]

    await spoiled.until_agreed(room)
    booked = await spoiled.bookings(room)
    await spoiled.graph("DELETE", f"/users/{room.address}/events/{copy['id']}")
    await spoiled.until_agreed(room)

    assert [each[:2] for each in booked] == [("confirmed", at(11))]
    assert [each[0] for each in await spoiled.bookings(room)] == ["cancelled"]


async def test_two_events_with_one_ical_uid_both_block_and_stay_apart(spoiled: World, spoiler: Spoiler) -> None:
    room = await spoiled.room()
    for hour in (9, 11):
        await spoiled.put(room, hour, hour + 1)
    spoiler.where = "calendarView"
    spoiler.spoil = lambda events: [{**each, "iCalUId": "ONE"} for each in events]

    await spoiled.until_agreed(room)
    assert await spoiled.sweep(room) == []

    assert [each[:2] for each in await spoiled.bookings(room)] == [("confirmed", at(9)), ("confirmed", at(11))]
    assert await spoiled.open_drifts(room) == []


async def test_an_exception_whose_master_is_out_of_reach_blocks_its_time(spoiled: World, spoiler: Spoiler) -> None:
    room = await spoiled.room()
    await spoiled.put(room, 9, 10)
    exception = {"type": "exception", "seriesMasterId": "AAMkAGI2NOBODYS="}
    spoiler.where = "calendarView"
    spoiler.spoil = lambda events: [{**each, **exception} for each in events]

    await spoiled.until_agreed(room)

    assert [each[:2] for each in await spoiled.bookings(room)] == [("confirmed", at(9))]
    uid = await spoiled.database.fetchval("SELECT ical_uid FROM policy.reservations WHERE space_id = $1", room.space_id)
    assert uid.startswith("roomsync-event:")
