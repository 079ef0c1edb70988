"""Approvals: a row for each question to administrators.

`one_pending_question_per_reservation` makes it impossible that two questions about a reservation wait to be decided.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, assigned, columns, listed
from services.policy.core.approvals.question import Question, QuestionState
from services.policy.core.changes import SaveQuestion

ROWS = Rows(Question)

_COLUMNS = columns(Question)
_NEVER_CHANGED = ("id", "space_id", "reservation_id", "asked_at")

SAVE = f"""
    INSERT INTO approvals ({listed(_COLUMNS)})
    SELECT {listed(_COLUMNS)} FROM jsonb_populate_recordset(NULL::approvals, $12)
    ON CONFLICT (id) DO UPDATE SET {assigned(columns(Question, but=_NEVER_CHANGED))}
"""
"""Insert or overwrite the questions in the rows $12, in their order: one is closed before another is asked instead."""


@dataclass(frozen=True, slots=True)
class ShownQuestion(Question):
    """A question with what people call the space and the reservation that it is about."""

    space_name: str
    time_zone: str
    title: str
    organizer_name: str | None


@dataclass(frozen=True, slots=True)
class WantedQuestions:
    """Which questions to list: None stands for any."""

    state: QuestionState | None = None
    space_id: UUID | None = None
    reservation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """What a question is about."""

    space_id: UUID
    reservation_id: UUID
    organizer: str | None


_SHOWN_ROWS = Rows(ShownQuestion)
_ASKED_ABOUT = Rows(AskedAbout)

_SHOWN = f"""
    SELECT {listed(_COLUMNS, "a")}, s.name AS space_name, r.time_zone, r.title, r.organizer_name
    FROM approvals a JOIN reservations r ON r.id = a.reservation_id JOIN spaces s ON s.id = a.space_id
"""

_ONE = f"{_SHOWN} WHERE a.id = $1"

_PAGE = f"""{_SHOWN}
    WHERE ($1::text IS NULL OR a.state = $1)
        AND ($2::uuid IS NULL OR a.space_id = $2)
        AND ($3::uuid IS NULL OR a.reservation_id = $3)
        AND ($4::timestamptz IS NULL OR (a.asked_at, a.id) > ($4, $5))
    ORDER BY a.asked_at, a.id LIMIT $6
"""

_ABOUT = """
    SELECT a.space_id, a.reservation_id, r.organizer_address AS organizer
    FROM approvals a JOIN reservations r ON r.id = a.reservation_id WHERE a.id = $1
"""

_DUE = "SELECT id FROM approvals WHERE state = 'pending' AND due_at <= clock_timestamp() ORDER BY due_at, id LIMIT $1"


async def read(conn: Db, question_id: UUID) -> ShownQuestion | None:
    """Read one question."""
    return _SHOWN_ROWS.read_one(await conn.fetchrow(_ONE, question_id))


async def page(
    conn: Db, wanted: WantedQuestions, after: tuple[datetime, UUID] | None, limit: int
) -> list[ShownQuestion]:
    """Read the next questions in the order of (asked at, id), after the given one."""
    filters = (wanted.state, wanted.space_id, wanted.reservation_id)
    return [_SHOWN_ROWS.read(row) for row in await conn.fetch(_PAGE, *filters, *(after or (None, None)), limit)]


async def asked_about(conn: Db, question_id: UUID) -> AskedAbout | None:
    """Return what a question is about."""
    return _ASKED_ABOUT.read_one(await conn.fetchrow(_ABOUT, question_id))


async def due(conn: Db, at_most: int) -> list[UUID]:
    """Return the questions to which something happens by itself by now."""
    return [row["id"] for row in await conn.fetch(_DUE, at_most)]


def as_json(change: SaveQuestion) -> dict[str, Any]:
    """Return a question as a row."""
    return ROWS.as_json(change.question)
