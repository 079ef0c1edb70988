"""Groups by the API: how long one takes to be booked, to be shown in Outlook and to be changed, and in how many calls.

Graph is 20 ms away. Each group has a room of its own; its dates are a day apart.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

from deploy.driver.cast import BookableRoom
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.slots import Slot, slot
from deploy.driver.tenant import requests_of
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Ground
from tests.bench.invitations import distance

DATES, LEFT_OUT = 150, 5
TURNS = 5
DAYS_AHEAD = 3
WITHIN_S = 30.0
ANSWERED_BELOW_MS, SHOWN_BELOW_S, CHANGED_BELOW_MS, MOST_CALLS = 150, 2.0, 200, 8


async def measure(ground: Ground) -> list[Line]:
    """Have groups made and changed. Raises Incorrect if a date is missing, or Outlook does not show them in time."""
    ground.say(f"Groups of {DATES} dates, {TURNS + 1} of them.")
    answered, shown, changed = [], [], []
    async with distance(ground):
        for _ in range(TURNS + 1):
            room = await ground.cast.room()
            group, answered_in, shown_in = await _reserve(ground, room)
            answered.append(answered_in)
            shown.append(shown_in)
            changed.append(await _change_following(ground, room, group))
        requests, calls = await _count_requests(ground)
    note = f"median of {TURNS}; at most {max(shown[1:]):.2f} s"
    return [
        _line(f"a group of {DATES} answered by the API", median(answered[1:]), "ms", ANSWERED_BELOW_MS),
        _line(f"a group of {DATES} in Outlook", median(shown[1:]), "s", SHOWN_BELOW_S, note),
        _line(f"a change of the later half of {DATES}", median(changed[1:]), "ms", CHANGED_BELOW_MS),
        _line(
            f"HTTP requests for a group of {DATES} with {LEFT_OUT} exceptions",
            requests,
            "requests",
            MOST_CALLS + 1,
            f"{calls} calls",
        ),
    ]


def _line(what: str, value: float, unit: str, below: float, note: str = "") -> Line:
    return Line("groups", what, value, unit, Target("below", below), note=note)


async def _reserve(ground: Ground, room: BookableRoom, exdates: Sequence[str] = ()) -> tuple[Json, float, float]:
    """Have a group made; return it, in how many ms that was answered, and after how many seconds Outlook showed it."""
    began, asked_at = perf_counter(), datetime.now(UTC)
    group = await ground.cast.administrator.reserve_group(
        room.space, _first(), "Daily", rrule=f"FREQ=DAILY;COUNT={DATES}", exdates=exdates
    )
    answered_in = (perf_counter() - began) * 1000
    booked = group["counts"]["confirmed"]
    if booked != DATES - len(exdates):
        raise Incorrect(f"Of a group of {DATES} dates, {booked} are booked.")
    made_at = await _made_at(ground, room)
    await _settled(ground, group)
    return group, answered_in, (made_at - asked_at).total_seconds()


async def _change_following(ground: Ground, room: BookableRoom, group: Json) -> float:
    """Move the later half of a group by an hour; return how many ms that took."""
    dates = await ground.cast.administrator.reservations(room.space, "confirmed")
    middle, when = dates[DATES // 2], _first().later(days=DATES // 2, hours=1)
    began = perf_counter()
    moved = await ground.cast.administrator.move_dates(middle, "following", when)
    took = (perf_counter() - began) * 1000
    if moved["group_id"] == group["id"] or datetime.fromisoformat(moved["start"]) != when.start:
        raise Incorrect("The later half of a group was not moved.")
    return took


async def _count_requests(ground: Ground) -> tuple[int, int]:
    """Return how many requests a group with dates left out takes, and how many calls these carried.

    What our own writes have read comes after them: it is waited for.
    """
    room = await ground.cast.room()
    before = len(await ground.cast.tenant.calls(room.calendar))
    days = [(_first().start + timedelta(days=10 * each)).date().isoformat() for each in range(1, LEFT_OUT + 1)]
    await _reserve(ground, room, days)
    made = (await ground.cast.tenant.calls_in_the_end(room.calendar))[before:]
    calls = [call for call in made if _is_because_of_it(call)]
    return len(requests_of(calls)), len(calls)


def _is_because_of_it(call: Json) -> bool:
    """Whether a call is because of the group: to write it, or to read what was written. Rooms are compared anyway."""
    return not call["path"].endswith("/calendarView") and "subscriptions" not in call["path"]


async def _made_at(ground: Ground, room: BookableRoom) -> datetime:
    """Wait until a room has its one recurring event; return when it was made."""

    async def is_made() -> datetime:
        stored = [each for each in await ground.cast.tenant.stored(room.calendar) if not each["deleted"]]
        expect(len(stored) == 1, f"the room has {len(stored)} events")
        return datetime.fromisoformat(stored[0]["createdDateTime"])

    return await eventually(is_made, within_s=WITHIN_S)


async def _settled(ground: Ground, group: Json) -> None:
    async def is_settled() -> None:
        found = await ground.cast.administrator.group(group)
        expect(found["outlook"]["state"] == "in_sync", found["outlook"])

    await eventually(is_settled, within_s=WITHIN_S)


def _first() -> Slot:
    return slot(DAYS_AHEAD)
