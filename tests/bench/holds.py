"""How many HTTP requests the holds of a series take whose change is refused: one hold for each date that is kept."""

from datetime import datetime
from urllib.parse import parse_qs

from deploy.driver.cast import BookableRoom
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import accepted_meeting, answered, booked
from deploy.driver.mailbox import when_of
from deploy.driver.recurrences import daily
from deploy.driver.slots import slot
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Ground

DATES = 150
DAYS_AHEAD = 3
WITHIN_S = 60.0
AT_MOST = 2 * DATES / 4
"""Each hold is looked for and made, which alone would be two requests for each date."""


async def measure(ground: Ground) -> list[Line]:
    """Have a series be dragged onto another meeting. Raises Incorrect if a date has no hold afterwards, or has two."""
    cast, room = ground.cast, await ground.cast.room()
    ada, ben, when = await cast.user("ada"), await cast.user("ben"), slot(DAYS_AHEAD)
    dates = [when.later(days=number) for number in range(DATES)]
    await accepted_meeting(ben, room, dates[1].later(hours=1))
    series = await ada.invite_series("Daily", when, daily(when.start.date()).times(DATES), room.calendar)
    await answered(ada, series, room, "accepted", within_s=WITHIN_S)
    await booked(cast, room, *dates, dates[1].later(hours=1), within_s=WITHIN_S)
    ground.say(f"A series of {DATES} dates is dragged onto another meeting.")
    before = {_request(call) for call in await cast.tenant.calls(room.calendar)}

    await ada.move(series, when.later(hours=1))

    async def all_held() -> None:
        held = await _holds(ground, room)
        expect(len(held) >= DATES, f"{len(held)} of {DATES} dates have a hold")

    await eventually(all_held, within_s=WITHIN_S)
    if await _holds(ground, room) != [each.start for each in dates]:
        raise Incorrect("The holds of a series whose change was refused are not one for each date.")
    calls = [call for call in await cast.tenant.calls(room.calendar) if _is_about_holds(call)]
    requests = {_request(call) for call in calls} - before
    what = f"HTTP requests for the holds of a refused change of {DATES} dates"
    note = f"{len(calls)} calls"
    return [Line("holds", what, len(requests), "requests", Target("below", AT_MOST), note=note)]


async def _holds(ground: Ground, room: BookableRoom) -> list[datetime]:
    """Return when each hold in a room begins, in order."""
    stored = await ground.cast.tenant.stored(room.calendar)
    return sorted(when_of(each).start for each in stored if each["extendedProperties"] and not each["deleted"])


def _is_about_holds(call: Json) -> bool:
    """Whether a call looks for holds, or makes one."""
    wanted = parse_qs(call["query"]).get("$filter", [""])[0]
    return call["path"].endswith("/events") and (call["method"] == "POST" or "Extended" in wanted)


def _request(call: Json) -> str:
    """Name the HTTP request that a call came in: its batch's, or its own."""
    return str(call["batch"] or (call["time"], call["method"], call["path"]))
