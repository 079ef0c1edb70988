"""Import rooms, and rehearse that: begin it, follow it to its end, and report what came of it.

What is begun here is carried out by the running services, and goes on when the command is interrupted.
"""

import asyncio
from pathlib import Path
from typing import Annotated, cast
from uuid import UUID

import typer

from libs.common.db import Connection, Pool
from libs.contracts.values import Actor, ActorKind
from services.cli.database import with_the_database
from services.cli.groups import list_by_default
from services.cli.import_reports import as_csv_of, print_report, row_of
from services.cli.mapping_files import SPREADSHEET, read_mappings
from services.cli.output import AsJson, fail, show, show_one
from services.cli.progress import progress_of
from services.policy.api.room_import_bodies import (
    ImportItemOut,
    RoomImportOut,
    SupposedMappingIn,
    show_import,
    show_item,
    show_room,
)
from services.policy.api.translate import problem_of
from services.policy.commands.command_error import CommandError
from services.policy.commands.errors import AnyCommandError
from services.policy.commands.room_imports import (
    ImportRequest,
    SupposedMapping,
    begin_import,
    pause_import,
    read_import,
    resume_import,
)
from services.policy.commands.unknown import UnknownImport, UnknownSpace
from services.policy.store import import_items, import_rooms
from services.policy.store import imports as store

LOOK_EVERY_S = 0.5
PAGE = 200

app = typer.Typer(help="Imports of rooms, and rehearsals: how far they are, and what came of them.")

Spaces = Annotated[
    list[UUID] | None, typer.Argument(metavar="[SPACE_ID]...", help="Rooms, by space id; all that are mapped if none.")
]
OfConnection = Annotated[str | None, typer.Option("--connection", help="Those of this connection, by name or id.")]
By = Annotated[str, typer.Option("--by", help="Who asks for it; it is written down.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Begin it, and do not wait for its end.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print every item as CSV.")]
ImportId = Annotated[UUID, typer.Argument(help="The id that `imports list` shows.")]
Mapped = Annotated[
    list[str] | None, typer.Option("--map", metavar="SPACE_ID=ADDRESS", help="Suppose that a space is mapped so.")
]
MappingFile = Annotated[
    Path | None, typer.Option("--file", exists=True, dir_okay=False, readable=True, help=SPREADSHEET)
]


def import_rooms_now(
    spaces: Spaces = None,
    by: By = "the command line",
    connection: OfConnection = None,
    *,
    no_wait: NoWait = False,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Bring both sides of rooms together anew, and wait for the end.

    Mapping a space does this by itself. What waits for an answer in Outlook is answered. Ends with 1 if a room could
    not be imported, or not everything of it.
    """
    wanted = ImportRequest(space_ids=spaces or None, connection=connection)
    _begin(wanted, by, no_wait=no_wait, as_csv=as_csv, as_json=as_json)


def rehearse(
    spaces: Spaces = None,
    by: By = "the command line",
    connection: OfConnection = None,
    mapped: Mapped = None,
    file: MappingFile = None,
    *,
    no_wait: NoWait = False,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Tell what an import would do, without one write to Outlook or to the ledger.

    Ends with 1 if a room could not be rehearsed, or something of it would not be joined.
    """
    mappings = [*map(_read_mapping, mapped or ()), *(read_mappings(file) if file is not None else ())]
    wanted = ImportRequest(is_rehearsal=True, space_ids=spaces or None, connection=connection, mappings=mappings)
    _begin(wanted, by, no_wait=no_wait, as_csv=as_csv, as_json=as_json)


@app.command("list")
def list_imports(*, as_json: AsJson = False) -> None:
    """List the imports and rehearsals, the newest first, 200 at most."""

    async def work(pool: Pool) -> list[RoomImportOut]:
        async with pool.acquire() as conn:
            return [show_import(each) for each in await store.page(conn, None, PAGE)]

    found = with_the_database("policy", work)
    rows = [each.model_dump(mode="json") if as_json else row_of(each) for each in found]
    show(rows, as_json=as_json, nothing="Nothing was imported yet; mapping a space does that.")


list_by_default(app, list_imports)


@app.command("show")
def show_import_of(import_id: ImportId, *, as_csv: AsCsv = False, as_json: AsJson = False) -> None:
    """Show one import, and what came of it."""
    _report(import_id, as_csv=as_csv, as_json=as_json)


@app.command("wait")
def wait_for(import_id: ImportId, *, as_csv: AsCsv = False, as_json: AsJson = False) -> None:
    """Follow an import to its end, and show what came of it."""
    _follow(import_id)
    _report(import_id, as_csv=as_csv, as_json=as_json)


@app.command()
def pause(import_id: ImportId, *, as_json: AsJson = False) -> None:
    """Have an import take no more events until it is resumed."""
    _change(import_id, is_resumed=False, as_json=as_json)


@app.command()
def resume(import_id: ImportId, *, as_json: AsJson = False) -> None:
    """Have a paused import go on, and try the rooms again that failed."""
    _change(import_id, is_resumed=True, as_json=as_json)


def _begin(wanted: ImportRequest, by: str, *, no_wait: bool, as_csv: bool, as_json: bool) -> None:
    async def work(pool: Pool) -> UUID | str:
        async with pool.acquire() as conn:
            try:
                async with conn.transaction():
                    return await begin_import(conn, wanted, Actor(kind=ActorKind.ADMINISTRATOR, name=by))
            except CommandError as error:
                return _say(error)

    begun = with_the_database("policy", work)
    if isinstance(begun, str):
        fail(begun)
    elif no_wait:
        _show_state(begun, as_json=as_json)
    else:
        _follow(begun)
        _report(begun, as_csv=as_csv, as_json=as_json)


def _follow(import_id: UUID) -> None:
    """Show how far an import is until it has ended or is paused."""

    async def work(pool: Pool) -> None:
        with progress_of("Importing rooms") as advance:
            while True:
                async with pool.acquire() as conn:
                    found = await _read(conn, import_id)
                advance(found.rooms_done, found.rooms)
                if found.state != "running":
                    return
                await asyncio.sleep(LOOK_EVERY_S)

    with_the_database("policy", work)


async def _read(conn: Connection, import_id: UUID) -> RoomImportOut:
    try:
        return show_import(await read_import(conn, import_id))
    except UnknownImport:
        return fail(f"There is no import {import_id}; `roomsync imports` shows which there are.")


def _report(import_id: UUID, *, as_csv: bool, as_json: bool) -> None:
    async def work(pool: Pool) -> tuple[RoomImportOut, list[dict[str, object]], list[ImportItemOut]]:
        async with pool.acquire() as conn:
            found = await _read(conn, import_id)
            rooms = [show_room(each) for each in await import_rooms.page(conn, import_id, None, None)]
            items = [show_item(each) for each in await import_items.page(conn, import_id, None, None, 0, None)]
        return found, [each.model_dump(mode="json") for each in rooms], items

    found, rooms, items = with_the_database("policy", work)
    if as_csv:
        typer.echo(as_csv_of(items), nl=False)
    elif as_json:
        body = found.model_dump(mode="json")
        body |= {"room_list": rooms, "items": [each.model_dump(mode="json") for each in items]}
        show_one(body, {}, as_json=True)
    else:
        print_report(found, rooms, items)
    if found.rooms_failed or found.counts.failed or found.counts.conflicts:
        raise typer.Exit(1)


def _show_state(import_id: UUID, *, as_json: bool) -> None:
    async def work(pool: Pool) -> RoomImportOut:
        async with pool.acquire() as conn:
            return await _read(conn, import_id)

    found = with_the_database("policy", work)
    show_one(found.model_dump(mode="json"), row_of(found), as_json=as_json)


def _change(import_id: UUID, *, is_resumed: bool, as_json: bool) -> None:
    async def work(pool: Pool) -> str | None:
        async with pool.acquire() as conn:
            try:
                async with conn.transaction():
                    await (resume_import if is_resumed else pause_import)(conn, import_id)
            except CommandError as error:
                return _say(error)
        return None

    refused = with_the_database("policy", work)
    if refused is not None:
        fail(refused)
    _show_state(import_id, as_json=as_json)


def _say(error: CommandError) -> str:
    """Say why something was refused as the API says it; which of many spaces is not there, too."""
    if isinstance(error, UnknownSpace):
        return f"Nothing was begun: {error}. `roomsync spaces` shows which there are."
    return problem_of(cast("AnyCommandError", error), {}).detail


def _read_mapping(written: str) -> SupposedMapping:
    space, _, address = written.partition("=")
    try:
        read = SupposedMappingIn.model_validate({"space_id": space, "room_mailbox": address})
        return SupposedMapping(read.space_id, read.room_mailbox)
    except ValueError:
        return fail(f"--map {written} is no SPACE_ID=ADDRESS; `roomsync spaces` shows the ids of spaces.")
