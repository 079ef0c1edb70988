"""Quotas span spaces: they hold however many ask at once, and nobody waits for another in a circle."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.driver.eventually import eventually
from libs.common.db import Connection, Pool, open_pool
from libs.contracts.intents import MoveBack
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import IntentProblem, MeetingObserved, Settlement
from libs.contracts.values import Observation, Person, Window
from services.policy.commands.group_changes import Expected, change_dates
from services.policy.commands.groups import GroupReserved, create_group
from services.policy.commands.reservations import (
    ReservationChange,
    ReservationRefused,
    ReservationRequest,
    Reserved,
    change_reservation,
    create_reservation,
)
from services.policy.core.explanations import BrokenRule
from services.policy.core.groups.planned_change import GroupChange
from services.policy.core.groups.request import GroupRequest, WantedRecurrence
from services.policy.core.policies.policy import Attachment
from services.policy.handlers.observations import ObservationHandlers
from services.policy.store.constraints import ChangedBeforeLocked
from tests.integration.policy.acting import CATERING
from tests.integration.policy.answering import accepted, answer_to
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import set_rule

CONTENDERS = 50
ROOMS = 10
_numbers = count(1)


@pytest.fixture(scope="module")
async def many(database: str, ledger: Ledger) -> AsyncIterator[Pool]:
    """Connections of their own for contenders."""
    pool = await open_pool(database, schema="policy", max_size=25)
    yield pool
    await pool.close()


async def grouped(ledger: Ledger, rules: list[dict[str, Any]], rooms: list[Room]) -> None:
    """Put rooms into a group of their own, and attach rules to it."""
    group_id, now = uuid4(), datetime.now(UTC)
    async with ledger.pool.acquire() as conn, conn.transaction():
        await conn.execute("INSERT INTO space_groups VALUES ($1, $2, 1, $3)", group_id, str(group_id), now)
        for room in rooms:
            await conn.execute("INSERT INTO space_group_members VALUES ($1, $2)", room.id, group_id)
        for rule in rules:
            await set_rule(conn, rule, Attachment(scope="group", id=group_id))


def request(room: Room, at: Window, organizer: str) -> ReservationRequest:
    return ReservationRequest(
        space_id=room.id, start=at.start, end=at.end, title="Planning", organizer_address=organizer, attendee_count=1
    )


async def ask(pool: Pool, room: Room, at: Window, organizer: str) -> Reserved | ReservationRefused:
    async with pool.acquire() as conn, conn.transaction():
        return await create_reservation(conn, request(room, at, organizer), PATIENCE, by=CATERING)


async def invite(pool: Pool, room: Room, at: Window, organizer: str) -> None:
    seen = meeting(at, organizer=Person(address=organizer, name="Ada"))
    observation = Observation(
        space_id=room.id,
        room_mailbox=room.mailbox,
        ical_uid=seen.ical_uid,
        observed_at=datetime.now(UTC),
        meeting=seen,
    )
    async with pool.acquire() as conn, conn.transaction():
        await ObservationHandlers(PATIENCE).on_meeting_observed(
            conn, MeetingObserved(space_id=room.id, observation=observation)
        )


def fresh() -> str:
    return f"organizer-{next(_numbers)}@example.org"


async def live_of(conn: Connection | Pool, organizer: str) -> int:
    counted: int = await conn.fetchval(
        "SELECT count(*) FROM reservations WHERE organizer_address = $1 AND status = 'confirmed'", organizer
    )
    return counted


async def test_of_fifty_requests_at_once_in_different_rooms_as_many_are_granted_as_the_quota_allows(
    ledger: Ledger, many: Pool
) -> None:
    rooms = [await ledger.room() for _ in range(ROOMS)]
    await grouped(ledger, [{"kind": "quota", "limit": 5, "measure": "bookings", "per": "week"}], rooms)
    ada = fresh()

    by_api = [ask(many, rooms[number % ROOMS], window(number // ROOMS), ada) for number in range(CONTENDERS // 2)]
    by_invitation = [
        invite(many, rooms[number % ROOMS], window(12 + number // ROOMS), ada) for number in range(CONTENDERS // 2)
    ]
    results = await asyncio.gather(*by_api, *by_invitation)

    assert await live_of(ledger.pool, ada) == 5
    refused = [each for each in results if isinstance(each, ReservationRefused)]
    assert {reason.rule for each in refused for reason in each.reasons} == {"quota"}
    assert {(reason.limit, reason.actual) for each in refused for reason in each.reasons} == {("5", "6")}


async def test_one_organizer_gets_no_more_rooms_at_a_time_than_allowed_whoever_asks_at_once(
    ledger: Ledger, many: Pool
) -> None:
    rooms = [await ledger.room() for _ in range(ROOMS)]
    await grouped(ledger, [{"kind": "concurrency", "spaces": 2}], rooms)
    ada, ben = fresh(), fresh()

    await asyncio.gather(*(ask(many, room, window(9), ada) for room in rooms), ask(many, rooms[0], window(11), ben))

    assert (await live_of(ledger.pool, ada), await live_of(ledger.pool, ben)) == (2, 1)


async def test_a_quota_counts_the_rooms_it_is_attached_to_and_no_others(ledger: Ledger, many: Pool) -> None:
    inside, outside = await ledger.room(), await ledger.room()
    await grouped(ledger, [{"kind": "quota", "limit": 60, "measure": "minutes", "per": "day"}], [inside])
    ada = fresh()

    elsewhere = await ask(many, outside, window(8), ada)
    first, second = await ask(many, inside, window(9), ada), await ask(many, inside, window(10), ada)

    assert [type(each) for each in (elsewhere, first, second)] == [Reserved, Reserved, ReservationRefused]


async def test_bookings_moves_and_combined_spaces_never_wait_for_each_other_in_a_circle(
    ledger: Ledger, many: Pool
) -> None:
    parts = [await ledger.room() for _ in range(3)]
    whole = await ledger.room(parts=parts)
    spaces = [*parts, whole]
    await grouped(
        ledger,
        [
            {"kind": "quota", "limit": 1000, "measure": "bookings", "per": "future"},
            {"kind": "concurrency", "spaces": 1000},
        ],
        spaces,
    )
    organizers = [fresh() for _ in range(3)]
    stands = [await ask(many, each, window(hour), organizers[hour % 3]) for hour, each in enumerate(spaces)]
    ids = [each.reservation.id for each in stands if isinstance(each, Reserved)]

    async def move(number: int) -> None:
        at = window(number % 20, day=2)
        change = ReservationChange(start=at.start, end=at.end)
        async with many.acquire() as conn, conn.transaction():
            await change_reservation(
                conn, ids[number % len(ids)], change, expected_version=None, patience=PATIENCE, by=CATERING
            )

    works = [
        work
        for number in range(CONTENDERS)
        for work in (
            ask(many, spaces[number % 4], window(number % 20, day=1), organizers[number % 3]),
            invite(many, spaces[(number + 1) % 4], window(number % 20, day=1), organizers[(number + 1) % 3]),
            move(number),
        )
    ]
    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(*works, return_exceptions=True)

    assert [each for each in outcomes if isinstance(each, BaseException)] == []


async def test_a_refusal_by_a_quota_is_stored_with_the_version_of_the_policy(ledger: Ledger, many: Pool) -> None:
    room = await ledger.room()
    await grouped(ledger, [{"kind": "quota", "limit": 0, "measure": "bookings", "per": "day"}], [room])

    await ask(many, room, window(9), fresh())

    [row] = await ledger.audit(room)
    policies = {each["kind"]: each for each in row["policies"]}
    assert (policies["quota"]["version"], policies["quota"]["breach"]["actual"]) == (1, 1)
    assert policies["capacity"]["breach"] is None
    assert [BrokenRule.model_validate(each).policy_id for each in row["reasons"]] == [
        UUID(policies["quota"]["policy_id"])
    ]


async def test_an_edit_that_a_quota_refuses_stays_refused_when_it_has_to_be_answered_another_way(
    ledger: Ledger, many: Pool
) -> None:
    room = await ledger.room(connection_id=await ledger.connection(edits_organizer_events=True))
    other = await ledger.room()
    await grouped(ledger, [{"kind": "quota", "limit": 120, "measure": "minutes", "per": "day"}], [room, other])
    await ask(many, other, window(6), "ada@example.org")
    shown, _ = await accepted(ledger, room, 9)
    key = MeetingKey(room.id, shown.ical_uid)
    await ledger.observe(room, again(shown, end=window(9, 11).end, answer="notResponded"))
    assert isinstance(await ledger.wanted(key), MoveBack)

    problem = IntentProblem.ORGANIZER_UNREACHABLE
    await ledger.settle(key, Settlement.GIVEN_UP, has_written=False, problem=problem)

    assert (await answer_to(ledger, room, shown)).answer == "tentativelyAccepted"
    assert await ledger.windows(room) == [window(9)]


async def test_a_change_that_waited_while_the_organizer_changed_is_done_again_under_the_right_lock(
    ledger: Ledger, many: Pool
) -> None:
    room = await ledger.room()
    await grouped(ledger, [{"kind": "quota", "limit": 600, "measure": "minutes", "per": "day"}], [room])
    ada, ben = fresh(), fresh()
    made = await ask(many, room, window(9), ada)
    assert isinstance(made, Reserved)
    handing_over = ReservationChange(changes_organizer=True, organizer_address=ben)
    longer = ReservationChange(end=window(9, 11).end)

    async def change(conn: Connection, wanted: ReservationChange) -> Reserved | ReservationRefused:
        return await change_reservation(
            conn, made.reservation.id, wanted, expected_version=None, patience=PATIENCE, by=CATERING
        )

    async def extend() -> None:
        async with many.acquire() as conn, conn.transaction():
            await change(conn, longer)

    async with many.acquire() as first, first.transaction():
        await change(first, handing_over)
        waiting = asyncio.create_task(extend())
        await eventually(lambda: _waits_for_a_lock(ledger.pool))

    with pytest.raises(ChangedBeforeLocked):
        await waiting
    await extend()
    assert (await live_of(ledger.pool, ben), await ledger.windows(room)) == (1, [window(9, 11)])


async def test_a_change_of_a_group_that_waited_while_its_organizer_changed_is_done_again_under_the_right_lock(
    ledger: Ledger, many: Pool
) -> None:
    room = await ledger.room()
    await grouped(ledger, [{"kind": "quota", "limit": 600, "measure": "minutes", "per": "day"}], [room])
    at, ada, ben = window(9), fresh(), fresh()
    wanted = GroupRequest(
        room.id, at.start, at.end, "Board", WantedRecurrence(rrule="FREQ=DAILY;COUNT=2"), organizer_address=ada
    )
    async with many.acquire() as conn, conn.transaction():
        made = await create_group(conn, wanted, PATIENCE, by=CATERING)
    assert isinstance(made, GroupReserved)

    async def change(conn: Connection, of_dates: ReservationChange) -> object:
        of_group = GroupChange(of_dates)
        return await change_dates(
            conn, made.group.id, change=of_group, expected=Expected(), patience=PATIENCE, by=CATERING
        )

    async def extend() -> None:
        async with many.acquire() as conn, conn.transaction():
            await change(conn, ReservationChange(end=window(9, 11).end))

    async with many.acquire() as first, first.transaction():
        await change(first, ReservationChange(changes_organizer=True, organizer_address=ben))
        waiting = asyncio.create_task(extend())
        await eventually(lambda: _waits_for_a_lock(ledger.pool))

    with pytest.raises(ChangedBeforeLocked):
        await waiting
    await extend()
    assert await live_of(ledger.pool, ben) == 2
    assert (await ledger.windows(room))[0] == window(9, 11)


async def _waits_for_a_lock(pool: Pool) -> None:
    assert await pool.fetchval(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
        "WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
    )
