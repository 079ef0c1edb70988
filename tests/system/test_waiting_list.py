"""C25, C29: who was declined takes another room or a time that becomes free, by links, on both sides."""

import re

import aiohttp

from deploy.driver.cast import Cast
from deploy.driver.looks import accepted_meeting, answered, blocked, booked, mailed
from deploy.driver.slots import slot
from tests.system.waiting import declined_meeting, make_room, offer_mailed, taken_room


async def opened(link: str) -> str:
    async with aiohttp.ClientSession() as browser, browser.get(link) as answer:
        return await answer.text()


async def pressed(link: str, action: str) -> str:
    async with aiohttp.ClientSession() as browser, browser.post(link, data={"action": action}) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text()


async def test_c25_what_becomes_free_is_offered_in_order_held_and_booked_for_who_takes_it(cast: Cast) -> None:
    when = slot()
    room, ada, first = await taken_room(cast, when)
    ben, carol = await cast.user("ben"), await cast.user("carol")
    event, link = await declined_meeting(cast, room, ben, when)
    _, other = await declined_meeting(cast, room, carol, when)
    for each in (link, other):
        assert "You are on the waiting list" in await pressed(each, "wait")

    await ada.cancel(first)

    offer = await offer_mailed(cast, ben)
    await blocked(room, when)
    assert not await cast.administrator.is_free(room.space, when)
    assert "and the room is booked for you" in await pressed(offer, "take")
    assert "and the room is booked for you" in await pressed(offer, "take")
    [kept] = await booked(cast, room, when)
    assert (kept["organizer"]["email"], kept["kept_without_invitation"]) == (ben.address, True)
    await blocked(room, when)
    assert await cast.tenant.mailed(carol.address) == []

    await ben.change(event, subject="Review, with the room")

    await answered(ben, event, room, "accepted", within_s=30)
    [accepted] = await booked(cast, room, when)
    assert accepted["id"] == kept["id"]
    await mailed(cast, ben, room, ["declined", "accepted"])


async def test_c25_whoever_gives_an_offer_back_makes_room_for_the_next(cast: Cast) -> None:
    when = slot()
    room, ada, first = await taken_room(cast, when)
    ben, carol = await cast.user("ben"), await cast.user("carol")
    for each in (ben, carol):
        _, link = await declined_meeting(cast, room, each, when)
        await pressed(link, "wait")
    await ada.cancel(first)
    offer = await offer_mailed(cast, ben)

    assert "given back" in await pressed(offer, "leave")

    await pressed(await offer_mailed(cast, carol), "take")
    [kept] = await booked(cast, room, when)
    assert kept["organizer"]["email"] == carol.address


async def test_c29_another_room_is_booked_by_the_link_and_accepts_once_it_is_invited(cast: Cast) -> None:
    when, building = slot(), cast.prefix
    ada, ben = await cast.user("ada"), await cast.user("ben")
    room, other = await make_room(cast, building=building), await make_room(cast, building=building)
    await accepted_meeting(ada, room, when)
    event, link = await declined_meeting(cast, room, ben, when)
    page = await opened(link)
    action = next(each for each in re.findall(r'value="(book [^"]*)"', page) if other.space["id"] in each)

    assert "It is booked for you." in await pressed(link, action)
    assert "It is booked for you." in await pressed(link, action)

    [kept] = await booked(cast, other, when)
    assert kept["organizer"]["email"] == ben.address
    await blocked(other, when)
    await ben.remove(event, room.calendar, put_in=other.calendar)
    await answered(ben, event, other, "accepted", within_s=30)
    [accepted] = await booked(cast, other, when)
    assert accepted["id"] == kept["id"]
