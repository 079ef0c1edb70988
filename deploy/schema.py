"""Describe the database that the migrations create, in one file per schema in docs/schema: `make documents`.

The description is read from PostgreSQL's catalogue and written in a format of ours, so that it is the same for every
version we support. A test fails if the files are out of date. A view is described by its columns only, because versions
format its definition differently.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from deploy.local.postgres import postgres_server
from libs.common.db import OwnConnection
from libs.common.migrate import migrate
from services.schemas import BUS_SCHEMA, SCHEMAS

DIRECTORY = Path(__file__).parents[1] / "docs" / "schema"
SERVICES: Mapping[str, Path] = {**SCHEMAS, **BUS_SCHEMA}

_COLUMNS = """
SELECT c.relname AS owner, c.relkind = 'v' AS is_view, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AND c.relkind <> 'v' AS is_required, a.attidentity <> '' AS is_identity,
       pg_get_expr(d.adbin, d.adrelid) AS value
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p', 'v')
ORDER BY c.relname, a.attnum
"""
_CONSTRAINTS = """
SELECT c.relname AS owner, k.conname AS name, pg_get_constraintdef(k.oid) AS rule
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.connamespace = $1::regnamespace AND k.contype IN ('p', 'u', 'f', 'c', 'x')
ORDER BY c.relname, k.conname
"""
_INDEXES = """
SELECT c.relname AS owner, pg_get_indexdef(i.indexrelid) AS rule
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = $1::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
ORDER BY c.relname, 2
"""
_ROUTINES = """
SELECT proname AS name, pg_get_function_identity_arguments(oid) AS arguments, prosrc AS body
FROM pg_proc WHERE pronamespace = $1::regnamespace ORDER BY 1, 2
"""
_TRIGGERS = """
SELECT c.relname AS owner, pg_get_triggerdef(t.oid) AS rule
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = $1::regnamespace AND NOT t.tgisinternal ORDER BY 1, 2
"""


async def describe(conn: OwnConnection, schema: str) -> str:
    """Describe what is in a schema; two databases with the same schema get the same description."""
    await conn.execute(f'SET search_path TO "{schema}", public')
    columns, constraints, indexes, triggers = [
        await conn.fetch(query, schema) for query in (_COLUMNS, _CONSTRAINTS, _INDEXES, _TRIGGERS)
    ]
    lines = [f"-- What the migrations of {schema} make. Written by `make documents`; do not edit."]
    for owner, is_view in dict.fromkeys((row["owner"], row["is_view"]) for row in columns):
        lines += ["", f"{'view' if is_view else 'table'} {owner}"]
        lines += [f"    {_column(row)}" for row in columns if row["owner"] == owner]
        lines += [f"    {row['name']}: {row['rule']}" for row in constraints if row["owner"] == owner]
        lines += [f"    {row['rule']}" for row in [*indexes, *triggers] if row["owner"] == owner]
    for routine in await conn.fetch(_ROUTINES, schema):
        lines += ["", f"function {routine['name']}({routine['arguments']})"]
        lines += [f"    {line.strip()}" for line in routine["body"].strip().splitlines()]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _column(row: asyncpg.Record) -> str:
    words = [row["name"], row["type"]]
    words += ["not null"] if row["is_required"] else []
    words += ["identity"] if row["is_identity"] else []
    words += [f"default {row['value']}"] if row["value"] is not None else []
    return " ".join(words)


async def describe_migrated(url: str) -> dict[str, str]:
    """Migrate the database of `url` and describe every schema in it."""
    await migrate(url, SERVICES)
    conn = await asyncpg.connect(url)
    try:
        return {schema: await describe(conn, schema) for schema in SERVICES}
    finally:
        await conn.close()


async def _write() -> None:
    with TemporaryDirectory() as scratch:
        async with postgres_server(Path(scratch)) as server:
            found = await describe_migrated(server.url)
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for schema, text in found.items():
        (DIRECTORY / f"{schema}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
