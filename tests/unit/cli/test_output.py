"""What people see in a terminal of any width."""

from datetime import UTC, datetime

import pytest

from services.cli.output import show

ID = "0b0e7f3c-1111-4222-8333-444455556666"
ROW = {
    "space_id": ID,
    "room_mailbox": "birch.second-floor.north@contoso.example",
    "state": "braked",
    "agreed_at": datetime(2031, 5, 4, 9, 30, 12, 345678, tzinfo=UTC),
    "waiting_cancellations": None,
    "detail": "12 of the 20 reservations ahead are gone from the room's calendar at once.",
}


@pytest.mark.parametrize("columns", [20, 80, 120, 400])
def test_an_id_is_never_cut(columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    show([ROW, ROW], as_json=False, nothing="Nothing.")

    assert capsys.readouterr().out.count(ID) == 2


def test_a_row_that_fits_into_no_table_has_one_field_below_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    show([ROW], as_json=False, nothing="Nothing.")

    assert f"space_id               {ID}\n" in capsys.readouterr().out


def test_a_time_is_said_to_the_second(capsys: pytest.CaptureFixture[str]) -> None:
    show([ROW], as_json=False, nothing="Nothing.")

    assert "2031-05-04 09:30:12 UTC" in capsys.readouterr().out
