"""How long it takes to find what could be booked instead, on a large ledger with ten rules in force.

The requests are for hours that are taken, in spaces all over the ledger, on each of the days to come, for few and for
many people and for one hour or several, so that some find hundreds of free spaces and others none. Timed is nothing but
the look-up: of the next time at which the space can be booked, and of up to three spaces that are free at the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.values import Window
from services.policy.commands.alternatives import find_alternatives
from services.policy.core.alternatives import MOST_SPACES, Alternatives
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import Explanation
from services.policy.core.ledger import Slice
from services.policy.core.request import Request
from services.policy.core.verdict import Refuse
from services.policy.store import slices
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Say
from tests.bench.large.ledgers import SPACES, OwnLedger
from tests.bench.samples import percentile
from tests.bench.ten_rules import TEN_THAT_COUNT
from tests.support.large_ledger import BOOKED_HOURS, DAYS_AHEAD, DOMAIN, PEOPLE, LargeLedger

CALLS, WARM_UP = 300, 20
COUNTED_EVERY = 10
"""To count all free spaces takes a second or so."""

BELOW_MS = 50
FIRST_DAY = 1
MOST_HOURS = 4
MOST_PEOPLE = 36
STEP = 617
"""From one request's space to the next one's: far, and all over the ledger before it comes round."""

_IS_TAKEN = """
    SELECT EXISTS (
        SELECT FROM reservations r JOIN spaces s ON s.id = r.space_id
        WHERE r.space_id = $1 AND r.status = 'confirmed'
            AND r.starts_at < $3::timestamptz + make_interval(mins => s.cleanup_minutes)
            AND r.ends_at > $2::timestamptz - make_interval(mins => s.cleanup_minutes)
    )
"""
"""Whether a booking of a space is too close to a window: by the reservations, not by what they occupy."""

_FREE_AND_LARGE_ENOUGH = """
    SELECT count(*) FROM spaces s WHERE s.id <> $1 AND s.capacity >= $2 AND NOT EXISTS (
        SELECT FROM reservations r WHERE r.space_id = s.id AND r.status = 'confirmed'
            AND r.starts_at < $4::timestamptz + make_interval(mins => s.cleanup_minutes)
            AND r.ends_at > $3::timestamptz - make_interval(mins => s.cleanup_minutes)
    )
"""


@dataclass(frozen=True, slots=True)
class _Refused:
    """A request that is refused, with why, and the slice of the ledger by which it was judged."""

    ledger: Slice
    wish: Request
    reasons: Sequence[Explanation]


async def measure(own: OwnLedger, say: Say) -> Line:
    """Look up so many alternatives. Raises Incorrect if one cannot be booked, or if free spaces were not found."""
    say(f"{CALLS} refused requests, for which there may be alternatives.")
    milliseconds, spaces, times = [], 0, 0
    async with own.pool.acquire() as conn:
        for number in range(WARM_UP + CALLS):
            refused = await _refuse(conn, own, number)
            began = perf_counter()
            found = await find_alternatives(conn, refused.ledger, refused.wish, refused.reasons)
            took = (perf_counter() - began) * 1000
            if number >= WARM_UP:
                milliseconds.append(took)
            await _check(conn, refused, found)
            if number % COUNTED_EVERY == 0:
                await _check_count(conn, refused, found)
            spaces, times = spaces + len(found.spaces), times + (found.next_free is not None)
    calls = WARM_UP + CALLS
    return Line(
        "large",
        f"alternatives to a refused request among {SPACES:,} spaces, median",
        percentile(milliseconds, 50),
        "ms",
        Target("below", BELOW_MS),
        note=f"{CALLS} requests, p95 {percentile(milliseconds, 95):.1f} ms, at most {max(milliseconds):.1f} ms; "
        f"{len(TEN_THAT_COUNT)} rules in force; {times} of {calls} got another time, "
        f"and each {spaces / calls:.1f} spaces",
    )


async def _refuse(conn: Connection, own: OwnLedger, number: int) -> _Refused:
    """Judge a request for hours of which one is taken at least."""
    space_id, window, people = wished(own.spaces, number)
    organizer = f"person{number * STEP % PEOPLE}@{DOMAIN}"
    slice_ = await slices.of_reservation(conn, space_id, uuid4(), window, organizer)
    wish = Request(window, people, organizer)
    verdict = evaluate(wish, slice_)
    if not isinstance(verdict, Refuse):
        raise Incorrect(f"A taken hour was granted: {window}.")
    return _Refused(slice_, wish, verdict.reasons)


def wished(spaces: LargeLedger, number: int) -> tuple[UUID, Window, int]:
    """Return the space, the window and the number of people of a request."""
    space, day = number * STEP % SPACES, FIRST_DAY + number % (DAYS_AHEAD - FIRST_DAY)
    taken = spaces.window(space, day, number % BOOKED_HOURS)
    longer, latest = timedelta(hours=number % MOST_HOURS), spaces.last_start(day)
    start = min(taken.start, latest - longer)
    window = Window(start=start, end=start + longer + (taken.end - taken.start))
    return spaces.space_ids[space], window, 1 + number % MOST_PEOPLE


async def _check(conn: Connection, refused: _Refused, found: Alternatives) -> None:
    """Raise Incorrect if an alternative is taken or too small."""
    wish, space_id = refused.wish, refused.ledger.space.id
    window = wish.window
    if found.next_free is not None:
        later = found.next_free
        is_as_long = later.end - later.start == window.end - window.start
        if later.start < window.start or not is_as_long or await _is_taken(conn, space_id, later):
            raise Incorrect(f"{later} is no alternative to {window}.")
    for each in found.spaces:
        if each.capacity < wish.people or await _is_taken(conn, each.space_id, window):
            raise Incorrect(f"{each.name} is not free for {wish.people} people at {window}.")


async def _check_count(conn: Connection, refused: _Refused, found: Alternatives) -> None:
    """Raise Incorrect if there are free spaces that were not found."""
    wish = refused.wish
    window = wish.window
    free = await conn.fetchval(_FREE_AND_LARGE_ENOUGH, refused.ledger.space.id, wish.people, window.start, window.end)
    if len(found.spaces) != min(free, MOST_SPACES):
        raise Incorrect(f"{len(found.spaces)} of {free} free spaces were found at {window}.")


async def _is_taken(conn: Connection, space_id: UUID, window: Window) -> bool:
    is_taken: bool = await conn.fetchval(_IS_TAKEN, space_id, window.start, window.end)
    return is_taken
