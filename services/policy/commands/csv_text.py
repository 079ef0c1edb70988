"""Lists as CSV that a spreadsheet can be given: UTF-8, a first row with the names of the columns, as RFC 4180 has it.

A spreadsheet would take a cell that begins with one of `=+-@` for a formula, so such a cell stands behind an
apostrophe.

Source: https://www.rfc-editor.org/rfc/rfc4180, https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO

MEDIA_TYPE = "text/csv"
BETWEEN_ITEMS = ";"

_LIKE_A_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")


def write_table(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Write rows as text; lists with `;` between their items, and None as nothing."""
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_write_cell(row[column]) for column in columns] for row in rows)
    return file.getvalue()


def _write_cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            file = StringIO(newline="")
            csv.writer(file, delimiter=BETWEEN_ITEMS, lineterminator="").writerow(value)
            return _protect(file.getvalue()) if value else ""
        case _:
            return _protect(str(value))


def _protect(cell: str) -> str:
    return f"'{cell}" if _LIKE_A_FORMULA.match(cell) else cell
