"""A room that needs approval, and an organizer who waits for it."""

from typing import Any

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.http import Json
from deploy.driver.looks import answered, asked
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot

ALWAYS = {"when": "always", "approvers": ["grace@contoso.example"]}


async def asking_room(cast: Cast, *, connection: str = "simulator", **parameters: Any) -> BookableRoom:
    """Make a room that needs approval."""
    room = await cast.room(connection=connection)
    await cast.administrator.set_policy(room.space, "approval", {**ALWAYS, **parameters})
    return room


async def waiting(cast: Cast, room: BookableRoom, when: Slot) -> tuple[OutlookUser, Json, Json]:
    """Invite a room that needs approval; return the organizer, the event and the question once all of it waits."""
    ada = await cast.user("ada")
    event = await ada.invite("Planning", when, room.calendar)
    await answered(ada, event, room, "tentativelyAccepted")
    [question] = await asked(cast, room, when)
    return ada, event, question
