"""What the tests look for on both sides, each waited for."""

from collections.abc import Sequence

import aiohttp

from deploy.driver.administrator import Administrator, window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import WITHIN_S, eventually
from deploy.driver.http import Json, RequestRefused
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot

LIVE = ("pending", "confirmed")


async def booked(
    administrator: Administrator, room: BookableRoom, *windows: Slot, within_s: float = WITHIN_S
) -> list[Json]:
    """Wait until exactly these windows are confirmed in the ledger, and return the reservations."""

    async def look() -> list[Json]:
        found = await administrator.reservations(room.space, *LIVE)
        assert [(each["status"], window_of(each)) for each in found] == [("confirmed", each) for each in windows]
        return found

    return await eventually(look, within_s=within_s)


async def answered(
    user: OutlookUser, event: Json, room: BookableRoom, answer: str, *, within_s: float = WITHIN_S
) -> None:
    """Wait until the organizer's event shows this answer of the room."""

    async def look() -> None:
        assert await user.answer_of(room.calendar, event) == answer

    await eventually(look, within_s=within_s)


async def mailed(cast: Cast, user: OutlookUser, room: BookableRoom, answers: Sequence[str]) -> None:
    """Wait until the room has mailed somebody exactly these answers, in this order."""

    async def look() -> None:
        assert await cast.answers(user, room.calendar) == list(answers)

    await eventually(look)


async def blocked(room: BookableRoom, when: Slot, *, within_s: float = WITHIN_S) -> None:
    """Wait until Outlook's free/busy keeps others out of that time."""

    async def look() -> None:
        assert await room.calendar.shows_as(when) == "busy"

    await eventually(look, within_s=within_s)


async def unblocked(room: BookableRoom, when: Slot) -> None:
    """Wait until Outlook's free/busy shows that time as free."""

    async def look() -> None:
        assert await room.calendar.shows_as(when) == "free"

    await eventually(look)


async def declined(administrator: Administrator, room: BookableRoom) -> Json:
    """Wait for the one declined reservation of a room, and return it."""

    async def look() -> Json:
        found = await administrator.reservations(room.space, "declined")
        assert len(found) == 1, found
        return found[0]

    return await eventually(look)


async def ready(cast: Cast, *, within_s: float = WITHIN_S) -> None:
    """Wait until the API takes requests, after its process was killed."""

    async def look() -> None:
        try:
            await cast.administrator.api.get("/readyz")
        except (aiohttp.ClientError, RequestRefused) as problem:
            raise AssertionError(str(problem)) from problem

    await eventually(look, within_s=within_s)
