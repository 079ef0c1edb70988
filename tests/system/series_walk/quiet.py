"""Wait until nothing is under way any more: both sides agree, and a whole comparison later they still do."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect

T = TypeVar("T")
AGREES_WITHIN_S = 25.0
STANDS_WITHIN_S = 30.0


async def delivered(cast: Cast) -> None:
    """Wait until no mail and no notification is under way: what is lost by then is lost."""

    async def look() -> None:
        expect(await cast.tenant.is_quiet(), "Outlook has mail or notifications under way")

    await eventually(look)


async def settled(cast: Cast, room: BookableRoom, look: Callable[[], Awaitable[T]]) -> T:
    """Return what both sides are once `look` no longer fails, and a sweep after it finds nothing to change."""

    async def quiet_look() -> T:
        expect(await cast.tenant.is_quiet(), "Outlook has mail or notifications under way")
        return await look()

    async def undisturbed() -> T:
        found = await eventually(quiet_look, within_s=AGREES_WITHIN_S)
        await _swept(cast, room)
        expect(await quiet_look() == found, "both sides agree, and do not stay as they are")
        return found

    return await eventually(undisturbed, within_s=STANDS_WITHIN_S)


async def _swept(cast: Cast, room: BookableRoom) -> None:
    """Wait until the room's calendar was compared once from now on: a second comparison begins after the first."""
    before = await _comparisons(cast, room)

    async def look() -> None:
        expect(await _comparisons(cast, room) >= before + 2, "the room's calendar is not compared any more")

    await eventually(look)


async def _comparisons(cast: Cast, room: BookableRoom) -> int:
    return sum(call["path"].endswith("/calendarView") for call in await cast.tenant.calls(room.calendar, "GET"))
