"""Create and upgrade the database: a schema, a role and the tables of each service.

SQL files named ``NNNN_what.sql`` are applied in order, once each, by Alembic, which keeps the version in the schema
itself. Every schema also gets an inbox and an outbox. Forward only: to undo a migration, write the next one. Concurrent
runs wait for each other. A service may read only the views named ``*_v1`` of another service.

The login needs the rights to create schemas, roles and the extensions in `EXTENSIONS` in this database.
"""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import asyncpg
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script.base import Script
from alembic.script.revision import RevisionMap
from sqlalchemy import Connection as SqlConnection
from sqlalchemy.ext.asyncio import create_async_engine

from libs.common.db import OwnConnection, role_of

COMMON = Path(__file__).parent / "migrations"
EXTENSIONS = ("btree_gist", "pg_trgm")
"""What indexes and constraints of the services need."""

_LOCK = "SELECT pg_advisory_lock(hashtextextended('roomsync migrate', 0))"


async def migrate(url: str, services: Mapping[str, Path]) -> None:
    """Bring the schemas of `services` (name → directory of SQL files) up to date; harmless to repeat."""
    admin = await asyncpg.connect(url)
    try:
        await admin.execute(_LOCK)
        for extension in EXTENSIONS:
            await admin.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} WITH SCHEMA public")
        for schema in services:
            await _make_owner_and_schema(admin, role_of(url, schema), schema)
        for schema, directory in services.items():
            await _upgrade(url, schema, {"common": COMMON, schema: directory})
        for schema in services:
            await _open_views(admin, schema, [role_of(url, other) for other in services if other != schema])
    finally:
        await admin.close()


async def _make_owner_and_schema(admin: OwnConnection, role: str, schema: str) -> None:
    if not await admin.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role):
        await admin.execute(f'CREATE ROLE "{role}" NOLOGIN')
    await admin.execute(f'GRANT "{role}" TO CURRENT_USER')
    await admin.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}" AUTHORIZATION "{role}"')


async def _open_views(admin: OwnConnection, schema: str, readers: list[str]) -> None:
    views = await admin.fetch(
        "SELECT viewname FROM pg_views WHERE schemaname = $1 AND viewname ~ '_v[0-9]+$' ORDER BY viewname", schema
    )
    for reader in readers:
        await admin.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO "{reader}"')
        for view in views:
            await admin.execute(f'GRANT SELECT ON "{schema}"."{view["viewname"]}" TO "{reader}"')


async def _upgrade(url: str, schema: str, sources: Mapping[str, Path]) -> None:
    settings = {"role": role_of(url, schema), "search_path": f'"{schema}", public'}

    async def connect() -> OwnConnection:
        return await asyncpg.connect(url, server_settings=settings)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    try:
        async with engine.connect() as conn:
            for source, directory in sources.items():
                await conn.run_sync(_apply, schema, source, directory)
                await conn.commit()
    finally:
        await engine.dispose()


def _apply(conn: SqlConnection, schema: str, source: str, directory: Path) -> None:
    scripts = _scripts(conn, directory)
    revisions = RevisionMap(lambda: scripts)

    def pending(heads: tuple[str, ...], _: MigrationContext) -> list[MigrationStep]:
        missing = {revision.revision for revision in revisions.iterate_revisions("heads", heads or "base")}
        return [MigrationStep.upgrade_from_script(revisions, each) for each in scripts if each.revision in missing]

    options = {
        "fn": pending,
        "version_table": f"{source}_version",
        "version_table_schema": schema,
        "transaction_per_migration": True,
    }
    MigrationContext.configure(connection=conn, opts=options).run_migrations()


def _scripts(conn: SqlConnection, directory: Path) -> list[Script]:
    """Build an Alembic revision from each SQL file; the number in front of the name is the revision."""
    scripts: list[Script] = []
    for path in sorted(directory.glob("[0-9][0-9][0-9][0-9]_*.sql")):
        revision, _, subject = path.stem.partition("_")
        module = SimpleNamespace(
            revision=revision,
            down_revision=scripts[-1].revision if scripts else None,
            upgrade=_run(conn, path.read_text(encoding="utf-8")),
            __doc__=subject.replace("_", " "),
        )
        scripts.append(Script(module, revision, str(path)))  # type: ignore[arg-type]
    return scripts


def _run(conn: SqlConnection, sql: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    def upgrade() -> None:
        # Alembic's own `execute` prepares its statement, and asyncpg prepares only one at a time.
        conn.connection.dbapi_connection.run_async(lambda driver: driver.execute(sql))  # type: ignore[union-attr]

    return upgrade
