"""What the imports of CSV files have in common: how they are asked for, how rows are read, and what is reported.

One rule: all rows of a file are stored, or none; and whoever sends it learns at once what is wrong with each of them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from libs.contracts.message import Message
from services.policy.api.csv_files import CsvRow, CsvTable
from services.policy.api.invalid import field_problems
from services.policy.api.problems import FieldProblem, ImportedRow, Problem, invalid
from services.policy.api.translate import problem_of
from services.policy.api.work import Done
from services.policy.commands.errors import AnyCommandError
from services.policy.commands.refusals import INVALID

Errors = Sequence[FieldProblem]
Reported = TypeVar("Reported", bound=ImportedRow)
Row = TypeVar("Row")

_ID = TypeAdapter(UUID)


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


class ImportOut(BaseModel, Generic[Reported]):
    """What became of each row of a file, or would become of it. Rows fail in a preview only: else nothing is stored."""

    dry_run: bool
    rows: list[Reported]
    counts: ImportCounts


class RowRefused(Exception):
    """A row cannot be used; `errors` say why, by column."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(f"{len(errors)} cells of a row cannot be used")
        self.errors = errors


def check_columns(table: CsvTable, needed: Iterable[str], what: str) -> None:
    """Raise a problem if some row adds a `what`, and the file lacks a column that this needs."""
    adds = any(not row.cells.get("id") for row in table.rows)
    for name in needed:
        if adds and name not in table.columns:
            raise invalid("body", f"lacks the column {name}", f"A row without an id adds a {what}, which needs it")


def read_rows(
    table: CsvTable, unique: Sequence[str], read: Callable[[CsvRow], Row]
) -> tuple[dict[int, Row], dict[int, Errors]]:
    """Return what each row asks for, and why a row cannot be used, under its number.

    `unique` are the columns in which no two rows say the same. `read` raises `RowRefused`.
    """
    wanted: dict[int, Row] = {}
    refused = _find_repeated(table, unique)
    for row in table.rows:
        if row.number in refused:
            continue
        try:
            if row.problem is not None:
                raise RowRefused([row.problem])
            wanted[row.number] = read(row)
        except RowRefused as error:
            refused[row.number] = error.errors
    return wanted, refused


def read_id(row: CsvRow) -> UUID:
    """Return the id in a row. Raises `RowRefused`."""
    try:
        return _ID.validate_python(row.cells.get("id"))
    except ValidationError as error:
        raise RowRefused(in_columns(({**each, "loc": ("id",)} for each in error.errors()), frozenset())) from error


def id_in(row: CsvRow) -> UUID | None:
    """Return the id in a row; None if it has none, or something that is no id."""
    try:
        return read_id(row)
    except RowRefused:
        return None


def ids_in(table: CsvTable) -> list[UUID]:
    """Return the ids in all rows of a file."""
    return [found for row in table.rows if (found := id_in(row)) is not None]


def in_columns(errors: Iterable[Mapping[str, Any]], shown: frozenset[str]) -> list[FieldProblem]:
    """Translate the errors of a model that was given the cells of a row; `shown` is what the answer shows besides."""
    return field_problems([{**each, "loc": ("body", *each["loc"])} for each in errors], shown)


def explain(error: AnyCommandError, column_of: Callable[[str], str]) -> Errors:
    """Say by column why a row was not carried out, given in which column each field is."""
    problem = problem_of(error, in_path=())
    return [each.model_copy(update={"field": column_of(each.field)}) for each in problem.errors]


def finish(
    answer: type[ImportOut[Reported]], rows: Sequence[Reported], *, is_preview: bool, messages: Iterable[Message] = ()
) -> Done:
    """Report an import. Raises a problem, which undoes all of it, if a row failed and this is no preview."""
    counts = ImportCounts.model_validate(Counter(each.outcome for each in rows))
    if counts.failed and not is_preview:
        raise _refuse(rows, counts.failed)
    shown = answer(dry_run=is_preview, rows=list(rows), counts=counts)
    return Done(200, shown.model_dump(mode="json"), {}, () if is_preview else tuple(messages))


def _find_repeated(table: CsvTable, columns: Sequence[str]) -> dict[int, Errors]:
    """Refuse rows that say in some column what a row before them has said; an id may be written in several ways."""
    first: dict[tuple[str, object], int] = {}
    repeated: dict[int, Errors] = {}
    for row in table.rows:
        for column in columns:
            cell = row.cells.get(column, "").lower()
            said = (id_in(row) if column == "id" else None) or cell
            before = first.setdefault((column, said), row.number)
            if cell and before != row.number:
                problem = FieldProblem(
                    field=column, problem=f"is that of row {before} too", expected="one row for each"
                )
                repeated[row.number] = [*repeated.get(row.number, ()), problem]
    return repeated


def _refuse(rows: Sequence[ImportedRow], failed: int) -> Problem:
    errors = [each.model_copy(update={"field": f"row {row.row}: {each.field}"}) for row in rows for each in row.errors]
    detail = (
        f"Nothing was imported, because {failed} of {len(rows)} rows cannot be used. `rows` says what is wrong with "
        "each; mend them, and send the whole file again."
    )
    return Problem(INVALID, detail, errors=errors, rows=rows)
