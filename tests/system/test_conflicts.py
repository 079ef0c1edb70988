"""A16, C30: conflicts of a first sync stay on both sides, and are resolved as a person decides."""

import asyncio
from dataclasses import dataclass

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json, RequestRefused
from deploy.driver.looks import answered, blocked, booked, mailed
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot, slot


@dataclass(frozen=True)
class Conflicting:
    """A room that is mapped while Ada's accepted meeting is at the time of something else, and the conflict."""

    room: BookableRoom
    ada: OutlookUser
    event: Json
    when: Slot
    found: Json


async def conflicting(cast: Cast) -> Conflicting:
    """Map a space of which a time is reserved, to a room that has accepted Ada's meeting at that time."""
    ada, when, past = await cast.user("ada"), slot(hour=9), slot(days=-2)
    calendar = await cast.room_mailbox()
    space = await cast.administrator.add_space("Orion")
    await cast.administrator.reserve(space, when, "Board meeting")
    await calendar.put("Last week's training", past)
    event = await ada.invite("Planning", when, calendar)
    await calendar.accept(event)
    mapped = await cast.administrator.map(space, calendar)
    ended = await cast.imports.ended(mapped["mapping"]["import_id"])
    assert (ended["counts"]["conflicts"], ended["counts"]["declined"], ended["counts"]["past"]) == (1, 0, 1)
    room = await cast.watched(BookableRoom(space, calendar))
    [found] = await cast.administrator.conflicts(space)
    return Conflicting(room, ada, event, when, found)


async def no_conflicts(cast: Cast, room: BookableRoom) -> None:
    async def look() -> None:
        found = await cast.administrator.conflicts(room.space)
        expect(found == [], f"there are conflicts: {found}")

    await eventually(look)


async def subjects(room: BookableRoom, when: Slot) -> set[str]:
    return {each["subject"] for each in await room.calendar.day(when)}


async def test_a16_c30_what_both_sides_have_stays_on_both_and_nobody_is_mailed(cast: Cast) -> None:
    both = await conflicting(cast)

    assert (both.found["ledger"]["title"], both.found["outlook"]["title"]) == ("Board meeting", "Planning")
    await booked(cast, both.room, both.when)
    await blocked(both.room, both.when)

    async def both_are_shown() -> None:
        shown = await subjects(both.room, both.when)
        expect(shown == {"Board meeting", "Planning"}, f"the calendar shows {shown}")

    await eventually(both_are_shown)
    await mailed(cast, both.ada, both.room, ["accepted"])


async def test_a16_c30_where_outlook_is_kept_its_meeting_is_booked_quietly_and_the_hold_leaves(cast: Cast) -> None:
    both = await conflicting(cast)

    await cast.administrator.resolve(both.found, "outlook", "The board meets elsewhere")

    [live] = await booked(cast, both.room, both.when)
    assert (live["title"], live["outlook"]["ical_uid"]) == ("Planning", both.found["ical_uid"])

    async def only_the_meeting_is_shown() -> None:
        shown = await subjects(both.room, both.when)
        expect(shown == {"Planning"}, f"the calendar shows {shown}")

    await eventually(only_the_meeting_is_shown)
    await no_conflicts(cast, both.room)
    await mailed(cast, both.ada, both.room, ["accepted"])


async def test_a16_c30_where_the_ledger_is_kept_the_organizer_is_told_once_what_has_the_time(cast: Cast) -> None:
    both = await conflicting(cast)

    await cast.administrator.resolve(both.found, "ledger", "The board was first")

    await answered(both.ada, both.event, both.room, "declined")
    _, mail = await mailed(cast, both.ada, both.room, ["accepted", "declined"])
    assert "The board was first." in str(mail)
    await booked(cast, both.room, both.when)
    await blocked(both.room, both.when)
    await no_conflicts(cast, both.room)


async def test_c30_of_two_administrators_at_once_the_second_learns_who_was_first(cast: Cast) -> None:
    both = await conflicting(cast)
    administrator = cast.administrator

    done = await asyncio.gather(
        administrator.resolve(both.found, "ledger"),
        administrator.resolve(both.found, "outlook"),
        return_exceptions=True,
    )

    [refused] = [each for each in done if isinstance(each, RequestRefused)]
    assert refused.status == 409
    assert "The first decision stands." in str(refused)
    with pytest.raises(RequestRefused, match="The first decision stands"):
        await administrator.resolve(both.found, "outlook")
    await booked(cast, both.room, both.when)


async def test_a16_c30_of_two_accepted_meetings_the_one_that_is_not_kept_is_declined_once(cast: Cast) -> None:
    ada, ben, when = await cast.user("ada"), await cast.user("ben"), slot(hour=14)
    calendar = await cast.room_mailbox()
    events = {who.name: await who.invite(who.name, when, calendar) for who in (ada, ben)}
    for each in events.values():
        await calendar.accept(each)
    space = await cast.administrator.add_space("Orion")
    mapped = await cast.administrator.map(space, calendar)
    await cast.imports.ended(mapped["mapping"]["import_id"])
    room = await cast.watched(BookableRoom(space, calendar))
    [found] = await cast.administrator.conflicts(space)
    loser, winner = (ada, ben) if found["ledger"]["title"] == "ada" else (ben, ada)

    await cast.administrator.resolve(found, "outlook", "Somebody has to")

    await answered(loser, events[loser.name], room, "declined")
    [live] = await booked(cast, room, when)
    assert live["title"] == winner.name
    await mailed(cast, loser, room, ["accepted", "declined"])
    await mailed(cast, winner, room, ["accepted"])
    await no_conflicts(cast, room)


async def test_c30_once_the_reservation_is_cancelled_the_meeting_is_booked_at_once_and_nobody_is_mailed(
    cast: Cast,
) -> None:
    both = await conflicting(cast)

    await cast.administrator.cancel({"id": both.found["reservation_id"]})

    [live] = await booked(cast, both.room, both.when)
    assert (live["title"], live["outlook"]["ical_uid"]) == ("Planning", both.found["ical_uid"])
    await no_conflicts(cast, both.room)
    await mailed(cast, both.ada, both.room, ["accepted"])


async def test_c30_an_event_of_the_rooms_own_is_never_deleted_and_gets_the_time_once_it_is_free(cast: Cast) -> None:
    calendar, when = await cast.room_mailbox(), slot(hour=11)
    space = await cast.administrator.add_space("Orion")
    reserved = await cast.administrator.reserve(space, when, "Board meeting")
    await calendar.put("Painting", when)
    mapped = await cast.administrator.map(space, calendar)
    await cast.imports.ended(mapped["mapping"]["import_id"])
    room = await cast.watched(BookableRoom(space, calendar))
    [found] = await cast.administrator.conflicts(space)

    with pytest.raises(RequestRefused, match="deletes no event that it has not made"):
        await cast.administrator.resolve(found, "ledger")
    assert "Painting" in await subjects(room, when)
    await cast.administrator.cancel(reserved)

    [live] = await booked(cast, room, when)
    assert live["title"] == "Painting"
    await no_conflicts(cast, room)
