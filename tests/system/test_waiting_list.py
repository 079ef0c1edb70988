"""C25, C29: who was declined takes another room or a time that becomes free, by links, on both sides."""

import re

import aiohttp

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import accepted_meeting, answered, blocked, booked, mailed
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot, slot

_LINK = re.compile(r"https?://\S+/links/\S+")


async def declined_meeting(cast: Cast, room: BookableRoom, user: OutlookUser, when: Slot) -> tuple[Json, str]:
    """Have a meeting declined; return it, and the link in what its organizer was told."""
    event = await user.invite("Review", when, room.calendar)
    await answered(user, event, room, "declined")
    [mail] = await mailed(cast, user, room, ["declined"])
    found = _LINK.search(mail["comment"])
    assert found is not None, mail
    return event, found[0]


async def opened(link: str) -> str:
    async with aiohttp.ClientSession() as browser, browser.get(link) as answer:
        return await answer.text()


async def pressed(link: str, action: str) -> str:
    async with aiohttp.ClientSession() as browser, browser.post(link, data={"action": action}) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text()


async def offer_mailed(cast: Cast, user: OutlookUser) -> str:
    """Wait until somebody has a mail about an offer, and return its link."""

    async def look() -> str:
        mails = await cast.tenant.mailed(user.address)
        expect(len(mails) == 1, f"{len(mails)} mails reached {user.address}")
        found = _LINK.search(mails[0]["text"])
        assert found is not None, mails
        return found[0]

    return await eventually(look)


async def make_room(cast: Cast, **fields: object) -> BookableRoom:
    """Make a space with these fields that is mapped to a room mailbox."""
    calendar = await cast.room_mailbox()
    usual = {"capacity": 8, "connection": "simulator", "time_zone": "UTC"}
    return await cast.mapped(calendar, "room", **usual, **fields)


async def taken_room(cast: Cast, when: Slot) -> tuple[BookableRoom, OutlookUser, Json]:
    """Make a room with a waiting list that Ada has."""
    room, ada = await make_room(cast, waiting_list=True), await cast.user("ada")
    return room, ada, await accepted_meeting(ada, room, when)


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
