"""Directories for servers' data: short paths that any account can reach, and that are removed afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_directory(name: str, account: str | None = None) -> Iterator[Path]:
    """Create a directory that `account` owns, and remove it with its content at the end.

    It is in the system's temporary folder, because other accounts cannot enter the home of root, or of pytest.
    """
    home = Path(tempfile.mkdtemp(prefix=f"roomsync-{name}-"))
    try:
        if account:
            shutil.chown(home, account, account)
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def log_file(directory: Path, name: str) -> Path:
    """Return the path of a log in `directory`, which is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    return directory / f"{name}.log"
