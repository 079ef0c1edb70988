"""A waiting list: a room that has one, people who wait for it, and what became of them."""

from datetime import timedelta
from uuid import UUID

import orjson

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.topology import Lane
from libs.contracts.messages import MailRequested
from libs.contracts.values import Meeting, Window
from services.policy.commands.waiting_list import (
    Joined,
    OfferNotTaken,
    OfferTaken,
    WaitingWish,
    join,
    take_offer,
    withdraw,
)
from services.policy.core.policies.policy import Effect
from services.policy.core.waiting.request import WaitingRequest
from services.policy.loops.waiting_lists import WaitingListLoop
from services.policy.store import waiting_requests
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule


async def listed_room(ledger: Ledger, offer_minutes: int = 60) -> Room:
    """Make a room that has a waiting list."""
    return await ledger.room(waiting_list=True, offer_minutes=offer_minutes)


async def waiting_for(
    ledger: Ledger, room: Room, at: Window, who: str = "ben", declined: Meeting | None = None
) -> WaitingRequest:
    """Have somebody wait for a time of a room, for a meeting of theirs that it declined or for none."""
    wish = WaitingWish(
        space_id=room.id,
        start=at.start,
        end=at.end,
        title="Review",
        organizer_address=f"{who}@example.org",
        organizer_name=who.title(),
        people=1,
        ical_uid=declined.ical_uid if declined is not None else None,
    )
    joined = await granted(ledger, lambda conn: join(conn, wish))
    assert isinstance(joined, Joined), joined
    return joined.waiting


async def look(ledger: Ledger) -> None:
    """Do what the loop does once."""
    await WaitingListLoop(ledger.pool, ledger.codec, PATIENCE).once()


async def now_waiting(ledger: Ledger, waiting: WaitingRequest) -> WaitingRequest:
    """Read a request as it is now."""
    async with ledger.pool.acquire() as conn:
        found = await waiting_requests.read(conn, waiting.id)
    assert found is not None
    return found


async def states(ledger: Ledger, *waiting: WaitingRequest) -> list[str]:
    """Read how these requests stand."""
    return [(await now_waiting(ledger, each)).state for each in waiting]


async def take(ledger: Ledger, waiting: WaitingRequest) -> OfferTaken | OfferNotTaken:
    """Take what is offered, and send what follows."""
    async with ledger.pool.acquire() as conn, conn.transaction():
        result = await take_offer(conn, waiting.id, PATIENCE, by=ADMINISTRATOR)
        rows = [(message, Lane.LIVE) for message in result.messages]
        await outbox.add(conn, ledger.codec, rows, correlation_id="test", now=utc_now())
    return result


async def leave(ledger: Ledger, waiting: WaitingRequest) -> WaitingRequest:
    """Leave the waiting list, and send what follows."""
    async with ledger.pool.acquire() as conn, conn.transaction():
        left, messages = await withdraw(conn, waiting.id, PATIENCE, by=ADMINISTRATOR)
        rows = [(message, Lane.LIVE) for message in messages]
        await outbox.add(conn, ledger.codec, rows, correlation_id="test", now=utc_now())
    return left


async def run_out(ledger: Ledger, waiting: WaitingRequest) -> None:
    """Let the time of an offer run out."""
    await ledger.pool.execute(
        "UPDATE waiting_requests SET offered_until = clock_timestamp() - $2::interval WHERE id = $1",
        waiting.id,
        timedelta(seconds=1),
    )


async def mailed(ledger: Ledger, who: str) -> list[MailRequested]:
    """Read which mails were asked for to somebody."""
    rows = await ledger.pool.fetch("SELECT body FROM outbox WHERE type = $1 ORDER BY id", MailRequested.type)
    found = [MailRequested.model_validate(orjson.loads(row["body"])) for row in rows]
    return [each for each in found if each.to[0].address == f"{who}@example.org"]


async def status_of(ledger: Ledger, reservation_id: UUID | None) -> str:
    """Read the status of a reservation."""
    status: str = await ledger.pool.fetchval("SELECT status FROM reservations WHERE id = $1", reservation_id)
    return status


async def put_rule(ledger: Ledger, room: Room, rule: dict[str, object], effect: Effect = "deny") -> None:
    """Attach a policy to a room."""
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id), effect))
