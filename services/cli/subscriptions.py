"""Subscriptions: by which Microsoft Graph tells of changes in each room; list them, and have them renewed."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from libs.common.db import Pool, database_now
from services.cli.database import with_the_database
from services.cli.groups import list_by_default
from services.cli.output import AsJson, show, tell
from services.cli.progress import progress_of
from services.ingest.store.subscriptions import ShownSubscription, list_subscriptions, make_due

LOOK_EVERY_S = 0.3
app = typer.Typer(help="Subscriptions, by which Microsoft Graph tells of changes in each room.")

Spaces = Annotated[
    list[UUID] | None, typer.Argument(metavar="[SPACE_ID]...", help="Those of these spaces; all if none.")
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Ask for it, and do not wait for its end.")]
Within = Annotated[float, typer.Option("--within", min=1, help="Seconds to wait at most.")]
NOTHING = "No space is mapped to a room mailbox."


@app.command("list")
def list_them(spaces: Spaces = None, *, as_json: AsJson = False) -> None:
    """List the subscription of each room: its state, when it expires, and when it last told of something."""
    found = with_the_database("ingest", lambda pool: list_subscriptions(pool, spaces or None))
    show([asdict(each) for each in found], as_json=as_json, nothing=NOTHING)


list_by_default(app, list_them)


@app.command()
def renew(spaces: Spaces = None, *, no_wait: NoWait = False, within: Within = 120, as_json: AsJson = False) -> None:
    """Renew subscriptions now; where there is none, one is made. Ends with 1 if one does not live afterwards."""

    async def ask(pool: Pool) -> tuple[datetime, list[UUID]]:
        async with pool.acquire() as conn:
            at = await database_now(conn)
            return at, await make_due(conn, spaces or None, at)

    async def work(pool: Pool) -> list[ShownSubscription]:
        before = {each.space_id: each for each in await list_subscriptions(pool, spaces or None)}
        at, asked = await ask(pool)
        if unknown := [each for each in spaces or () if each not in asked]:
            typer.echo(f"No room of the space {unknown[0]} is watched; `roomsync spaces` shows which are.", err=True)
            raise typer.Exit(1)
        return await list_subscriptions(pool, asked) if no_wait else await _until_done(pool, before, at, within)

    found = with_the_database("ingest", work)
    if no_wait:
        count = len(found)
        asked = [each.space_id for each in found]
        tell(f"Asked for {count} renewal{'s' * (count != 1)}.", {"asked": asked}, as_json=as_json)
        return
    show([asdict(each) for each in found], as_json=as_json, nothing=NOTHING)
    if any(each.state != "active" or each.failures for each in found):
        typer.echo("Not every subscription lives; `detail` says why, and `roomsync doctor` what mends it.", err=True)
        raise typer.Exit(1)


async def _until_done(
    pool: Pool, before: dict[UUID, ShownSubscription], asked_at: datetime, within: float
) -> list[ShownSubscription]:
    """Look until ingest has acted on each subscription, or the time is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within

    def is_done(now: ShownSubscription) -> bool:
        then = before[now.space_id]
        has_changed = (now.expires_at, now.subscription_id) != (then.expires_at, then.subscription_id)
        return now.next_look_at != asked_at and (has_changed or now.failures > 0 or now.state == "refused")

    with progress_of("Renewing subscriptions") as advance:
        while True:
            found = [each for each in await list_subscriptions(pool, None) if each.space_id in before]
            done = sum(map(is_done, found))
            advance(done, len(found))
            if done == len(found) or loop.time() >= end:
                return found
            await asyncio.sleep(LOOK_EVERY_S)
