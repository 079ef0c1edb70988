"""The database: can it be used, is it new enough and migrated, has it what it needs, and what time is it there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from libs.common.clock import utc_now
from libs.common.db import CONNECT_WITHIN_S
from services.doctor.check import CouldNotLook, LookedInPart
from services.doctor.checks.clock import judge_clock
from services.findings.finding import Finding, FindingCode
from services.findings.registry import fill_in

OLDEST = 14
"""The oldest major version with what the statements of the services use, such as multiranges."""

EXTENSIONS = ("btree_gist", "pg_trgm")
"""As `libs.common.migrate` makes them; that module needs Alembic, which not every environment has."""

_VERSION = "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS name"
_EXTENSIONS = "SELECT extname FROM pg_extension"
_APPLIED = "SELECT to_regclass($1) IS NOT NULL"


@dataclass(frozen=True, slots=True)
class SeenDatabase:
    """What a database says of itself. `newest` has the number of the newest migration of each schema, None for none."""

    host: str
    version_number: int
    version: str
    extensions: frozenset[str]
    newest: Mapping[str, str | None]


async def look_at_database(url: str, sources: Mapping[str, Path]) -> Sequence[Finding]:
    """Look at the database; `sources` are the schemas and where their migrations are.

    Raises `LookedInPart` with what is wrong if it cannot be used at all.
    """
    host = urlsplit(url).hostname or "its socket"
    try:
        seen, there, before, after = await _see(url, host, sources)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        detail = f"{type(error).__name__}: {error}".rstrip(". ") + "."
        finding = fill_in(
            FindingCode.DATABASE_AWAY, f"the database at {host}", utc_now(), {"host": host, "detail": detail}
        )
        raise LookedInPart("The database cannot be used.", [finding]) from error
    here = before + (after - before) / 2
    wrong = judge_database(seen, {name: numbers_in(directory) for name, directory in sources.items()}, now=after)
    return [*wrong, *judge_clock("the database", there, here, now=after)]


async def _see(url: str, host: str, sources: Mapping[str, Path]) -> tuple[SeenDatabase, datetime, datetime, datetime]:
    connection = await asyncpg.connect(url, timeout=CONNECT_WITHIN_S, command_timeout=CONNECT_WITHIN_S)
    try:
        before = utc_now()
        there = await connection.fetchval("SELECT clock_timestamp()")
        after = utc_now()
        version = await connection.fetchrow(_VERSION)
        if version is None:
            raise CouldNotLook("The database does not say which version it has.")
        extensions = {row["extname"] for row in await connection.fetch(_EXTENSIONS)}
        newest = {name: await _newest(connection, name) for name in sources}
        seen = SeenDatabase(host, version["number"], version["name"], frozenset(extensions), newest)
        return seen, there, before, after
    finally:
        connection.terminate()


async def _newest(connection: "asyncpg.Connection[asyncpg.Record]", schema: str) -> str | None:
    """Return the number of the newest migration of a schema; None if there was none."""
    table = f'"{schema}"."{schema}_version"'
    if not await connection.fetchval(_APPLIED, table):
        return None
    found: str | None = await connection.fetchval(f"SELECT max(version_num) FROM {table}")
    return found


def numbers_in(directory: Path) -> list[str]:
    """Return the numbers of the migrations in a directory, the oldest first."""
    return sorted(each.stem.partition("_")[0] for each in directory.glob("[0-9][0-9][0-9][0-9]_*.sql"))


def judge_database(seen: SeenDatabase, known: Mapping[str, Sequence[str]], *, now: datetime) -> Iterator[Finding]:
    """Tell what is wrong with a database; `known` are the migrations that this version of ours has."""
    about, words = f"the database at {seen.host}", {"host": seen.host}
    if seen.version_number < OLDEST * 10_000:
        more = {"version": seen.version, "needed": OLDEST}
        yield fill_in(FindingCode.DATABASE_TOO_OLD, about, now, words | more)
    for extension in EXTENSIONS:
        if extension not in seen.extensions:
            yield fill_in(FindingCode.EXTENSION_MISSING, about, now, words | {"extension": extension})
    lacking = [
        f"{schema} {number}"
        for schema, numbers in known.items()
        for number in numbers
        if (newest := seen.newest.get(schema)) is None or number > newest
    ]
    if lacking:
        yield fill_in(FindingCode.NOT_MIGRATED, about, now, words | {"migrations": _in_short(lacking)})
    further = [
        f"{schema} {newest}"
        for schema, numbers in known.items()
        if numbers and (newest := seen.newest.get(schema)) is not None and newest > numbers[-1]
    ]
    if further:
        yield fill_in(FindingCode.MIGRATED_FURTHER, about, now, words | {"migrations": _in_short(further)})


def _in_short(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
