"""How long a series takes to be decided and committed, and how long a second one of which each date conflicts.

Policy's own code decides, in a database of its own. Each turn has a room of its own; the dates are a day apart.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

from deploy.local.own import own_database
from libs.common.db import Pool, open_pool
from libs.common.migrate import migrate
from libs.contracts.messages import MeetingObserved
from libs.contracts.values import Answer, Meeting, Observation, Occurrence, Person, SeriesListing
from services.policy.commands.apply import Patience
from services.policy.handlers.observations import ObservationHandlers
from services.schemas import SCHEMAS
from tests.bench.figures import Incorrect, Line, Target
from tests.bench.ground import Ground
from tests.bench.mapped_room import map_room

TURNS = 7
LIMITS_MS = {150: 100, 999: 700}
_PATIENCE = Patience(intents=timedelta(minutes=1))
_LOOK = "SELECT pending_look ->> 'look_id' FROM meetings WHERE space_id = $1 AND ical_uid = $2"
_REFUSED = "SELECT count(*) FROM reservations WHERE space_id = $1 AND ical_uid = $2 AND status = 'declined'"
_BOOKED = "SELECT count(*) FROM reservations WHERE space_id = $1 AND status = 'confirmed'"


async def measure(ground: Ground) -> list[Line]:
    """Measure both lengths. Raises Incorrect if a date is missing, or if the second series gets one."""
    lines: list[Line] = []
    async with _ledger(ground.stack.servers.postgres_url) as pool:
        for dates, limit in LIMITS_MS.items():
            ground.say(f"Series of {dates} dates, {TURNS + 1} of them.")
            turns = [await _decide_two(pool, dates) for _ in range(TURNS + 1)][1:]
            first, second = (median(each[which] for each in turns) for which in (0, 1))
            note = f"median of {TURNS}; a second one, all of whose dates conflict, {second:.0f} ms"
            what = f"a series of {dates} dates, decided and committed"
            lines.append(Line("series", what, first, "ms", Target("below", limit), note=note))
            what = f"a conflicting series of {dates} dates, beside the first"
            lines.append(Line("series", what, second / first, "times", Target("below", 1)))
    return lines


async def _decide_two(pool: Pool, dates: int) -> tuple[float, float]:
    """Have a series booked, and another one for the same times refused; return how many ms each took."""
    async with pool.acquire() as conn, conn.transaction():
        space_id, mailbox = await map_room(conn)
    now: datetime = await pool.fetchval("SELECT clock_timestamp()")
    first, second = (ObservedSeries(space_id, mailbox, _series(dates, now)) for _ in range(2))
    booked_in = await first.decide(pool)
    await second.decide(pool)  # which asks for a look at what is in its way
    look_id = UUID(await pool.fetchval(_LOOK, space_id, second.meeting.ical_uid))
    refused_in = await second.decide(pool, look_id)
    booked = await pool.fetchval(_BOOKED, space_id)
    refused = await pool.fetchval(_REFUSED, space_id, second.meeting.ical_uid)
    if (booked, refused) != (dates, 1):
        raise Incorrect(f"Of two series of {dates} dates for the same times, {booked} dates are booked.")
    return booked_in, refused_in


@dataclass(frozen=True, slots=True)
class ObservedSeries:
    """A series on a room's calendar."""

    space_id: UUID
    mailbox: str
    meeting: Meeting

    async def decide(self, pool: Pool, look_id: UUID | None = None) -> float:
        """Have it decided about as it is, perhaps in answer to a look; return how many ms that took."""
        observation = Observation(
            space_id=self.space_id,
            room_mailbox=self.mailbox,
            ical_uid=self.meeting.ical_uid,
            observed_at=await pool.fetchval("SELECT clock_timestamp()"),
            meeting=self.meeting,
        )
        message = MeetingObserved(space_id=self.space_id, observation=observation, look_id=look_id)
        began = perf_counter()
        async with pool.acquire() as conn, conn.transaction():
            await ObservationHandlers(_PATIENCE).on_meeting_observed(conn, message)
        return (perf_counter() - began) * 1000


def _series(dates: int, now: datetime) -> Meeting:
    """Make an invitation to a daily series from tomorrow on."""
    uid, start = uuid4().hex, now.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    listing = SeriesListing(
        recurrence={
            "pattern": {"type": "daily", "interval": 1},
            "range": {"type": "numbered", "numberOfOccurrences": dates},
        },
        time_zone="UTC",
        occurrences=tuple(
            Occurrence(
                original_date=(start + timedelta(days=number)).date(),
                event_id=f"AAMkBench{uid}{number}",
                start=start + timedelta(days=number),
                end=start + timedelta(days=number, hours=1),
                answer=Answer.NOT_RESPONDED,
                subject="Daily",
            )
            for number in range(dates)
        ),
    )
    return Meeting(
        event_id=f"AAMkBench{uid}",
        ical_uid=uid,
        start=start,
        end=start + timedelta(hours=1),
        subject="Daily",
        is_series=True,
        organizer=Person(address="organizer@contoso.example", name="Organizer"),
        answer=Answer.NOT_RESPONDED,
        series=listing,
    )


@asynccontextmanager
async def _ledger(postgres_url: str) -> AsyncIterator[Pool]:
    async with own_database(postgres_url) as url:
        await migrate(url, SCHEMAS)
        pool = await open_pool(url, schema="policy", max_size=1)
        try:
            yield pool
        finally:
            await pool.close()
