"""CSV as the API reads and writes it: UTF-8, a first row with the names of the columns, commas, as RFC 4180 has it.

A file with semicolons instead of commas is read too.

One rule: what is written here is read back as it was. A spreadsheet would take a cell that begins with one of `=+-@`
for a formula, so such a cell is written behind an apostrophe, which reading takes off again.

Source: https://www.rfc-editor.org/rfc/rfc4180, https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from io import StringIO
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from services.policy.api.problems import BODY_NOT_CSV, FieldProblem, Problem, invalid
from services.policy.commands.csv_text import BETWEEN_ITEMS, MEDIA_TYPE, write_table

MOST_ROWS = 1_000
CSV_BODY = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}
"""Describes a body that `CsvText` reads: pass it as `openapi_extra`."""

AS_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}
"""Describes the answer of a route that writes a list as a file too: pass it as `responses`."""

csv.field_size_limit(2**31 - 1)  # a body is bounded as a whole, and a cell may fill it

_UTF_8 = {"utf-8", "us-ascii"}
_PROTECTED = re.compile(r"'+[=+\-@\t\r\n]")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row below the names of the columns, with its cells by column.

    `number` is that of a spreadsheet, where the names are row 1. `problem` says what is wrong with the row as such.
    """

    number: int
    cells: Mapping[str, str]
    problem: FieldProblem | None = None


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A file as it was read."""

    columns: Sequence[str]
    rows: Sequence[CsvRow]


def asks_for_csv(request: Request) -> bool:
    """Whether a reader likes CSV better than JSON. One that does not say so gets JSON."""
    best_csv, best_json = 0.0, 0.0
    for each in request.headers.get("accept", "").split(","):
        media_type, quality = _read_range(each)
        if media_type == MEDIA_TYPE:
            best_csv = quality
        elif media_type in {"application/json", "application/*", "*/*"}:
            best_json = max(best_json, quality if media_type == "application/json" else quality / 1000)
    return best_csv > best_json


def check_is_not_paged(asked: Iterable[str]) -> None:
    """Raise a problem if a page was asked for, because a file always has all of a list."""
    for name in {"limit", "cursor"}.intersection(asked):
        raise invalid(f"query.{name}", "goes with JSON only", "Leave it out: a file is not cut into pages")


async def _csv_text(request: Request) -> str:
    """Read the body as text. Raises a problem if it is not declared to be CSV, or not in UTF-8."""
    declared = _content_type(request)
    if declared.get_content_type() != MEDIA_TYPE or str(declared.get_content_charset("utf-8")) not in _UTF_8:
        await request.body()  # a body that is too large is told first, as elsewhere
        detail = "Send the body as CSV in UTF-8, with the header Content-Type: text/csv."
        raise Problem(BODY_NOT_CSV, detail, headers={"Accept": MEDIA_TYPE})
    try:
        return (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid("body", "is not UTF-8", "CSV in UTF-8; a spreadsheet saves it as “CSV UTF-8”") from error


CsvText = Annotated[str, Depends(_csv_text)]
"""The body of a request that is CSV, without the byte order mark that it may begin with."""


def read_csv(text: str, known: Sequence[str], most: int = MOST_ROWS) -> CsvTable:
    """Read a file with some of the `known` columns, in any order, and so many rows at most.

    Raises a problem that names what is wrong with it.
    """
    records = _read_records(text)
    _, columns = next(records, (0, []))
    if not columns:
        raise invalid("body", "is empty", "A first row with the names of the columns, then the others")
    columns = [name.strip() for name in columns]
    _check_columns(columns, known)
    rows: list[CsvRow] = []
    for number, cells in records:
        if len(rows) == most:
            raise invalid("body", "has too many rows", f"At most {most:,} of them; send the rest by itself")
        rows.append(_read_row(number, columns, cells))
    return CsvTable(columns, rows)


def write_csv(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Response:
    """Answer with a file of this name; lists are written with `;` between their items, and None as nothing."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"}
    return Response(write_table(columns, rows), 200, headers, f"{MEDIA_TYPE}; charset=utf-8")


def read_list(cell: str) -> list[str]:
    """Return the items of a list. An item that contains a `;` itself stands in quotes."""
    try:
        return next(csv.reader([cell], delimiter=BETWEEN_ITEMS, skipinitialspace=True, strict=True), [])
    except csv.Error:
        return [cell]


def _read_records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Read every row that is not blank, with its number. Raises a problem that names the line which is no CSV."""
    reader = csv.reader(StringIO(text, newline=""), strict=True, delimiter=_delimiter_of(text))
    try:
        yield from ((number, cells) for number, cells in enumerate(reader, 1) if cells)
    except csv.Error as error:
        expected = "Cells with commas between them; a cell with a comma, a quote or a line break stands in quotes"
        raise invalid("body", f"cannot be read as CSV at line {reader.line_num}", expected) from error


def _delimiter_of(text: str) -> str:
    """Return what stands between the cells: where decimals have commas, spreadsheets write semicolons."""
    names = text.lstrip().partition("\n")[0]
    return ";" if ";" in names and "," not in names else ","


def _check_columns(columns: Sequence[str], known: Sequence[str]) -> None:
    for position, name in enumerate(columns, 1):
        if name not in known:
            problem = f"column {position} has a name that is not known here"
            raise invalid("body", problem, f"Some of these, with commas between them: {', '.join(known)}")
        if columns.index(name) != position - 1:
            raise invalid("body", f"has the column {name} more than once", "Each column once at most")


def _read_row(number: int, columns: Sequence[str], cells: Sequence[str]) -> CsvRow:
    by_column = {name: _unprotect(cell).strip() for name, cell in zip(columns, cells, strict=False)}
    if len(cells) == len(columns):
        return CsvRow(number, by_column)
    expected = f"{len(columns)} cells, one for each column"
    return CsvRow(number, by_column, FieldProblem(field="row", problem=f"has {len(cells)} cells", expected=expected))


def _unprotect(cell: str) -> str:
    return cell[1:] if _PROTECTED.match(cell) else cell


def _content_type(request: Request) -> Message:
    declared = Message()
    declared["content-type"] = request.headers.get("content-type", "application/octet-stream")
    return declared


def _read_range(text: str) -> tuple[str, float]:
    """Return a media range and how much it is wanted, from 0 to 1."""
    media_type, *parameters = (part.strip().lower() for part in text.split(";"))
    written = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    return media_type, float(written) if re.fullmatch(r"[01](\.\d{0,3})?", written, re.ASCII) else 0.0
