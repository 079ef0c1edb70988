"""Groups of the back office whose space changes its mailbox: their recurring holds move as single ones do."""

from datetime import UTC, timedelta

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.db import Connection
from libs.common.topology import Lane
from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.keys import ReservationKey
from services.policy.commands.group_changes import Expected, cancel_dates
from services.policy.commands.groups import GroupReserved, GroupResult, create_group
from services.policy.commands.spaces import SpaceChange, change_space
from services.policy.core.back_office import CancellationRequest
from services.policy.core.groups.request import GroupRequest, WantedRecurrence
from services.policy.core.ledger import ReservationGroup
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.test_mailboxes import issued, left, map_to, settled, wanted, work

DATES = 30
"""More than are held in one transaction."""


async def carried_out(ledger: Ledger, conn: Connection, result: GroupResult) -> ReservationGroup:
    """Return the group of a command that was carried out, whose messages are sent."""
    assert isinstance(result, GroupReserved)
    owed = [(message, Lane.LIVE) for message in result.messages]
    await outbox.add(conn, ledger.codec, owed, correlation_id="test", now=utc_now())
    return result.group


async def reserved(
    ledger: Ledger, room: Room, rrule: str = f"FREQ=DAILY;COUNT={DATES}", hour: int = 9
) -> ReservationGroup:
    at = window(hour)
    asked = GroupRequest(room.id, at.start, at.end, "Board", WantedRecurrence(rrule=rrule), time_zone="UTC")

    async def as_the_api(conn: Connection) -> ReservationGroup:
        return await carried_out(ledger, conn, await create_group(conn, asked, PATIENCE, by=ADMINISTRATOR))

    return await granted(ledger, as_the_api)


async def test_unmapping_takes_the_recurring_hold_out_of_the_mailbox_that_is_left(ledger: Ledger) -> None:
    room = await ledger.room()
    group = await reserved(ledger, room)
    await ledger.settle(ReservationKey(room.id, group.id), event_id="hold-1")

    await map_to(ledger, room, None)
    await work(ledger)

    assert await wanted(ledger, room) == [(KeepHold, room.mailbox, group.id), (DropHold, room.mailbox, group.id)]
    dropped = (await issued(ledger, room))[-1]
    assert dropped.intent == DropHold(reservation_id=group.id, event_id="hold-1")
    assert len(await ledger.reservations(room)) == DATES

    await ledger.deliver(settled(dropped))
    assert await left(ledger, room) == []


async def test_another_mailbox_gets_one_recurring_hold_for_all_dates(ledger: Ledger) -> None:
    room = await ledger.room()
    group = await reserved(ledger, room)
    await ledger.settle(ReservationKey(room.id, group.id), event_id="hold-1", ical_uid=f"hold-of-{room.id}")
    elsewhere = f"new-{room.mailbox}"

    await map_to(ledger, room, elsewhere)
    await work(ledger)
    await work(ledger)

    assert await wanted(ledger, room) == [
        (KeepHold, room.mailbox, group.id),
        (DropHold, room.mailbox, group.id),
        (KeepHold, elsewhere, group.id),
    ]
    first, _, kept = await issued(ledger, room)
    assert kept.key == ReservationKey(room.id, group.id)
    assert kept.intent == first.intent
    assert isinstance(kept.intent, KeepHold)
    assert kept.intent.series is not None


async def test_a_group_that_is_held_singly_is_held_singly_in_the_new_mailbox_too(ledger: Ledger) -> None:
    room = await ledger.room()
    day = window(9).start.day
    await reserved(ledger, room, f"FREQ=MONTHLY;BYMONTHDAY={day},{day % 28 + 1};COUNT=4")
    elsewhere = f"new-{room.mailbox}"
    before = [each for kind, _, each in await wanted(ledger, room) if kind is KeepHold]

    await map_to(ledger, room, elsewhere)
    await work(ledger)

    again = [each for kind, mailbox, each in await wanted(ledger, room) if (kind, mailbox) == (KeepHold, elsewhere)]
    assert len(again) == 4
    assert sorted(again) == sorted(before)


async def test_the_hold_of_a_group_matters_until_its_last_date_is_over(ledger: Ledger) -> None:
    room = await ledger.room()
    await reserved(ledger, room)

    ends_at = await ledger.pool.fetchval("SELECT ends_at FROM intents WHERE space_id = $1", room.id)

    assert ends_at == window(9).end.astimezone(UTC) + timedelta(days=DATES - 1)


async def test_a_hold_that_was_left_standing_is_wanted_anew_where_the_space_is_mapped_next(ledger: Ledger) -> None:
    room = await ledger.room()
    group = await reserved(ledger, room)
    unmapped = SpaceChange(room.id, mapping={"room_mailbox": None}, holds="keep")
    await granted(ledger, lambda conn: change_space(conn, unmapped, utc_now()))
    elsewhere = f"new-{room.mailbox}"

    await map_to(ledger, room, elsewhere)
    await work(ledger)

    assert await wanted(ledger, room) == [(KeepHold, room.mailbox, group.id), (KeepHold, elsewhere, group.id)]


async def test_a_hold_that_ends_with_what_is_over_matters_as_long_as_the_one_before(ledger: Ledger) -> None:
    room = await ledger.room()
    group = await reserved(ledger, room)
    until = "SELECT ends_at FROM intents WHERE space_id = $1"
    before = await ledger.pool.fetchval(until, room.id)
    past = (
        "UPDATE reservations SET starts_at = starts_at - $2::interval, ends_at = ends_at - $2::interval WHERE id = $1"
    )
    first = (await ledger.reservations(room))[0]
    await ledger.pool.execute(past, first["id"], timedelta(days=2))

    async def cancel(conn: Connection) -> None:
        wanted, expected = CancellationRequest(None), Expected()
        result = await cancel_dates(
            conn, group.id, wanted=wanted, expected=expected, patience=PATIENCE, by=ADMINISTRATOR
        )
        await carried_out(ledger, conn, result)

    await granted(ledger, cancel)

    cut = (await issued(ledger, room))[-1].intent
    assert isinstance(cut, KeepHold)
    assert cut.series is not None
    assert cut.series.recurrence["range"]["endDate"] == first["original_date"].isoformat()
    assert await ledger.pool.fetchval(until, room.id) == before
