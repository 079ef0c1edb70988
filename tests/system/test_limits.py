"""B15: whatever is going on in a room, Graph is never called more than four times at once about its mailbox."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.http import Json
from deploy.driver.looks import accepted_meeting, accepted_series, answered, blocked
from deploy.driver.slots import slot, weeks

HOURS = range(7, 17)
LATENCY_MS = 60
WITHIN_S = 60
DATES = 30
HELD = 120


async def test_b15_all_services_together_stay_within_graphs_limit_of_a_mailbox(swept_cast: Cast) -> None:
    cast = swept_cast
    room = await cast.room()
    people = [await cast.user() for _ in range(3)]
    invited = [(person, slot(days, hour=hour)) for days, person in enumerate(people, 20) for hour in HOURS]

    async with cast.tenant.limits(latency_ms=LATENCY_MS), cast.tenant.delivery(extra_updates=[2, 3]):
        events, reservations = await asyncio.gather(
            asyncio.gather(*(person.invite("Planning", when, room.calendar) for person, when in invited)),
            asyncio.gather(
                *(cast.administrator.reserve(room.space, slot(30, hour=hour), f"Board {hour}") for hour in HOURS)
            ),
        )
        for (person, _), event in zip(invited, events, strict=True):
            await answered(person, event, room, "accepted", within_s=WITHIN_S)
        for hour in HOURS:
            await blocked(room, slot(30, hour=hour), within_s=WITHIN_S)

    assert len(reservations) == len(HOURS)
    assert 2 <= await cast.tenant.most_calls_at_once(room.calendar) <= 4


async def test_b15_the_holds_of_a_refused_series_are_written_together_and_within_the_same_limit(
    swept_cast: Cast,
) -> None:
    cast, when = swept_cast, slot()
    room, ben = await cast.room(), await cast.user("ben")
    taken = when.later(days=7, hours=1)
    await accepted_meeting(ben, room, taken, "Board")
    ada, event = await accepted_series(cast, room, when, DATES, other=taken)
    singles = [slot(20, hour=hour) for hour in HOURS]

    async with cast.tenant.limits(latency_ms=LATENCY_MS):
        await ada.move(event, when.later(hours=1))
        invited = await asyncio.gather(*(ben.invite("Planning", single, room.calendar) for single in singles))
        for each in invited:
            await answered(ben, each, room, "accepted", within_s=WITHIN_S)
        await answered(ada, event, room, "tentativelyAccepted", within_s=WITHIN_S)
        for window in weeks(when, DATES):
            await blocked(room, window, within_s=WITHIN_S)

    calls = await cast.tenant.calls(room.calendar)
    holds = [call for call in calls if call["method"] == "POST" and call["path"].endswith("/events")]
    assert len(holds) == DATES
    assert len({call["batch"] or call["time"] for call in holds}) <= DATES / 2
    assert 2 <= await cast.tenant.most_calls_at_once(room.calendar) <= 4


async def test_b15_the_holds_of_a_first_sync_use_what_sweeps_leave_and_stay_within_the_same_limit(
    swept_cast: Cast,
) -> None:
    cast = swept_cast
    calendar, people = await cast.room_mailbox(), [await cast.user() for _ in range(3)]
    invited = [(person, slot(days, hour=hour)) for days, person in enumerate(people, 20) for hour in HOURS]
    space = await cast.administrator.add_space("Orion")
    room = BookableRoom(space, calendar)
    reserved = [slot(days, hour=hour) for days in range(30, 30 + HELD // len(HOURS)) for hour in HOURS]
    for number, when in enumerate(reserved):
        await cast.administrator.reserve(space, when, f"Board {number}")

    async with cast.tenant.limits(latency_ms=LATENCY_MS):
        import_id = (await cast.administrator.map(space, calendar))["mapping"]["import_id"]
        await blocked(room, reserved[0], within_s=WITHIN_S)
        events = await asyncio.gather(*(person.invite("Planning", when, calendar) for person, when in invited))
        for (person, _), event in zip(invited, events, strict=True):
            await answered(person, event, room, "accepted", within_s=WITHIN_S)
        ended = await cast.imports.ended(import_id, within_s=WITHIN_S)

    assert ended["counts"]["created_in_outlook"] == HELD
    calls = await cast.tenant.calls(calendar)
    held = [call for call in calls if call["method"] == "POST" and call["path"].endswith("/events")]
    swept = [call for call in calls if call["path"].endswith("/calendarView")]
    assert any(held[0]["time"] < call["time"] < held[-1]["time"] for call in swept)
    assert at_once(held) == 2
    assert await cast.tenant.most_calls_at_once(calendar) <= 4


def at_once(calls: Iterable[Json]) -> int:
    """Return how many of these requests were under way at a time at most; calls of one batch are one request."""
    requests: dict[object, tuple[datetime, datetime]] = {}
    for call in calls:
        began = datetime.fromisoformat(call["time"])
        ended = began + timedelta(milliseconds=call["duration_ms"])
        first, last = requests.get(request := call["batch"] or call["time"], (began, ended))
        requests[request] = min(first, began), max(last, ended)
    spans = requests.values()
    return max(len([1 for first, last in spans if first <= moment < last]) for moment, _ in spans)
