"""Series whose organizers are asked to move several dates, because the back office wants them elsewhere."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Meeting, Window
from services.policy.commands.proposals import withdraw_lapsed
from services.policy.commands.reservations import Reserved
from services.policy.store import reservations
from tests.integration.policy.asking import granted
from tests.integration.policy.changing_meetings import NINE, at, change, held, send
from tests.integration.policy.ledger import Ledger, Room, answered, on_dates, recurring
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.series import booked, windows_of

THREE_HOURS = timedelta(hours=3)


def later(window: Window, by: timedelta = THREE_HOURS) -> Window:
    return Window(start=window.start + by, end=window.end + by)


def all_later(series: Meeting, by: timedelta = THREE_HOURS) -> list[Window]:
    return [later(each, by) for each in windows_of(series)]


def moved_by(series: Meeting, by: timedelta = THREE_HOURS, *, renews_dates: bool = False) -> Meeting:
    """Return a series as the room's calendar shows it once its organizer has moved it; nothing of it is answered."""
    days = timedelta(days=by.days) if renews_dates else timedelta()
    return on_dates(
        series,
        lambda _, each: each.model_copy(
            update={
                "start": each.start + by,
                "end": each.end + by,
                "answer": Answer.NOT_RESPONDED,
                "original_date": each.original_date + days,
            }
        ),
        start=series.start + by,
        end=series.end + by,
        answer="notResponded",
    )


async def asked(
    ledger: Ledger, by: timedelta = THREE_HOURS, *, since: int = 0, dates: int = 5, **more: Any
) -> tuple[Room, Meeting, list[UUID]]:
    """Have the back office want all dates of a series elsewhere, or those since one, and Outlook show that answer."""
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE, dates, **more))
    ids = [row["id"] for row in await ledger.reservations(room)]
    to = later(windows_of(series)[since], by)
    assert isinstance(await change(ledger, ids[since], at(to, scope="following" if since else "all")), Reserved)
    await ledger.settle(MeetingKey(room.id, series.ical_uid))
    shown = answered(series, "tentativelyAccepted")
    await ledger.observe(room, shown)
    return room, shown, ids


async def wanted_at(ledger: Ledger, room: Room) -> list[Window | None]:
    """Return where the dates of a room's series are wanted, in their order; None for those that are to stay."""
    rows = [row for row in await ledger.reservations(room) if row["status"] == "confirmed"]
    changes = [row["proposed_change"] for row in sorted(rows, key=lambda row: row["starts_at"])]
    return [None if each is None else Window.model_validate(each["window"]) for each in changes]


async def held_for(ledger: Ledger, room: Room, purpose: str) -> list[Window]:
    return [window for one, window in await held(ledger, room) if one == purpose]


async def lapse(ledger: Ledger, room: Room) -> None:
    """Have the deadline pass for all that one answer asks for, and do what is due then."""
    await ledger.pool.execute(
        "UPDATE reservations SET proposed_change = jsonb_set(proposed_change, '{until}', to_jsonb(now())) "
        "WHERE space_id = $1 AND proposed_change IS NOT NULL",
        room.id,
    )
    async with ledger.pool.acquire() as conn:
        [(_, due)] = [each for each in await reservations.proposals_due(conn, 100) if each[0] == room.id]

    async def work(conn: Connection) -> None:
        await send(ledger, conn, await withdraw_lapsed(conn, room.id, due, PATIENCE))

    await granted(ledger, work)
