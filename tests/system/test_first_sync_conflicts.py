"""A16, C30, C32: what both sides have at one time stays where it is on both and blocks it, until a person decides."""

from datetime import timedelta

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import RequestRefused
from deploy.driver.looks import answered, blocked, booked, mailed
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, slot


async def test_what_was_reserved_and_accepted_at_one_time_stays_on_both_sides_and_is_reported(cast: Cast) -> None:
    ada, ben = await cast.user("ada"), await cast.user("ben")
    calendar = await cast.room_mailbox()
    space = await cast.administrator.add_space("Orion")
    taken, twice = slot(hour=9), slot(hour=14)
    reserved = await cast.administrator.reserve(space, taken, "Board meeting")
    event = await ada.invite("Planning", taken, calendar)
    await calendar.accept(event)
    for title, who in (("First", ada), ("Second", ben)):
        await calendar.accept(await who.invite(title, twice, calendar))
    room = BookableRoom(space, calendar)

    mapped = await cast.administrator.map(space, calendar)
    ended = await cast.imports.ended(mapped["mapping"]["import_id"])

    assert (ended["state"], ended["counts"]["conflicts"], ended["counts"]["declined"]) == ("finished", 2, 0)
    conflicts = await cast.imports.items(ended["id"], outcome="conflict")
    planning, second = sorted(conflicts, key=lambda each: str(each["start"]))
    assert (planning["title"], planning["reservation_id"]) == ("Planning", reserved["id"])
    assert planning["reasons"][0]["rule"] == "availability"
    live = await booked(cast, room, taken, twice)
    (first,) = [each for each in live if each["outlook"]["ical_uid"] is not None]
    assert {first["title"], second["title"]} == {"First", "Second"}
    assert second["reservation_id"] == first["id"]
    await blocked(room, taken)
    assert [each["subject"] for each in await calendar.day(taken)].count("Planning") == 1
    assert {"First", "Second"} <= {each["subject"] for each in await calendar.day(taken)}
    await mailed(cast, ada, room, ["accepted", "accepted"])
    await mailed(cast, ben, room, ["accepted"])


async def test_an_invitation_that_waits_is_declined_for_one_that_was_accepted_though_it_is_listed_first(
    cast: Cast,
) -> None:
    ada, ben = await cast.user("ada"), await cast.user("ben")
    calendar = await cast.room_mailbox()
    early, late = slot(hour=9, minutes=120), slot(hour=10)
    await calendar.received(await ben.invite("Waits", early, calendar))
    await calendar.accept(await ada.invite("Accepted", late, calendar))
    room = await cast.mapped(calendar, "Orion")

    ended = await cast.imports.ended(room.space["mapping"]["import_id"])

    assert (ended["counts"]["created_in_ledger"], ended["counts"]["declined"]) == (1, 1)
    await booked(cast, room, late)
    await mailed(cast, ben, room, ["declined"])
    await mailed(cast, ada, room, ["accepted"])


async def partly_in_the_way(cast: Cast) -> tuple[BookableRoom, Slot]:
    """Map a room that has accepted a series, of which the second half of the second date is reserved.

    Returns the room, and the first half of that date.
    """
    ada, when = await cast.user("ada"), slot(hour=9)
    calendar = await cast.room_mailbox()
    space = await cast.administrator.add_space("Orion")
    date = when.later(days=7)
    left = Slot(date.start, date.start + timedelta(minutes=30))
    await cast.administrator.reserve(space, Slot(left.end, date.end), "Board meeting")
    await calendar.accept(await ada.invite_series("Planning", when, weekly(when.start.date()).times(3), calendar))
    mapped = await cast.administrator.map(space, calendar)
    ended = await cast.imports.ended(mapped["mapping"]["import_id"])
    assert (ended["state"], ended["counts"]["conflicts"], ended["counts"]["declined"]) == ("finished", 1, 0)
    return await cast.watched(BookableRoom(space, calendar)), left


async def is_free_again(cast: Cast, room: BookableRoom, when: Slot) -> None:
    async def look() -> None:
        expect(await cast.administrator.is_free(room.space, when), "the time is not free")

    await eventually(look)


async def test_c32_what_is_left_of_a_date_in_conflict_is_refused_on_both_sides_until_the_ledger_is_kept(
    cast: Cast,
) -> None:
    room, left = await partly_in_the_way(cast)
    ben = await cast.user("ben")

    with pytest.raises(RequestRefused, match="409"):
        await cast.administrator.reserve(room.space, left, "Quick one")
    event = await ben.invite("Quick one", left, room.calendar)
    await answered(ben, event, room, "declined")

    [found] = await cast.administrator.conflicts(room.space)
    await cast.administrator.resolve(found, "ledger")
    await is_free_again(cast, room, left)
    again = await ben.invite("Another", left, room.calendar)
    await answered(ben, again, room, "accepted")


async def test_c32_what_was_blocked_by_a_date_in_conflict_is_free_once_the_room_is_mapped_no_more(cast: Cast) -> None:
    room, left = await partly_in_the_way(cast)
    assert not await cast.administrator.is_free(room.space, left)

    await cast.administrator.unmap(room.space)

    await is_free_again(cast, room, left)
    assert len(await cast.administrator.reservations(room.space, "confirmed")) == 3
