"""A file that says how rooms are to be mapped, as `GET /v1/mapping-proposals` writes it.

It is read as the API reads files and judged by the same models, so that what is rehearsed here can be imported there.
"""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from services.cli.output import fail
from services.policy.api.csv_files import CsvRow, read_csv
from services.policy.api.imports import Errors, RowRefused, in_columns, read_rows
from services.policy.api.problems import Problem
from services.policy.api.room_import_bodies import MOST_ROOMS, SupposedMappingIn
from services.policy.api.space_files import COLUMNS
from services.policy.commands.room_imports import SupposedMapping

SPREADSHEET = "A file with the columns id, room_mailbox and connection, as GET /v1/mapping-proposals writes it."
MOST_TOLD = 20
_NEEDED = ("id", "room_mailbox")


def read_mappings(path: Path) -> Sequence[SupposedMapping]:
    """Read the mappings in a file. Ends the command, and says why, unless each row of it can be used."""
    try:
        table = read_csv(path.read_text(encoding="utf-8-sig"), COLUMNS, MOST_ROOMS)
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8; a spreadsheet saves it as “CSV UTF-8”.")
    except Problem as problem:
        fail(f"{path} cannot be used. {problem.detail}")
    if missing := set(_NEEDED).difference(table.columns):
        fail(f"{path} lacks the column {min(missing)}. It needs: {SPREADSHEET}")
    wanted, refused = read_rows(table, _NEEDED, _read_row)
    if refused:
        fail("\n".join(_tell(path, refused)))
    return list(wanted.values())


def _read_row(row: CsvRow) -> SupposedMapping:
    cells = {"space_id": row.cells["id"], "room_mailbox": row.cells["room_mailbox"]}
    try:
        read = SupposedMappingIn.model_validate({**cells, "connection": row.cells.get("connection") or None})
    except ValidationError as error:
        raise RowRefused(in_columns(error.errors(), frozenset())) from error
    return SupposedMapping(read.space_id, read.room_mailbox, read.connection)


def _tell(path: Path, refused: dict[int, Errors]) -> list[str]:
    """Say what is wrong with each row, or with the first of very many."""
    rows = sorted(refused.items())
    told = [
        f"Row {number} of {path}: {'id' if each.field == 'space_id' else each.field} {each.problem}."
        for number, errors in rows[:MOST_TOLD]
        for each in errors
    ]
    more = [f"{len(rows) - MOST_TOLD} more rows cannot be used."] if len(rows) > MOST_TOLD else []
    return [*told, *more, "Nothing was begun."]
