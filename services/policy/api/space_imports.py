"""Import spaces from a CSV file, as `GET /v1/spaces` writes one: all of its rows, or none."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from libs.common.db import Connection as Db
from services.policy.api.access import serves
from services.policy.api.csv_files import CSV_BODY, CsvRow, CsvText, read_csv
from services.policy.api.imports import (
    Errors,
    ImportOut,
    ImportQuery,
    check_columns,
    explain,
    finish,
    id_in,
    ids_in,
    read_rows,
)
from services.policy.api.problems import ImportedSpace
from services.policy.api.route import JsonRoute
from services.policy.api.space_files import COLUMNS
from services.policy.api.space_rows import NEEDED, read_row
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands.callers import ADMINS
from services.policy.commands.imports import preview
from services.policy.commands.space_imports import Row, import_spaces
from services.policy.commands.spaces import SavedSpace, SpaceRequest
from services.policy.store import spaces

router = APIRouter(prefix="/v1", tags=["spaces"], route_class=JsonRoute)

_UNIQUE = ("id", "room_mailbox")


class SpaceImportOut(ImportOut[ImportedSpace]):
    """What became of each row of a file, or would become of it. Rows fail in a preview only: else nothing is stored."""


@router.post("/spaces:import", response_model=SpaceImportOut, dependencies=serves(ADMINS), openapi_extra=CSV_BODY)
async def import_file(
    request: Request, query: Annotated[ImportQuery, Query()], text: CsvText, context: Context, claim: Claimed
) -> Response:
    """Add and change spaces: a row with an id changes that space, a row without one adds a space.

    The columns are named as the fields of a space, in any order, with `;` between the items of a list. A field whose
    column is left out stays as it is, and an empty cell empties it; an empty `room_mailbox` unmaps. A file has at most
    1,000 rows. If one row cannot be used, none is stored, and the answer says what is wrong with each.
    """
    table = read_csv(text, COLUMNS)
    check_columns(table, NEEDED, "space")

    async def work(conn: Db) -> Done:
        known_parts = await spaces.parts_of(conn, ids_in(table))
        wanted, refused = read_rows(table, _UNIQUE, lambda row: read_row(row, known_parts))
        importing = import_spaces(conn, wanted, context.clock())
        attempts = await (preview(conn, importing) if query.dry_run else importing)
        saved, failed = attempts.saved, attempts.failed
        errors = {**refused, **{number: explain(each, _column_of) for number, each in failed.items()}}
        rows = [
            _report(row, saved[row.number], wanted[row.number], is_stored=not query.dry_run)
            if row.number in saved
            else _report_failed(row, errors[row.number])
            for row in table.rows
        ]
        messages = (message for each in saved.values() for message in each.messages)
        return finish(SpaceImportOut, rows, is_preview=query.dry_run, messages=messages)

    return await perform(request, context, work, claim)


def _column_of(field: str) -> str:
    return "id" if field == "space_id" else field


def _report(row: CsvRow, saved: SavedSpace, asked: Row, *, is_stored: bool) -> ImportedSpace:
    is_new = isinstance(asked, SpaceRequest)
    return ImportedSpace(
        row=row.number,
        outcome="created" if is_new else "changed" if saved.is_changed else "unchanged",
        space_id=None if is_new and not is_stored else saved.space.id,
        name=saved.space.name,
    )


def _report_failed(row: CsvRow, errors: Errors) -> ImportedSpace:
    name = row.cells.get("name") or None
    return ImportedSpace(row=row.number, outcome="failed", space_id=id_in(row), name=name, errors=list(errors))
