"""The templates of connections: one for each kind of answer at most, and since when it could not be used."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, assigned, columns, listed, placed, values
from libs.contracts.values import Actor
from services.policy.core.answers.grammar import TemplateProblem
from services.policy.core.answers.kinds import AnswerKind


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """The template of one kind of answer; without one the default is said, as from `NEVER_SET` on."""

    kind: AnswerKind
    template: str | None = None
    version: int = 0
    updated_at: datetime | None = None
    updated_by: Actor | None = None
    failing_since: datetime | None = None
    last_error: TemplateProblem | None = None


_COLUMNS = columns(AnswerRow)
_ROWS = Rows(AnswerRow)

_OF_CONNECTION = f"SELECT {listed(_COLUMNS)} FROM answer_templates WHERE connection_id = $1"
_READ = f"{_OF_CONNECTION} AND kind = $2"
_SAVE = f"""
    INSERT INTO answer_templates (connection_id, {listed(_COLUMNS)}) VALUES ({placed(("", *_COLUMNS))})
    ON CONFLICT (connection_id, kind) DO UPDATE SET {assigned(columns(AnswerRow, but=("kind",)))}
"""
_RECORD_FAILURE = """
    UPDATE answer_templates SET failing_since = clock_timestamp(), last_error = $4
    WHERE connection_id = $1 AND kind = $2 AND version = $3 AND failing_since IS NULL
"""


async def of_connection(conn: Db, connection_id: UUID) -> dict[AnswerKind, AnswerRow]:
    """Read what was set for a connection, by kind; those that were taken back have no template."""
    found = [_ROWS.read(row) for row in await conn.fetch(_OF_CONNECTION, connection_id)]
    return {each.kind: each for each in found}


async def read(conn: Db, connection_id: UUID, kind: AnswerKind) -> AnswerRow:
    """Read what is said in answers of a kind; if nothing was ever set, at version 0."""
    return _ROWS.read_one(await conn.fetchrow(_READ, connection_id, kind)) or AnswerRow(kind)


async def save(conn: Db, connection_id: UUID, row: AnswerRow) -> None:
    """Insert or overwrite the template of a kind. The caller has locked the connection."""
    by = row.updated_by.model_dump(mode="json") if row.updated_by is not None else None
    changed = {**dict(zip(_COLUMNS, values(row, _COLUMNS), strict=True)), "updated_by": by}
    await conn.execute(_SAVE, connection_id, *changed.values())


async def record_failure(conn: Db, connection_id: UUID, failed: AnswerRow, problem: TemplateProblem) -> bool:
    """Note that a template could not be used. True the first time; False also if another one took its place."""
    status = await conn.execute(_RECORD_FAILURE, connection_id, failed.kind, failed.version, problem)
    return bool(status.endswith(" 1"))
