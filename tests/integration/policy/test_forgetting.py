"""People are forgotten in what is long over; what was decided about it can be judged again all the same."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from libs.common.db import Connection
from libs.contracts.values import Actor, ActorKind, Person
from services.policy.commands.forgetting import forget_people
from services.policy.commands.reservations import (
    CancellationRequest,
    ReservationRequest,
    Reserved,
    cancel_reservation,
    create_reservation,
)
from services.policy.store import bookings
from tests.integration.policy.ledger import Ledger, Room, meeting, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule
from tests.integration.policy.test_replay import judged

KEPT = timedelta(days=100)
LONG_AGO = timedelta(days=400)
GRACE = Actor(kind=ActorKind.ADMINISTRATOR, subject="tenant:grace-object", name="Grace Hopper")
PEOPLE = ("ada@example.org", "ben@example.org", "eve@elsewhere.example")
WORDS = ("ada@", "ben@", "eve@", "Ada", "Ben", "Eve", "grace", "Grace", "Planning", "Board", "the dean", "is ill")


async def history(ledger: Ledger) -> Room:
    """Make a room about which everything was decided: by rules that name people, by conflicts, by approval."""
    room = await ledger.room()
    here = at_space(room.id)
    async with ledger.pool.acquire() as conn, conn.transaction():
        await set_rule(conn, {"kind": "who_may_book", "addresses": ["ada@example.org"], "domains": ["x.example"]}, here)
        await set_rule(conn, {"kind": "quota", "limit": 2, "measure": "bookings", "per": "year"}, here, "warn")
        await set_rule(conn, {"kind": "approval", "when": {"people_over": 4}, "approvers": ["grace@example.org"]}, here)
        for number, organizer in enumerate((*PEOPLE, *PEOPLE, None, "ada@example.org")):
            at, reason = window(number // 2), "the dean asked" if number % 2 else None
            asked = ReservationRequest(room.id, at.start, at.end, "Board", "Ben Ochs", organizer, number, reason)
            made = await create_reservation(conn, asked, PATIENCE, by=GRACE)
            if isinstance(made, Reserved) and number % 3 == 0:
                await cancel_reservation(
                    conn,
                    made.reservation.id,
                    wanted=CancellationRequest(comment="The board is ill"),
                    expected_version=None,
                    patience=PATIENCE,
                    by=GRACE,
                )
    for number, address in enumerate(PEOPLE):
        person = Person(address=address, name=address[:3].title())
        await ledger.observe(room, meeting(window(8 + number), organizer=person))
        await ledger.observe(room, meeting(window(8), organizer=person))
    return room


async def long_ago(conn: Connection) -> None:
    """Have everything so far been a long time ago."""
    await conn.execute(
        "UPDATE reservations SET starts_at = starts_at - $1::interval, ends_at = ends_at - $1::interval", LONG_AGO
    )
    for table in ("decisions", "steps"):
        await conn.execute(f"UPDATE {table} SET at = at - $1::interval", LONG_AGO)
    await conn.execute(
        "UPDATE approvals SET asked_at = asked_at - $1::interval, state = 'withdrawn', decided_at = asked_at", LONG_AGO
    )


async def rows(conn: Connection) -> AsyncIterator[str]:
    for table in ("reservations", "decisions", "approvals", "steps"):
        for row in await conn.fetch(f"SELECT t::text AS row FROM {table} t ORDER BY id"):
            yield f"{table}: {row['row']}"


async def without_rules(conn: Connection) -> list[str]:
    """Return the rows as texts, but for the policies that broken rules quote, which are the policies' own words."""
    return [each.replace("ada@example.org", "") if "who_may_book" in each else each async for each in rows(conn)]


async def test_nobody_is_named_in_what_is_long_over_and_every_decision_is_reached_again(ledger: Ledger) -> None:
    await history(ledger)
    async with ledger.pool.acquire() as conn:
        before = "".join([each async for each in rows(conn)])
        await long_ago(conn)

        await forget_people(conn, KEPT, at_once=3)

        told = [each.replace("grace@example.org", "") for each in await without_rules(conn)]
        once = [each async for each in rows(conn)]
        await forget_people(conn, KEPT, at_once=3)
        assert [each async for each in rows(conn)] == once
    assert all(word in before for word in WORDS)
    assert [f"{word} in {each}" for each in told for word in WORDS if word in each] == []
    found = await judged(ledger)
    assert len(found) > len(PEOPLE) * 3
    assert [decision for decision, verdict in found if not decision.follows_from(verdict)] == []
    assert {decision.outcome for decision, _ in found} >= {"accept", "decline", "cancelled"}
    kinds = {each.kind for decision, _ in found for each in decision.policies if each.breach is not None}
    assert kinds >= {"who_may_book", "quota", "approval"}


async def test_one_organizer_is_one_pseudonym_and_what_they_had_is_still_counted(ledger: Ledger) -> None:
    room = await history(ledger)
    since = datetime(2000, 1, 1, tzinfo=UTC)
    async with ledger.pool.acquire() as conn:
        before = {each: await bookings.of_organizer(conn, each, since, None) for each in PEOPLE}
        await long_ago(conn)

        await forget_people(conn, KEPT)

        for each in PEOPLE:
            found = await bookings.of_organizer(conn, each, since, None)
            assert {one.reservation_id for one in found} == {one.reservation_id for one in before[each]}
        organizers = "SELECT DISTINCT organizer_address AS address FROM reservations WHERE space_id = $1"
        stored = await conn.fetch(organizers, room.id)
    pseudonyms = [row["address"] for row in stored if row["address"] is not None]
    assert all(each.startswith("person-") for each in pseudonyms)
    assert sorted(each.rpartition("@")[2] for each in pseudonyms) == ["elsewhere.example", "example.org", "example.org"]
    assert any(before.values())


async def test_what_is_not_long_over_keeps_its_people_and_so_does_all_if_that_is_set(ledger: Ledger) -> None:
    await history(ledger)
    async with ledger.pool.acquire() as conn:
        before = [each async for each in rows(conn)]
        await forget_people(conn, KEPT)
        assert [each async for each in rows(conn)] == before
        await long_ago(conn)
        before = [each async for each in rows(conn)]
        await forget_people(conn, None)
        assert [each async for each in rows(conn)] == before
