"""What the database refuses comes out in the ledger's words, at the statement or at the commit."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from libs.common.db import Connection
from libs.contracts.values import Window
from services.policy.store import connections
from services.policy.store.constraints import (
    BY_CONSTRAINT,
    ConnectionNameNotUnique,
    DoubleBooking,
    MailboxNotUnique,
    OneLiveReservationPerMeeting,
    Violation,
    transaction,
)
from tests.integration.policy.ledger import Ledger, Room, window

Work = Callable[[Connection], Awaitable[object]]


async def refused(ledger: Ledger, work: Work) -> Violation:
    with pytest.raises(Violation) as found:
        await within(ledger, work)
    return found.value


async def within(ledger: Ledger, work: Work) -> None:
    async with ledger.pool.acquire() as conn, transaction(conn):
        await work(conn)


async def both(ledger: Ledger, room: Room) -> tuple[Window, Window]:
    at = (window(9), window(10))
    for each in at:
        await ledger.occupy(room, each)
    return at


async def test_a_double_booking_is_one_although_only_the_commit_notices(ledger: Ledger) -> None:
    room = await ledger.room()
    _, second = await both(ledger, room)

    async def overlap(conn: Connection) -> object:
        return await conn.execute(
            "UPDATE occupancies SET during = tstzmultirange(tstzrange($2, $3)) "
            "WHERE part_id = $1 AND lower(during) = $4",
            room.id,
            window(9.5).start,
            window(9.5).end,
            second.start,
        )

    error = await refused(ledger, overlap)

    assert isinstance(error, DoubleBooking)
    assert "no_double_booking" in str(error)
    assert await ledger.windows(room) == [window(9), window(10)]


async def test_a_meeting_with_two_live_reservations_is_named(ledger: Ledger) -> None:
    room = await ledger.room()
    await both(ledger, room)

    async def join(conn: Connection) -> object:
        return await conn.execute("UPDATE reservations SET ical_uid = 'same' WHERE space_id = $1", room.id)

    assert isinstance(await refused(ledger, join), OneLiveReservationPerMeeting)


async def test_a_mailbox_that_is_taken_is_named(ledger: Ledger) -> None:
    first, second = await ledger.room(), await ledger.room()

    async def take(conn: Connection) -> object:
        return await conn.execute("UPDATE spaces SET room_mailbox = $2 WHERE id = $1", second.id, first.mailbox)

    assert isinstance(await refused(ledger, take), MailboxNotUnique)


async def test_a_connection_name_that_is_taken_is_named(ledger: Ledger) -> None:
    there = await connections.read(ledger.admin, await ledger.connection())
    assert there is not None
    twin = replace(there, id=uuid4())

    assert isinstance(await refused(ledger, lambda conn: connections.add(conn, twin)), ConnectionNameNotUnique)


async def test_what_no_word_of_ours_stands_for_is_left_as_it_is(ledger: Ledger) -> None:
    room = await ledger.room()

    async def shrink(conn: Connection) -> object:
        return await conn.execute("UPDATE spaces SET capacity = 0 WHERE id = $1", room.id)

    with pytest.raises(asyncpg.CheckViolationError):
        await within(ledger, shrink)


async def test_every_constraint_with_a_word_of_ours_exists(ledger: Ledger) -> None:
    found = await ledger.pool.fetch(
        "SELECT relname AS name FROM pg_class WHERE relname = ANY($1) AND relnamespace = 'policy'::regnamespace "
        "UNION SELECT conname FROM pg_constraint WHERE conname = ANY($1) AND connamespace = 'policy'::regnamespace",
        list(BY_CONSTRAINT),
    )

    assert {row["name"] for row in found} == set(BY_CONSTRAINT)
