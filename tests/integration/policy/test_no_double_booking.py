"""Whatever meetings and administrators do in a hall and its halves, a few at a time: no part is ever taken twice.

And what somebody puts on a room's own calendar then takes all of its time, by itself or beside others.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.common.db import Connection
from libs.contracts.messages import MeetingObserved
from libs.contracts.values import Meeting, Window
from services.policy.commands.reservations import (
    CancellationRequest,
    ReservationChange,
    ReservationRequest,
    cancel_reservation,
    change_reservation,
    create_reservation,
)
from services.policy.handlers.observations import ObservationHandlers
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window
from tests.integration.policy.patience import PATIENCE

AT_ONCE = 3
WINDOWS = [window(hour, hour + length) for hour in (9, 9.5, 10, 11) for length in (0.5, 1, 2)]

Step = tuple[str, int, Window]
STEPS = st.tuples(
    st.sampled_from(["invite", "invite", "put", "withdraw", "reserve", "change", "cancel"]),
    st.integers(0, 5),
    st.sampled_from(WINDOWS),
)

_TAKEN_TWICE = """
    WITH taken AS (
        SELECT r.id, p.part_id, tstzrange(
            r.starts_at - make_interval(mins => s.setup_minutes), r.ends_at + make_interval(mins => s.cleanup_minutes)
        ) AS during
        FROM reservations r JOIN spaces s ON s.id = r.space_id JOIN space_parts p ON p.space_id = s.id
        WHERE r.status IN ('pending', 'confirmed') AND NOT r.yields AND r.space_id = ANY($1)
        UNION ALL
        SELECT r.id, o.part_id, stretch
        FROM reservations r JOIN occupancies o ON o.reservation_id = r.id, unnest(o.during) AS stretch
        WHERE r.yields AND r.space_id = ANY($1)
    )
    SELECT count(*) FROM taken one JOIN taken two USING (part_id) WHERE one.id < two.id AND one.during && two.during
"""

_UNBLOCKED = """
    SELECT count(*) FROM space_parts p WHERE p.space_id = $1 AND NOT tstzmultirange(tstzrange($2, $3)) <@ (
        SELECT coalesce(range_agg(o.during), '{}') FROM occupancies o WHERE o.part_id = p.part_id
    )
"""
"""In how many parts of the space $1 some of the time from $2 to $3 is taken by nobody."""

_WITHOUT_OCCUPANCY = """
    SELECT count(*) FROM reservations r
    WHERE r.space_id = ANY($1) AND (r.status IN ('pending', 'confirmed'))
        <> EXISTS (SELECT FROM occupancies o WHERE o.reservation_id = r.id)
"""


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEPS, min_size=6, max_size=18))
async def test_no_part_is_ever_taken_twice(ledger: Ledger, steps: Sequence[Step]) -> None:
    left, right = await ledger.room(cleanup_minutes=15), await ledger.room()
    rooms = [left, right, await ledger.room(parts=[left, right])]
    meetings = [meeting(WINDOWS[0]) for _ in range(6)]
    reservations: list[UUID] = []

    for first in range(0, len(steps), AT_ONCE):
        now = steps[first : first + AT_ONCE]
        await asyncio.gather(*(_take(ledger, rooms, meetings, reservations, step) for step in now))
        reservations = [row["id"] for room in rooms for row in await ledger.reservations(room)]

        ids = [room.id for room in rooms]
        assert await ledger.pool.fetchval(_TAKEN_TWICE, ids) == 0
        assert await ledger.pool.fetchval(_WITHOUT_OCCUPANCY, ids) == 0
    for number, at in enumerate(WINDOWS):
        room = rooms[number % len(rooms)]
        # A new one, because an administrator may have taken out what was put there before.
        await _take(ledger, rooms, [meeting(at) for _ in meetings], [], ("put", number % len(meetings), at))
        assert await ledger.pool.fetchval(_UNBLOCKED, room.id, at.start, at.end) == 0


async def _take(
    ledger: Ledger, rooms: list[Room], meetings: list[Meeting], reservations: list[UUID], step: Step
) -> None:
    kind, number, at = step
    room = rooms[number % len(rooms)]
    async with ledger.pool.acquire() as conn, conn.transaction():
        if kind in {"invite", "put", "withdraw"}:
            by_the_room = {"is_room_owned": True, "answer": "organizer"} if kind == "put" else {}
            seen = again(meetings[number], start=at.start, end=at.end, **by_the_room)
            observation = await ledger.observation(room, None if kind == "withdraw" else seen, seen.ical_uid)
            message = MeetingObserved(space_id=room.id, observation=observation)
            await ObservationHandlers(PATIENCE).on_meeting_observed(conn, message)
        elif kind == "reserve":
            request = ReservationRequest(space_id=room.id, start=at.start, end=at.end, title="Board")
            await create_reservation(conn, request, PATIENCE, by=ADMINISTRATOR)
        elif reservations:
            await _command(conn, kind, reservations[number % len(reservations)], at)


async def _command(conn: Connection, kind: str, reservation_id: UUID, at: Window) -> None:
    if kind == "change":
        asked = ReservationChange(start=at.start, end=at.end)
        await change_reservation(
            conn, reservation_id, asked, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        )
    else:
        await cancel_reservation(
            conn,
            reservation_id,
            wanted=CancellationRequest(),
            expected_version=None,
            patience=PATIENCE,
            by=ADMINISTRATOR,
        )
