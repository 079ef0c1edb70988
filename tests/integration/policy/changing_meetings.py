"""Changes by the back office of meetings that were made in Outlook, and what became of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.db import Connection
from libs.common.topology import Lane
from libs.contracts.message import Message
from libs.contracts.values import Meeting, Window
from services.policy.commands.apply import Patience
from services.policy.commands.proposals import withdraw_lapsed
from services.policy.commands.reservations import (
    CancellationRequest,
    ReservationChange,
    ReservationRefused,
    Reserved,
    Result,
    cancel_reservation,
    change_reservation,
)
from services.policy.store import reservations
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.answering import accepted
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, again, window
from tests.integration.policy.patience import PATIENCE

NINE, NOON, THREE = window(9), window(12), window(15)
ALWAYS: dict[str, Any] = {"kind": "approval", "when": "always", "approvers": ["grace@example.org"]}


def at(to: Window, **more: Any) -> ReservationChange:
    return ReservationChange(start=to.start, end=to.end, **more)


async def send(ledger: Ledger, conn: Connection, messages: Sequence[Message]) -> None:
    rows = [(message, Lane.LIVE) for message in messages]
    await outbox.add(conn, ledger.codec, rows, correlation_id="test", now=utc_now())


async def change(
    ledger: Ledger, reservation_id: UUID, wanted: ReservationChange, patience: Patience = PATIENCE
) -> Result:
    async def work(conn: Connection) -> Result:
        result = await change_reservation(
            conn, reservation_id, wanted, expected_version=None, patience=patience, by=ADMINISTRATOR
        )
        await send(ledger, conn, result.messages)
        return result

    return await granted(ledger, work)


async def cancel(ledger: Ledger, reservation_id: UUID) -> Result:
    async def work(conn: Connection) -> Result:
        result = await cancel_reservation(
            conn,
            reservation_id,
            wanted=CancellationRequest("The hall is being painted."),
            expected_version=None,
            patience=PATIENCE,
            by=ADMINISTRATOR,
        )
        await send(ledger, conn, result.messages)
        return result

    return await granted(ledger, work)


async def refused(ledger: Ledger, reservation_id: UUID, wanted: ReservationChange) -> tuple[str, str]:
    """Ask for a change that is refused for one reason, and return what was found and the sentence."""
    result = await change(ledger, reservation_id, wanted)
    assert isinstance(result, ReservationRefused)
    [reason] = result.reasons
    return reason.actual or reason.rule, reason.message


async def proposed(ledger: Ledger, to: Window = NOON) -> tuple[Room, Meeting, UUID]:
    """Have the back office want another time for a meeting at nine whose organizer's calendar is closed to us."""
    room = await ledger.room()
    shown, reservation_id = await accepted(ledger, room, 9)
    assert isinstance(await change(ledger, reservation_id, at(to)), Reserved)
    return room, shown, reservation_id


async def editing_room(ledger: Ledger) -> Room:
    return await ledger.room(connection_id=await ledger.connection(edits_organizer_events=True))


async def moving(ledger: Ledger, to: Window = NOON) -> tuple[Room, Meeting, UUID]:
    """Have the back office move a meeting from nine on its organizer's calendar."""
    room = await editing_room(ledger)
    shown, reservation_id = await accepted(ledger, room, 9)
    assert isinstance(await change(ledger, reservation_id, at(to)), Reserved)
    return room, shown, reservation_id


async def lapsed(ledger: Ledger, room: Room, reservation_id: UUID) -> None:
    """Have the deadline of a proposal pass, and do what is due then."""
    await ledger.pool.execute(
        "UPDATE reservations SET proposed_change = jsonb_set(proposed_change, '{until}', to_jsonb(now())) "
        "WHERE id = $1",
        reservation_id,
    )
    async with ledger.pool.acquire() as conn:
        assert (room.id, reservation_id) in await reservations.proposals_due(conn, 100)

    async def work(conn: Connection) -> None:
        await send(ledger, conn, await withdraw_lapsed(conn, room.id, reservation_id, PATIENCE))

    await granted(ledger, work)


async def held(ledger: Ledger, room: Room) -> list[tuple[str, Window]]:
    """Return what occupies a room, and for what purposes."""
    rows = await ledger.pool.fetch(
        "SELECT purpose, lower(stretch) AS start, upper(stretch) AS end FROM occupancies o "
        "JOIN space_parts p USING (part_id), unnest(o.during) AS stretch WHERE p.space_id = $1 ORDER BY 2",
        room.id,
    )
    return [(row["purpose"], Window(start=row["start"], end=row["end"])) for row in rows]


async def row_of(ledger: Ledger, room: Room) -> Any:
    [row] = await ledger.reservations(room)
    return row


def moved_to(shown: Meeting, to: Window, **different: Any) -> Meeting:
    return again(shown, start=to.start, end=to.end, **{"answer": "notResponded", **different})
