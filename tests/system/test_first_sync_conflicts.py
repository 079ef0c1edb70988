"""A16, C30: what both sides have at one time stays where it is on both, until a person decides."""

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.looks import blocked, booked, mailed
from deploy.driver.slots import slot


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
