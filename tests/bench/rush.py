"""A hundred weekly series of a year that arrive at once, and single meetings that are answered meanwhile.

Graph is 20 ms away. The singles arrive at the same rate before, with nothing else to do, and during the rush, in the
rooms of the series as in others.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from deploy.driver.http import Json
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, slot
from libs.common.together import together
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Ground
from tests.bench.invitations import LATENCY_MS, RATE, Invitations, Invited, distance, offer_invitations, shown
from tests.bench.samples import digits, percentile

SERIES, DATES = 100, 52
AT_ONCE = 1000.0
"""Series a second: as good as at once."""

SINGLES = 80
ORGANIZERS = 10
DAYS_AHEAD, FIRST_SINGLES = 7, 800
SERIES_WITHIN_S, SLOWED_AT_MOST = 10, 1.5

_DATES = """
    SELECT count(*) FROM policy.reservations
    WHERE title LIKE 'Rush %' AND status = 'confirmed' AND group_id IS NOT NULL
"""


async def measure(ground: Ground) -> list[Line]:
    """Measure both. Raises Incorrect if a free room does not accept, or if a date of a series is not booked."""
    organizers = [await ground.cast.user("organizer") for _ in range(ORGANIZERS)]
    singles = Invitations(ground, organizers, FIRST_SINGLES, count())
    async with distance(ground):
        ground.say(f"Single meetings, {RATE} a second, and nothing else.")
        await _answered(ground, await singles.send(RATE * 2))
        alone = await _answered(ground, await singles.send(SINGLES))
        ground.say(f"{SERIES} series of {DATES} dates at once, and single meetings, {RATE} a second.")
        rush, invited = await together([_send_series(ground, organizers), singles.send(SINGLES)])
        beside, series = await together([_answered(ground, invited), _answered(ground, rush)])
    booked = await ground.ledger.fetchval(_DATES)
    if booked != SERIES * DATES:
        raise Incorrect(f"{booked} of {SERIES * DATES} dates of series are booked.")
    return _lines(alone, beside, series)


def _lines(alone: Sequence[float], beside: Sequence[float], series: Sequence[float]) -> list[Line]:
    slowest, before, during = (percentile(each, 95) for each in (series, alone, beside))
    what = f"invitation to accepted, {SERIES} series of {DATES} at once, Graph {LATENCY_MS} ms away, p95"
    note = f"median {digits(percentile(series, 50))} s, the last after {digits(max(series))} s"
    slowed = f"single meetings meanwhile, {RATE}/s, p95 beside what they have alone"
    return [
        Line("rush", what, slowest, "s", Target("below", SERIES_WITHIN_S), note=note),
        Line(
            "rush",
            slowed,
            during / before,
            "times",
            Target("below", SLOWED_AT_MOST),
            note=f"{digits(during)} s, and {digits(before)} s alone",
        ),
    ]


async def _send_series(ground: Ground, organizers: Sequence[OutlookUser]) -> list[Invited]:
    """Send all series at once, to every room in turn, each to an hour of its own."""
    first: datetime = slot(DAYS_AHEAD, hour=0).start

    async def invite(number: int) -> tuple[OutlookUser, Json]:
        start = first + timedelta(hours=number // len(ground.rooms))
        when = Slot(start, start + timedelta(minutes=50))
        room, organizer = ground.rooms[number % len(ground.rooms)], organizers[number % len(organizers)]
        recurrence = weekly(start.date()).times(DATES)
        return organizer, await organizer.invite_series(f"Rush {number}", when, recurrence, room.calendar)

    return await offer_invitations(invite, rate=AT_ONCE, many=SERIES)


async def _answered(ground: Ground, invited: Sequence[Invited]) -> list[float]:
    """Return after how many seconds each organizer saw the room accept."""
    found = await shown(ground, invited)
    return [each.seconds_until(found[each.event_id]) for each in invited]
