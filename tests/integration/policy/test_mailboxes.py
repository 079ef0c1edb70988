"""Room mailboxes that are left and newly mapped: what stands in the old one, what is made in the new one, and when."""

import asyncio
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from deploy.driver.eventually import eventually
from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.db import Connection
from libs.common.topology import Lane
from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.messages import IntentIssued, IntentProblem, IntentSettled, MeetingObserved, Settlement
from services.policy.commands.connections import ConnectionChange, change_connection
from services.policy.commands.mailboxes import AT_ONCE, fill_mailbox
from services.policy.commands.reservations import (
    ReservationChange,
    ReservationRequest,
    Reserved,
    change_reservation,
    create_reservation,
)
from services.policy.commands.spaces import SavedSpace, SpaceChange, change_space
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.importing import see_to_mailboxes
from tests.integration.policy.ledger import Ledger, Room, again, meeting, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.series import booked, moved

Intents = list[tuple[type, str, UUID]]


async def reserve(ledger: Ledger, room: Room, hour: float, day: int = 0) -> UUID:
    asked = ReservationRequest(room.id, window(hour, day=day).start, window(hour, day=day).end, "Board")

    async def as_the_api(conn: Connection) -> UUID:
        result = await create_reservation(conn, asked, PATIENCE, by=ADMINISTRATOR)
        assert isinstance(result, Reserved)
        owed = [(message, Lane.LIVE) for message in result.messages]
        await outbox.add(conn, ledger.codec, owed, correlation_id="test", now=utc_now())
        return result.reservation.id

    return await granted(ledger, as_the_api)


async def map_to(ledger: Ledger, room: Room, mailbox: str | None) -> SavedSpace:
    asked = SpaceChange(room.id, mapping={"room_mailbox": None})
    if mailbox is not None:
        asked = SpaceChange(room.id, mapping={"room_mailbox": mailbox, "connection": str(ledger.connection_id)})
    return await granted(ledger, lambda conn: change_space(conn, asked, utc_now()))


async def work(ledger: Ledger) -> None:
    """Do what policy does in the background."""
    await see_to_mailboxes(ledger.pool, ledger.codec, PATIENCE)


async def issued(ledger: Ledger, room: Room) -> list[IntentIssued]:
    """Read every intent about a space, oldest first."""
    rows = await ledger.pool.fetch("SELECT body FROM outbox WHERE type = $1 ORDER BY id", IntentIssued.type)
    found = [IntentIssued.model_validate_json(row["body"]) for row in rows]
    return [each for each in found if each.space_id == room.id]


async def wanted(ledger: Ledger, room: Room) -> Intents:
    """Tell of every intent about a hold what it wants, in which mailbox, and of which reservation."""
    return [
        (type(each.intent), each.room_mailbox, each.intent.reservation_id)
        for each in await issued(ledger, room)
        if isinstance(each.intent, KeepHold | DropHold)
    ]


def settled(intent: IntentIssued, settlement: Settlement = Settlement.DONE, **more: Any) -> IntentSettled:
    return IntentSettled(
        connection_id=intent.connection_id,
        room_mailbox=intent.room_mailbox,
        key=intent.key,
        generation=intent.generation,
        settlement=settlement,
        has_written=settlement is Settlement.DONE,
        settled_at=utc_now(),
        **more,
    )


async def left(ledger: Ledger, room: Room) -> list[Any]:
    return await ledger.pool.fetch("SELECT * FROM left_holds WHERE space_id = $1 ORDER BY ends_at", room.id)


async def test_unmapping_takes_the_holds_out_of_the_mailbox_that_is_left(ledger: Ledger) -> None:
    room = await ledger.room()
    first, second = await reserve(ledger, room, 9), await reserve(ledger, room, 11)
    await ledger.settle(ReservationKey(room.id, first), event_id="hold-1")

    await map_to(ledger, room, None)
    await work(ledger)

    drops = [each for each in await issued(ledger, room) if isinstance(each.intent, DropHold)]
    assert [(each.connection_id, each.room_mailbox) for each in drops] == [(ledger.connection_id, room.mailbox)] * 2
    assert {(each.intent.reservation_id, each.intent.event_id) for each in drops} == {(first, "hold-1"), (second, None)}  # type: ignore[union-attr]
    assert len(await ledger.reservations(room)) == 2

    await ledger.deliver(*(settled(each) for each in drops))
    await work(ledger)
    assert await left(ledger, room) == []
    assert len(await wanted(ledger, room)) == 4


async def test_another_mailbox_is_filled_while_the_old_one_is_emptied(ledger: Ledger) -> None:
    room = await ledger.room()
    held = await reserve(ledger, room, 9)
    await ledger.settle(ReservationKey(room.id, held), event_id="hold-1", ical_uid=f"hold-of-{room.id}")
    elsewhere = f"new-{room.mailbox}"

    await map_to(ledger, room, elsewhere)
    await work(ledger)

    assert await wanted(ledger, room) == [
        (KeepHold, room.mailbox, held),
        (DropHold, room.mailbox, held),
        (KeepHold, elsewhere, held),
    ]
    _, dropped, kept = await issued(ledger, room)
    assert dropped.key != kept.key == ReservationKey(room.id, held)
    assert kept.generation > 1

    late = settled(dropped, event_id="hold-1", ical_uid=f"hold-of-{room.id}")
    await ledger.deliver(late)
    row = await ledger.pool.fetchrow("SELECT * FROM intents WHERE space_id = $1", room.id)
    assert row is not None
    assert (row["state"], row["event_id"], row["ical_uid"], row["written_generation"]) == ("issued", None, None, None)


async def test_what_the_old_mailbox_says_late_changes_nothing(ledger: Ledger) -> None:
    room = await ledger.room()
    held = await reserve(ledger, room, 9)
    (first,) = await issued(ledger, room)
    await map_to(ledger, room, f"new-{room.mailbox}")
    await work(ledger)

    await ledger.deliver(settled(first, event_id="old-hold", ical_uid="old"))

    row = await ledger.pool.fetchrow("SELECT * FROM intents WHERE key_reservation_id = $1", held)
    assert row is not None
    assert (row["event_id"], row["ical_uid"], row["settled_at"]) == (None, None, None)


async def test_a_mailbox_that_is_mapped_again_at_once_is_not_emptied(ledger: Ledger) -> None:
    room = await ledger.room()
    held = await reserve(ledger, room, 9)

    await map_to(ledger, room, None)
    await map_to(ledger, room, room.mailbox)
    await work(ledger)

    assert await wanted(ledger, room) == [(KeepHold, room.mailbox, held), (KeepHold, room.mailbox, held)]


async def test_holds_that_cannot_be_taken_out_are_told_of_and_asked_for_again(ledger: Ledger) -> None:
    room = await ledger.room()
    await reserve(ledger, room, 9)
    await map_to(ledger, room, None)
    await work(ledger)
    drop = (await issued(ledger, room))[-1]

    problem = IntentProblem.REFUSED_BY_GRAPH
    await ledger.deliver(settled(drop, Settlement.GIVEN_UP, problem=problem, detail="Access is denied."))

    (row,) = await left(ledger, room)
    assert row["problem"] == "Access is denied."
    assert row["ask_at"] > utc_now() + timedelta(hours=5)
    await ledger.pool.execute("UPDATE left_holds SET ask_at = now() WHERE space_id = $1", room.id)
    await work(ledger)
    assert (await issued(ledger, room))[-1] == drop


async def test_another_tenant_is_another_mailbox_of_the_same_address(ledger: Ledger) -> None:
    connection = await ledger.connection(tenant_id="before")
    room = await ledger.room(connection_id=connection)
    seen = meeting(window(14))
    await ledger.observe(room, seen)
    held = await reserve(ledger, room, 9)
    observed_before = await ledger.observation(room, again(seen, answer="accepted"))
    (booked,) = [row["id"] for row in await ledger.reservations(room) if row["ical_uid"] is not None]

    asked = ConnectionChange(connection, {"tenant_id": "after"})
    saved = await granted(ledger, lambda conn: change_connection(conn, asked, utc_now()))
    await work(ledger)

    assert [each.type for each in saved.messages] == ["space.mapped.v1"]
    assert await wanted(ledger, room) == [
        (KeepHold, room.mailbox, held),
        (DropHold, room.mailbox, held),
        (KeepHold, room.mailbox, held),
        (KeepHold, room.mailbox, booked),
    ]
    (drop,) = [each for each in await issued(ledger, room) if isinstance(each.intent, DropHold)]
    tenants = "SELECT tenant_id FROM connections_v1 WHERE connection_id = $1"
    assert await ledger.pool.fetchval(tenants, drop.connection_id) == "before"
    assert await ledger.pool.fetchval(tenants, connection) == "after"

    await ledger.deliver(MeetingObserved(space_id=room.id, observation=observed_before))
    await ledger.observe(room, None, seen.ical_uid)
    assert len(await ledger.reservations(room)) == 2
    assert await ledger.pool.fetchval("SELECT kept_without_invitation FROM reservations WHERE id = $1", booked)


async def test_mapping_a_space_with_many_reservations_answers_at_once_and_fills_in_the_background(
    ledger: Ledger,
) -> None:
    room = await ledger.room(is_mapped=False)
    many = 2_000
    await ledger.admin.execute(
        """
        WITH made AS (
            INSERT INTO reservations (id, space_id, status, starts_at, ends_at, time_zone, title, origin, outcome,
                reasons, created_at, updated_at)
            SELECT gen_random_uuid(), $1, 'confirmed', hour, hour + interval '1 hour', 'UTC', 'Many', 'api', 'accept',
                '[]', now(), now()
            FROM generate_series(1, $3) AS n, LATERAL (SELECT $2::timestamptz + n * interval '1 hour' AS hour) AS at
            RETURNING id, space_id, starts_at, ends_at
        )
        INSERT INTO occupancies (reservation_id, part_id, purpose, during)
        SELECT id, space_id, 'reserved', tstzmultirange(tstzrange(starts_at, ends_at)) FROM made
        """,
        room.id,
        window(0, day=30).start,
        many,
    )
    began = time.monotonic()
    await map_to(ledger, room, room.mailbox)
    took = time.monotonic() - began
    assert took < 1.0
    assert await issued(ledger, room) == []

    async def has_begun() -> None:
        assert await issued(ledger, room)

    filling = asyncio.create_task(work(ledger))
    await eventually(has_begun)
    invited = meeting(window(9))
    began = time.monotonic()
    await ledger.observe(room, invited)
    answered = time.monotonic() - began

    assert not filling.done()
    assert answered < 5.0
    (answer,) = await ledger.issued(MeetingKey(room.id, invited.ical_uid))
    filling.cancel()
    await asyncio.gather(filling, return_exceptions=True)
    await ledger.pool.execute("DELETE FROM fillings WHERE space_id = $1", room.id)
    lanes = await ledger.pool.fetch(
        "SELECT lane, count(*) AS many FROM outbox WHERE type = $1 AND body LIKE '%' || $2 || '%' GROUP BY lane",
        IntentIssued.type,
        str(room.id),
    )
    counted = {row["lane"]: row["many"] for row in lanes}
    assert counted["live"] == 1
    assert AT_ONCE <= counted["bulk"] < many
    assert answer.room_mailbox == room.mailbox


async def test_a_filling_goes_on_where_it_stopped_and_ends_with_the_mapping(ledger: Ledger) -> None:
    room = await ledger.room(is_mapped=False)
    booked = [await reserve(ledger, room, n % 24, day=n // 24) for n in range(AT_ONCE + 5)]
    await map_to(ledger, room, room.mailbox)

    async def once() -> bool:
        filled = await granted(ledger, lambda conn: fill_mailbox(conn, room.id, PATIENCE))
        return filled.is_done

    assert not await once()
    by_hand = ReservationChange(title="Retitled")
    last = booked[-1]
    await granted(
        ledger,
        lambda conn: change_reservation(
            conn, last, by_hand, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        ),
    )
    assert await once()
    generations = await ledger.pool.fetch("SELECT generation FROM intents WHERE space_id = $1", room.id)
    assert [row["generation"] for row in generations] == [1] * len(booked)

    await map_to(ledger, room, f"new-{room.mailbox}")
    await map_to(ledger, room, None)
    assert await once()
    assert await ledger.pool.fetchval("SELECT count(*) FROM fillings WHERE space_id = $1", room.id) == 0


async def test_mappings_that_change_at_once_end_as_the_last_one_says(ledger: Ledger) -> None:
    room = await ledger.room()
    booked = [await reserve(ledger, room, hour) for hour in range(6, 12)]
    addresses = [room.mailbox, f"a-{room.mailbox}", None, f"b-{room.mailbox}"]

    for _ in range(3):
        await asyncio.gather(*(map_to(ledger, room, address) for address in addresses), work(ledger))
    await map_to(ledger, room, f"b-{room.mailbox}")
    await work(ledger)

    newest = {each.key: each for each in await issued(ledger, room)}
    for each in booked:
        now = newest[ReservationKey(room.id, each)]
        assert isinstance(now.intent, KeepHold)
        assert now.room_mailbox == f"b-{room.mailbox}"
    elsewhere = {each.room_mailbox for each in newest.values() if isinstance(each.intent, DropHold)}
    assert elsewhere >= {room.mailbox}


async def test_every_date_of_a_series_is_held_in_a_new_mailbox(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(window(9), 4))
    await ledger.observe(room, on_dates(series, moved(1, timedelta(hours=3))))
    dates = {each["id"] for each in await ledger.reservations(room)}
    assert len(dates) == 4

    await map_to(ledger, room, "new@example.org")
    await work(ledger)

    held = [(kind, mailbox) for kind, mailbox, _ in await wanted(ledger, room)]
    assert held == [(KeepHold, "new@example.org")] * 4
    assert {about for _, _, about in await wanted(ledger, room)} == dates


async def test_no_date_of_a_series_is_held_in_the_mailbox_that_shows_it(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(window(9), 4))
    await ledger.observe(room, on_dates(series, moved(1, timedelta(hours=3))))

    await map_to(ledger, room, None)
    await map_to(ledger, room, room.mailbox)
    await work(ledger)

    assert await wanted(ledger, room) == []
