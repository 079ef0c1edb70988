"""A16: a space is mapped that has past and future events on both sides."""

from datetime import UTC, datetime, timedelta

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.looks import answered, blocked, booked, mailed
from deploy.driver.slots import Slot, slot


async def test_a16_mapping_takes_over_what_is_to_come_on_both_sides_and_mails_nobody_who_has_an_answer(
    cast: Cast,
) -> None:
    ada, ben = await cast.user("ada"), await cast.user("ben")
    calendar = await cast.room_mailbox()
    space = await cast.administrator.add_space("Orion")
    accepted, waiting, held, past = slot(hour=9), slot(hour=11), slot(hour=13), slot(days=-2)
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    just_over = Slot(soon - timedelta(hours=1), soon)
    await cast.administrator.reserve(space, just_over, "Stand-up")
    await calendar.put("Last week's training", past)
    known = await ada.invite("Planning", accepted, calendar)
    await calendar.accept(known)
    asked = await ben.invite("Review", waiting, calendar)
    await calendar.received(asked)
    await cast.administrator.reserve(space, held, "Board meeting")
    await _over(just_over)
    room = BookableRoom(space, calendar)

    mapped = await cast.administrator.map(space, calendar)
    ended = await cast.imports.ended(mapped["mapping"]["import_id"])

    assert ended["state"] == "finished"
    assert (ended["rooms"], ended["rooms_done"], ended["rooms_failed"]) == (1, 1, 0)
    assert ended["counts"] == {
        "created_in_ledger": 2,
        "created_in_outlook": 1,
        "agreed": 0,
        "declined": 0,
        "grandfathered": 0,
        "conflicts": 0,
        "failed": 0,
        "past": 2,
    }
    await booked(cast, room, just_over, accepted, waiting, held)
    await answered(ben, asked, room, "accepted")
    await mailed(cast, ben, room, ["accepted"])
    await mailed(cast, ada, room, ["accepted"])
    await blocked(room, held)
    items = {each["title"]: each for each in await cast.imports.items(ended["id"])}
    assert items.keys() == {"Planning", "Review", "Board meeting"}
    assert (items["Planning"]["side"], items["Planning"]["outcome"]) == ("outlook", "created_in_ledger")
    assert (items["Board meeting"]["side"], items["Board meeting"]["outcome"]) == ("ledger", "created_in_outlook")


async def _over(when: Slot) -> None:
    async def look() -> None:
        expect(datetime.now(UTC) > when.end, "it is not over yet")

    await eventually(look)
