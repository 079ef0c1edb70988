"""Import spaces from a CSV file, as `GET /v1/spaces` writes one: all of its rows, or none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.common.db import Connection as Db
from services.policy.api.access import ADMINS, serves
from services.policy.api.csv_files import CSV_BODY, CsvRow, CsvTable, CsvText, read_csv
from services.policy.api.problems import INVALID, ImportedRow, Problem
from services.policy.api.route import JsonRoute
from services.policy.api.space_files import COLUMNS
from services.policy.api.space_rows import Errors, RowRefused, check_columns, find_repeated, id_in, read_row
from services.policy.api.translate import problem_of
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands.errors import AnyCommandError
from services.policy.commands.space_imports import Row, import_spaces, preview_import
from services.policy.commands.spaces import SavedSpace, SpaceRequest
from services.policy.store import spaces

router = APIRouter(prefix="/v1", tags=["spaces"], route_class=JsonRoute)


class ImportQuery(BaseModel):
    """How to import."""

    model_config = ConfigDict(extra="forbid")

    dry_run: Annotated[bool, Field(description="Say what would become of each row, and store nothing.")] = False


class ImportCounts(BaseModel):
    """How many rows there are of each outcome."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0


class SpaceImportOut(BaseModel):
    """What became of each row of a file, or would become of it. Rows fail in a preview only: else nothing is stored."""

    dry_run: bool
    rows: list[ImportedRow]
    counts: ImportCounts


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
    check_columns(table)

    async def work(conn: Db) -> Done:
        wanted, errors = await _read_rows(conn, table)
        carry_out = preview_import if query.dry_run else import_spaces
        results = await carry_out(conn, wanted, context.clock())
        errors |= {number: _explain(each) for number, each in results.items() if not isinstance(each, SavedSpace)}
        saved = {number: each for number, each in results.items() if isinstance(each, SavedSpace)}
        rows = [
            _report(row, saved[row.number], wanted[row.number], is_stored=not query.dry_run)
            if row.number in saved
            else _report_failed(row, errors[row.number])
            for row in table.rows
        ]
        if errors and not query.dry_run:
            raise _refuse(rows, len(errors))
        shown = SpaceImportOut(dry_run=query.dry_run, rows=rows, counts=_count(rows))
        messages = () if query.dry_run else tuple(message for each in saved.values() for message in each.messages)
        return Done(200, shown.model_dump(mode="json"), {}, messages)

    return await perform(request, context, work, claim)


async def _read_rows(conn: Db, table: CsvTable) -> tuple[dict[int, Row], dict[int, Errors]]:
    """Return what each row asks for, and why a row cannot be used, under its number."""
    wanted: dict[int, Row] = {}
    refused: dict[int, Errors] = find_repeated(table)
    known_parts = await spaces.parts_of(conn, [found for row in table.rows if (found := id_in(row)) is not None])
    for row in table.rows:
        if row.number in refused:
            continue
        try:
            wanted[row.number] = read_row(row, known_parts)
        except RowRefused as error:
            refused[row.number] = error.errors
    return wanted, refused


def _explain(error: AnyCommandError) -> Errors:
    """Say by column why a row was not carried out."""
    problem = problem_of(error, in_path=())
    return [each.model_copy(update={"field": _COLUMN_OF.get(each.field, each.field)}) for each in problem.errors]


_COLUMN_OF: Mapping[str, str] = {"space_id": "id"}


def _report(row: CsvRow, saved: SavedSpace, asked: Row, *, is_stored: bool) -> ImportedRow:
    is_new = isinstance(asked, SpaceRequest)
    return ImportedRow(
        row=row.number,
        outcome="created" if is_new else "changed" if saved.is_changed else "unchanged",
        space_id=None if is_new and not is_stored else saved.space.id,
        name=saved.space.name,
    )


def _report_failed(row: CsvRow, errors: Errors) -> ImportedRow:
    name = row.cells.get("name") or None
    return ImportedRow(row=row.number, outcome="failed", space_id=id_in(row), name=name, errors=list(errors))


def _count(rows: Sequence[ImportedRow]) -> ImportCounts:
    return ImportCounts.model_validate(Counter(each.outcome for each in rows))


def _refuse(rows: Sequence[ImportedRow], failed: int) -> Problem:
    errors = [each.model_copy(update={"field": f"row {row.row}: {each.field}"}) for row in rows for each in row.errors]
    detail = (
        f"Nothing was imported, because {failed} of {len(rows)} rows cannot be used. `rows` says what is wrong with "
        "each; mend them, and send the whole file again."
    )
    return Problem(INVALID, detail, errors=errors, rows=rows)
