"""Compare rooms with Outlook now, and wait until that is done."""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from libs.common.db import Pool, database_now
from services.cli.database import with_the_database
from services.cli.output import AsJson, show, tell
from services.cli.progress import progress_of
from services.reconciler.store import rooms
from services.reconciler.store.wanted_sweeps import WantedSweep, follow, want

LOOK_EVERY_S = 0.3

Spaces = Annotated[
    list[UUID] | None,
    typer.Argument(metavar="[SPACE_ID]...", help="Rooms to compare, by space id; all if none is given."),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Ask for it, and do not wait for its end.")]
Within = Annotated[float, typer.Option("--within", min=1, help="Seconds to wait at most.")]


def sweep(spaces: Spaces = None, *, no_wait: NoWait = False, within: Within = 600, as_json: AsJson = False) -> None:
    """Compare rooms with Outlook now.

    Waits until each is compared. Ends with 1 if one could not be, or not in time. What differs is put right by the
    running services, as after every comparison.
    """

    async def ask(pool: Pool) -> tuple[datetime, list[UUID]]:
        async with pool.acquire() as conn, conn.transaction():
            if spaces:
                for each in spaces:
                    await rooms.adopt(conn, each)
            else:
                await rooms.adopt(conn)
            at = await database_now(conn)
            return at, await want(conn, spaces or None, at)

    async def work(pool: Pool) -> tuple[list[UUID], list[WantedSweep]]:
        at, asked = await ask(pool)
        if unknown := [each for each in spaces or () if each not in asked]:
            typer.echo(
                f"No space {unknown[0]} is mapped to a room mailbox; `roomsync spaces` shows which are.", err=True
            )
            raise typer.Exit(1)
        return asked, [] if no_wait else await _until_over(pool, asked, at, within)

    asked, found = with_the_database("reconciler", work)
    if no_wait:
        count = len(asked)
        tell(f"Asked for the comparison of {count} room{'s' * (count != 1)}.", {"asked": asked}, as_json=as_json)
        return
    show([_row(each) for each in found], as_json=as_json, nothing="No space is mapped to a room mailbox.")
    if late := [each for each in found if not each.is_over]:
        message = (
            f"{len(late)} of {len(found)} rooms were not compared within {within:g} s. See whether the reconciler "
            "runs; the comparison is still asked for."
        )
        typer.echo(message, err=True)
    if any(not each.is_compared for each in found):
        raise typer.Exit(1)


async def _until_over(pool: Pool, asked: list[UUID], since: datetime, within: float) -> list[WantedSweep]:
    """Follow the comparisons until each is over, or the time is."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    with progress_of("Comparing rooms") as advance:
        while True:
            found = await follow(pool, asked, since)
            over = sum(each.is_over for each in found)
            advance(over, len(found))
            if over == len(found) or loop.time() >= end:
                return found
            await asyncio.sleep(LOOK_EVERY_S)


def _row(found: WantedSweep) -> dict[str, object]:
    return {
        "space_id": found.space_id,
        "room_mailbox": found.room_mailbox,
        "result": _result(found),
        "state": found.state,
        "compared_at": found.compared_at,
        "agreed_at": found.agreed_at,
        "detail": found.detail,
    }


def _result(found: WantedSweep) -> str:
    if found.is_compared:
        return "compared"
    if found.is_failed:
        return "failed"
    return "left alone" if found.is_left_alone else "not in time"
