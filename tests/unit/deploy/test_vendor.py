"""The check that files of others are as they were brought."""

import shutil
from pathlib import Path

import pytest

from deploy import vendor


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy what is vendored, to be spoilt."""
    return Path(shutil.copytree(vendor.FOLDER, tmp_path / "vendor"))


def test_what_is_committed_is_as_it_was_brought() -> None:
    assert list(vendor.files_are_as_brought()) == []


def test_a_file_that_was_edited_is_found(folder: Path) -> None:
    path = folder / "htmx.min.js"
    path.write_bytes(path.read_bytes() + b"\n")

    [found] = vendor.files_are_as_brought(folder)

    assert "htmx.min.js differs" in found


def test_a_file_that_is_not_recorded_is_found(folder: Path) -> None:
    (folder / "left.min.js").write_text("1")

    [found] = vendor.files_are_as_brought(folder)

    assert "left.min.js is not in VENDORED.toml" in found


def test_a_missing_licence_is_found(folder: Path) -> None:
    (folder / "htmx.LICENSE").unlink()

    assert any("only be passed on with its licence" in each for each in vendor.files_are_as_brought(folder))


def test_the_record_is_written_as_it_is_read(folder: Path) -> None:
    before = (folder / vendor.RECORD).read_text()

    vendor.write_record(folder, vendor.read_record(folder))

    assert (folder / vendor.RECORD).read_text() == before
