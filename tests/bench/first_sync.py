"""First syncs: one room with a thousand events on each side, and many rooms at once while people invite others.

Graph is 20 ms away. What the limits of a mailbox allow is reckoned from the calls that our application made on it
during the import: each takes 20 ms, and four are made at a time, so n calls take n / 4 · 20 ms at best. Calls that
travel together in a batch count one by one.

vdirsyncer brings as many events on each side together, as far away.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from itertools import count, islice

from deploy.driver.cast import BookableRoom
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.room_calendar import RoomCalendar
from deploy.driver.slots import Slot, slot
from libs.common.together import together
from tests.bench.figures import Incorrect, Line, Peer, Target
from tests.bench.ground import ANSWERS_NOTHING, Ground
from tests.bench.invitations import LATENCY_MS, RATE, Invitations, distance, shown
from tests.bench.peers import vdirsyncer
from tests.bench.proc import megabytes
from tests.bench.samples import digits, percentile

SCALE = float(os.environ.get("FIRST_SYNC_SCALE", "1"))
"""A part of all of it, to try the measurement itself."""

EVENTS = round(1000 * SCALE)
ROOMS, OF_EACH = max(8, round(200 * SCALE)), round(100 * SCALE)
AT_A_TIME = 4
SINGLES, ORGANIZERS, DAYS_AHEAD = 80, 10, 900
WITHIN_S = 300.0

SHARE = Target("at_least", 0.8)
SOONER = Target("times", 1)
LINEAR = Target("at_least", 0.8)
MEMORY = Target("below", 200)
ANSWERED = Target("below", 2)


async def measure(ground: Ground) -> list[Line]:
    """Measure both. Raises Incorrect if something is not imported, or is imported twice."""
    return [*await _one_room(ground), *await _many_rooms(ground)]


async def _one_room(ground: Ground) -> list[Line]:
    cast = ground.cast
    ground.say(f"One room with {EVENTS} events and {EVENTS} reservations.")
    calendar = await cast.room_mailbox(processing=ANSWERS_NOTHING)
    space = await cast.administrator.add_space("Orion")
    hours = hourly(slot(days=2, hour=0))
    await _each(EVENTS, lambda number: calendar.put(f"Event {number}", hours(2 * number)))
    await _each(EVENTS, lambda number: cast.administrator.reserve(space, hours(2 * number + 1), f"Board {number}"))
    async with distance(ground):
        began = time.monotonic()
        mapped = await cast.administrator.map(space, calendar)
        ended = await _ended(ground, mapped["mapping"]["import_id"])
        took = time.monotonic() - began
    if (ended["counts"]["created_in_ledger"], ended["counts"]["created_in_outlook"]) != (EVENTS, EVENTS):
        raise Incorrect(f"An import of {EVENTS} events and reservations came to {ended['counts']}.")
    calls = len(await cast.tenant.calls(calendar))
    best = calls / AT_A_TIME * LATENCY_MS / 1000
    ground.say(f"vdirsyncer with {EVENTS} events on each side.")
    near, far = ([hours(2 * number + side) for number in range(EVENTS)] for side in (0, 1))
    theirs = await vdirsyncer.first_sync(near, far, latency_ms=LATENCY_MS)
    what = f"first sync of a room with {EVENTS} events on each side"
    share = f"{what}, share of what four requests at a time allow"
    note = f"{digits(took)} s, {calls} calls, which take {digits(best)} s at best"
    peer = Peer("vdirsyncer between a directory and Radicale", theirs)
    return [
        Line("first_sync", share, best / took, "of it", SHARE, note=note),
        Line("first_sync", what, took, "s", SOONER, peer),
    ]


async def _many_rooms(ground: Ground) -> list[Line]:
    cast = ground.cast
    ground.say(f"{ROOMS} rooms with {OF_EACH} events each, and invitations to others, {RATE} a second.")
    rooms: list[BookableRoom] = []
    hours = hourly(slot(days=2, hour=0))
    for number in range(ROOMS):
        calendar = await cast.room_mailbox(f"room {number}", processing=ANSWERS_NOTHING)
        await _each(OF_EACH, partial(_put, calendar, hours))
        rooms.append(BookableRoom(await cast.administrator.add_space(f"Room {number}"), calendar))
    organizers = [await cast.user("organizer") for _ in range(ORGANIZERS)]
    singles = Invitations(ground, organizers, DAYS_AHEAD, count())
    columns = "id,room_mailbox,connection"
    lines = [f"{each.space['id']},{each.calendar.address},simulator" for each in rooms]
    async with distance(ground):
        began = time.monotonic()
        await cast.administrator.import_spaces("\n".join([columns, *lines]))
        import_id = (await cast.administrator.space(rooms[0].space))["mapping"]["import_id"]
        halving = asyncio.create_task(_halves(ground, import_id, began))
        invited = await singles.send(SINGLES)
        answered = await shown(ground, invited)
        first, whole = await halving
    ended = await cast.imports.read(import_id)
    if ended["counts"]["created_in_ledger"] != ROOMS * OF_EACH:
        raise Incorrect(f"An import of {ROOMS} rooms with {OF_EACH} events came to {ended['counts']}.")
    waited = [each.seconds_until(answered[each.event_id]) for each in invited]
    _, most = megabytes(ground.stack.processes["reconciler"].pid)
    of_them = f"{ROOMS} rooms with {OF_EACH} events each"
    return [
        Line(
            "first_sync",
            f"{of_them}: pace of the second half beside the first",
            first / (whole - first),
            "times",
            LINEAR,
            note=f"{digits(whole)} s in all, {digits(ROOMS * OF_EACH / whole)} events/s",
        ),
        Line("first_sync", f"{of_them}: most memory of the reconciler", most, "MB", MEMORY),
        Line("first_sync", f"invitations meanwhile, {RATE}/s, p95", percentile(waited, 95), "s", ANSWERED),
    ]


async def _halves(ground: Ground, import_id: str, began: float) -> tuple[float, float]:
    """Return after how many seconds half of the items were done, and all."""

    async def half_done() -> None:
        done = (await ground.cast.imports.read(import_id))["items_done"]
        expect(done >= ROOMS * OF_EACH / 2, f"{done} items are done")

    await eventually(half_done, within_s=WITHIN_S)
    first = time.monotonic() - began
    await _ended(ground, import_id)
    return first, time.monotonic() - began


async def _ended(ground: Ground, import_id: str) -> Json:
    return await ground.cast.imports.ended(import_id, within_s=WITHIN_S)


async def _each(many: int, do: Callable[[int], Awaitable[object]]) -> None:
    """Do something for each number, a few at a time."""
    numbers = iter(range(many))

    async def work() -> None:
        for number in numbers:
            await do(number)

    await together(work() for _ in islice(count(), 4))


async def _put(calendar: RoomCalendar, hours: Callable[[int], Slot], number: int) -> None:
    await calendar.put(f"Event {number}", hours(number))


def hourly(first: Slot) -> Callable[[int], Slot]:
    """Return the slots of fifty minutes that start every hour."""
    return lambda number: Slot(first.start + timedelta(hours=number), first.start + timedelta(hours=number, minutes=50))
