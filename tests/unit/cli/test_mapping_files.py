"""Files with mappings, as spreadsheets write them and as people spoil them."""

from pathlib import Path
from uuid import UUID

import pytest

from services.cli.mapping_files import MOST_TOLD, read_mappings
from services.policy.commands.room_imports import SupposedMapping

ONE, TWO = UUID(int=1), UUID(int=2)
NAMES = "id;name;room_mailbox;connection"


def written(directory: Path, text: str, encoding: str = "utf-8") -> Path:
    file = directory / "mapping.csv"
    file.write_text(text, encoding=encoding, newline="")
    return file


@pytest.mark.parametrize("between", [",", ";"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_is_read_as_spreadsheets_write_it(tmp_path: Path, between: str, line_break: str, mark: str) -> None:
    rows = [f'{ONE};"Größe";ROOM-1@Example.org;simulator', "", f"{TWO};Two;room-2@example.org;"]
    text = mark + line_break.join([NAMES, *rows]).replace(";", between) + line_break

    assert read_mappings(written(tmp_path, text)) == [
        SupposedMapping(ONE, "room-1@example.org", "simulator"),
        SupposedMapping(TWO, "room-2@example.org", None),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (f"{NAMES};colour\n", "column 5 has a name that is not known here"),
        ("id;room_mailbox;room_mailbox\n", "room_mailbox more than once"),
        ("name;room_mailbox\nOne;one@example.org\n", "lacks the column id"),
        (f'{NAMES}\n{ONE};"One;one@example.org;\n', "line 2"),
        (f"{NAMES}\n{ONE};One;one@example.org\n", "Row 2 of {file}: row has 3 cells."),
        (f"{NAMES}\n{ONE};One;one@example.org;;;\n", "Row 2 of {file}: row has 6 cells."),
        (f"{NAMES}\n{ONE};One;;\n", "Row 2 of {file}: room_mailbox"),
        (f"{NAMES}\nOne;One;one@example.org;\n", "Row 2 of {file}: id"),
        (f"{NAMES}\n{ONE};One;one@example.org;\n{ONE};One;two@example.org;\n", "id is that of row 2 too"),
        (f"{NAMES}\n{ONE};One;one@example.org;\n{TWO};Two;ONE@example.org;\n", "room_mailbox is that of row 2 too"),
    ],
    ids=lambda value: str(value)[-30:],
)
def test_what_cannot_be_used_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    file = written(tmp_path, text)

    with pytest.raises(SystemExit) as ended:
        read_mappings(file)

    assert (ended.value.code, capsys.readouterr().err.count(said.format(file=file))) == (1, 1)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, f"{NAMES}\n{ONE};Größe;one@example.org;\n", "latin-1")

    with pytest.raises(SystemExit):
        read_mappings(file)

    assert "is not UTF-8" in capsys.readouterr().err


def test_of_very_many_rows_that_cannot_be_used_the_first_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "\n".join([NAMES, *("nonsense;One;one@example.org;" for _ in range(500))]))

    with pytest.raises(SystemExit):
        read_mappings(file)

    told = capsys.readouterr().err.splitlines()
    assert (len(told) < 3 * MOST_TOLD, told[-2]) == (True, f"{500 - MOST_TOLD} more rows cannot be used.")
