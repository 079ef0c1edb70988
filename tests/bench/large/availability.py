"""How long the API takes to show when the 500 spaces of a building are free in a week, on a large ledger.

The API is served in this process, on the large ledger, and asked over HTTP for one building after the other; timed is
from the sending of a request to the last byte of its answer. Before, every answer is compared with the reservations.
"""

from datetime import datetime, timedelta
from time import perf_counter
from uuid import UUID

import aiohttp
import orjson

from libs.common.codec import Codec
from services.policy.api.settings import ApiSettings
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Say
from tests.bench.large.ledgers import RESERVATIONS, SPACES, OwnLedger
from tests.bench.samples import percentile
from tests.bench.served import open_api
from tests.support.large_ledger import BUILDINGS

REQUESTS = 60
SPACES_ASKED_FOR = SPACES // BUILDINGS
A_WEEK = timedelta(days=7)
BELOW_MS = 200
STARTS_WITHIN_S = 10.0

Stretch = tuple[datetime, datetime]

_BOOKED = """
    SELECT s.id, range_agg(tstzrange(
        r.starts_at - make_interval(mins => s.setup_minutes), r.ends_at + make_interval(mins => s.cleanup_minutes)
    )) * tstzmultirange(tstzrange($2, $3)) AS booked
    FROM spaces s JOIN reservations r ON r.space_id = s.id
    WHERE s.building = $1 AND r.status = 'confirmed' AND r.ends_at > $2::timestamptz - interval '1 day'
        AND r.starts_at < $3::timestamptz + interval '1 day'
    GROUP BY s.id
"""
"""When the spaces of a building are booked, by their reservations and buffers: not by what is occupied."""


async def measure(own: OwnLedger, codec: Codec, settings: ApiSettings, token: str, say: Say) -> Line:
    """Ask for each building in turn. Raises Incorrect if an answer lacks a space or a reservation."""
    say(f"The availability of {SPACES_ASKED_FOR} spaces for a week, {REQUESTS} times.")
    async with open_api(own.pool, codec, settings) as url, aiohttp.ClientSession(url) as session:

        async def ask(number: int) -> bytes:
            start = own.spaces.today
            query = {"from": start.isoformat(), "to": (start + A_WEEK).isoformat(), "building": building_of(number)}
            headers = {"Authorization": f"Bearer {token}"}
            async with session.get("/v1/availability", params=query, headers=headers) as answer:
                content = await answer.read()
                if answer.status != 200:
                    raise Incorrect(f"Availability was answered {answer.status}: {content[:500].decode()}")
                return content

        for number in range(2 * BUILDINGS):
            await _check(own, building_of(number), await ask(number))
        milliseconds, size = [], 0
        for number in range(REQUESTS):
            began = perf_counter()
            size = len(await ask(number))
            milliseconds.append((perf_counter() - began) * 1000)
    return Line(
        "large",
        f"availability of {SPACES_ASKED_FOR} spaces for a week, by the API, median",
        percentile(milliseconds, 50),
        "ms",
        Target("below", BELOW_MS),
        note=f"{REQUESTS} requests, p95 {percentile(milliseconds, 95):.0f} ms; of {SPACES:,} spaces and "
        f"{RESERVATIONS:,} reservations; {size / 1e6:.1f} MB",
    )


def building_of(number: int) -> str:
    """Return the building that a request asks for."""
    return f"Building {number % BUILDINGS}"


async def _check(own: OwnLedger, building: str, answer: bytes) -> None:
    """Raise Incorrect if an answer says anything else of when the spaces of a building are busy than is booked."""
    start = own.spaces.today
    rows = await own.pool.fetch(_BOOKED, building, start, start + A_WEEK)
    booked = {row["id"]: [(each.lower, each.upper) for each in row["booked"]] for row in rows}
    shown = {
        UUID(each["space_id"]): [_stretch(*busy) for busy in each["busy"]] for each in orjson.loads(answer)["items"]
    }
    if len(shown) != SPACES_ASKED_FOR or shown != booked:
        wrong = sum(shown.get(space_id) != stretches for space_id, stretches in booked.items())
        raise Incorrect(f"Availability shows {len(shown)} of {SPACES_ASKED_FOR} spaces, and {wrong} not as booked.")


def _stretch(start: str, end: str) -> Stretch:
    return datetime.fromisoformat(start), datetime.fromisoformat(end)
