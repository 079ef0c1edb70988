"""A room that was declined, and the links by which its organizers get it, or another one, after all."""

import re

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import accepted_meeting, answered, mailed
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot

_LINK = re.compile(r"https?://\S+/links/\S+")


async def declined_meeting(cast: Cast, room: BookableRoom, user: OutlookUser, when: Slot) -> tuple[Json, str]:
    """Have a meeting declined; return it, and the link in what its organizer was told."""
    event = await user.invite("Review", when, room.calendar)
    await answered(user, event, room, "declined")
    [mail] = await mailed(cast, user, room, ["declined"])
    found = _LINK.search(mail["comment"])
    assert found is not None, mail
    return event, found[0]


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
