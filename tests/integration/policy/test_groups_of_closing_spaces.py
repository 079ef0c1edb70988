"""Groups of the back office whose space is deleted, or gets larger buffers: they fare as single reservations do."""

import asyncio
from datetime import timedelta
from typing import Any

from libs.contracts.intents import DropHold
from services.policy.commands.group_changes import Expected, change_dates
from services.policy.commands.groups import GroupRefused, GroupReserved, GroupResult
from services.policy.core.back_office import ReservationChange
from services.policy.core.groups.planned_change import GroupChange
from services.policy.core.ledger import ReservationGroup
from services.policy.loops.groups import GroupLoop
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule
from tests.integration.policy.test_buffers import grow
from tests.integration.policy.test_closing import close
from tests.integration.policy.test_group_mailboxes import reserved
from tests.integration.policy.test_mailboxes import issued

QUARTER = timedelta(minutes=15)


async def counts(ledger: Ledger, group: ReservationGroup) -> dict[str, int]:
    rows = await ledger.pool.fetch(
        "SELECT status, count(*) AS dates FROM reservations WHERE group_id = $1 GROUP BY status", group.id
    )
    return {row["status"]: row["dates"] for row in rows}


async def is_cancelled(ledger: Ledger, group: ReservationGroup) -> bool:
    found: str = await ledger.pool.fetchval("SELECT status FROM reservation_groups WHERE id = $1", group.id)
    return found == "cancelled"


async def test_a_group_that_waits_for_approval_ends_with_its_space_and_is_asked_about_no_more(ledger: Ledger) -> None:
    room = await ledger.room()
    rule = {"kind": "approval", "when": "always", "approvers": ["grace@example.org"]}
    async with ledger.pool.acquire() as conn, conn.transaction():
        await set_rule(conn, rule, at_space(room.id))
    group = await reserved(ledger, room, "FREQ=WEEKLY;COUNT=4")
    assert await counts(ledger, group) == {"pending": 4}

    await close(ledger, room)

    assert await is_cancelled(ledger, group)
    assert await counts(ledger, group) == {"cancelled": 4}
    states = await ledger.pool.fetch("SELECT state FROM approvals WHERE space_id = $1", room.id)
    assert "pending" not in {row["state"] for row in states}
    assert states


async def test_a_group_that_is_rolled_forward_while_its_space_is_deleted_gets_no_dates(ledger: Ledger) -> None:
    room = await ledger.room()
    group = await reserved(ledger, room, "FREQ=DAILY")
    move = "UPDATE reservations SET starts_at = starts_at - $2::interval, ends_at = ends_at - $2::interval"
    first = (await ledger.reservations(room))[0]
    await ledger.pool.execute(f"{move} WHERE id = $1", first["id"], timedelta(days=2))
    await ledger.pool.execute("UPDATE reservation_groups SET rolled_at = rolled_at - interval '1 day'")

    await asyncio.gather(GroupLoop(ledger.pool, ledger.codec, PATIENCE).once(), close(ledger, room))

    assert await is_cancelled(ledger, group)
    found = await counts(ledger, group)
    assert found["confirmed"] == 1
    assert set(found) == {"confirmed", "cancelled"}
    assert not isinstance((await issued(ledger, room))[-1].intent, DropHold)


async def test_larger_buffers_leave_groups_that_stand_closer_as_they_are_until_their_time_changes(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    weekly = "FREQ=WEEKLY;COUNT=3"
    first, second = await reserved(ledger, room, weekly, 9), await reserved(ledger, room, weekly, 10)
    before = await issued(ledger, room)

    grown = await grow(ledger, room, setup_minutes=15, cleanup_minutes=15)

    assert grown.closer is not None
    assert len(grown.closer) == 6
    assert [await counts(ledger, each) for each in (first, second)] == [{"confirmed": 3}] * 2
    assert await issued(ledger, room) == before
    assert isinstance(await change(ledger, first, title="Retitled"), GroupReserved)
    later = window(9.25)
    refused = await change(ledger, first, start=later.start, end=later.end)
    assert isinstance(refused, GroupRefused)
    assert {each.rule for each in refused.reasons} == {"availability"}
    apart = window(7)
    assert isinstance(await change(ledger, first, start=apart.start, end=apart.end), GroupReserved)
    taken = "SELECT lower(during) FROM occupancies JOIN reservations r ON r.id = reservation_id WHERE group_id = $1"
    starts = {row["lower"] for row in await ledger.pool.fetch(taken, first.id)}
    assert starts == {apart.start - QUARTER + timedelta(days=7 * week) for week in range(3)}


async def change(ledger: Ledger, group: ReservationGroup, **fields: Any) -> GroupResult:
    wanted = GroupChange(ReservationChange(**fields))
    return await granted(
        ledger,
        lambda conn: change_dates(
            conn, group.id, change=wanted, expected=Expected(), patience=PATIENCE, by=ADMINISTRATOR
        ),
    )
