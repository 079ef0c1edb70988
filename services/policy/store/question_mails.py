"""Mails about questions to administrators: a row for each, planned when the question is asked.

Any number of processes may ask for what is due: of them, one gets each row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.db import Connection as Db
from libs.common.rows import Rows, columns, listed
from libs.contracts.approvals import MailKind, MailProgress
from services.policy.core.approvals.mails import PlannedMail, plan_mails
from services.policy.core.approvals.question import Question
from services.policy.core.approvals.telling import ToldQuestion
from services.policy.core.changes import SaveQuestion

_ROWS = Rows(PlannedMail)
_COLUMNS = columns(PlannedMail)


@dataclass(frozen=True, slots=True)
class ShownMail:
    """A mail about a question, and what became of it. `at` is when it was asked for, or is due."""

    kind: MailKind
    recipient: str
    at: datetime
    state: MailProgress | None


@dataclass(frozen=True, slots=True)
class ClaimedMail(PlannedMail):
    """A mail to do something about, whether it was asked for before, and whether it has ended for all we know."""

    was_requested: bool
    has_ended: bool


_CLAIMED = Rows(ClaimedMail)
_TOLD = Rows(ToldQuestion)

PLAN = f"""
    INSERT INTO question_mails ({listed(_COLUMNS)}, look_at)
    SELECT {listed(_COLUMNS, "m")}, m.due_at FROM jsonb_array_elements($12) AS q
    CROSS JOIN jsonb_populate_recordset(NULL::question_mails, q -> 'mails') AS m
    ON CONFLICT (mail_id) DO NOTHING
"""
"""Plan the mails in the rows $12, beside each question that is asked."""

END = """
    UPDATE question_mails m SET look_at = clock_timestamp() FROM jsonb_populate_recordset(NULL::approvals, $12) q
    WHERE m.approval_id = q.id AND q.state <> 'pending'
"""
"""Have all mails about the questions in the rows $12 that are closed looked at: nobody has to be sent them any more."""

SHOWN = """
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'kind', p.kind, 'recipient', p.recipient, 'at', coalesce(p.requested_at, p.due_at), 'state', CASE
            WHEN p.requested_at IS NULL THEN 'planned'
            WHEN m.mail_id IS NOT NULL THEN coalesce(m.state, 'waits')
            WHEN p.requested_at > statement_timestamp() - interval '30 days' THEN 'waits'
        END
    ) ORDER BY coalesce(p.requested_at, p.due_at), p.kind, p.recipient), '[]')
    FROM question_mails p LEFT JOIN outbound.mails_v1 m ON m.mail_id = p.mail_id
    WHERE p.approval_id = {id} AND (p.requested_at IS NOT NULL OR {state} = 'pending')
"""
"""Read the mails about the question of this id and state, those first that were sent or are due first.

Outbound forgets what became of a mail after 30 days.
"""

_DUE = """
    SELECT approval_id FROM question_mails WHERE look_at <= clock_timestamp()
    GROUP BY approval_id ORDER BY min(look_at) LIMIT $1
"""

_CLAIM = f"""
    WITH due AS (
        SELECT mail_id, requested_at FROM question_mails
        WHERE approval_id = $1 AND look_at <= clock_timestamp()
        ORDER BY look_at, mail_id LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    UPDATE question_mails p SET look_at = NULL, requested_at = coalesce(p.requested_at, clock_timestamp())
    FROM due WHERE p.mail_id = due.mail_id
    RETURNING {listed(_COLUMNS, "p")}, due.requested_at IS NOT NULL AS was_requested,
        EXISTS (SELECT FROM outbound.mails_v1 m WHERE m.mail_id = p.mail_id AND m.state IS NOT NULL) AS has_ended
"""

_FORGET = "DELETE FROM question_mails WHERE mail_id = ANY($1)"

_PUT_OFF = """
    UPDATE question_mails SET look_at = clock_timestamp() + $2::interval
    WHERE approval_id = $1 AND look_at <= clock_timestamp()
"""

_IS_CHANGE = "a.state = 'pending' AND a.reservation_id IS NOT NULL AND r.status = 'confirmed'"

BOOKED = f"""
    CASE WHEN {_IS_CHANGE} THEN r.starts_at END AS booked_start,
    CASE WHEN {_IS_CHANGE} THEN r.ends_at END AS booked_end
"""
"""For when the reservation `r` is booked, if the question `a` is about a change of it."""

_TELL = f"""
    SELECT {listed(columns(Question), "a")}, s.name AS space_name, s.time_zone AS space_time_zone,
        r.title, r.is_private, r.organizer_name, {BOOKED}
    FROM approvals a JOIN spaces s ON s.id = a.space_id CROSS JOIN LATERAL (
        SELECT * FROM reservations WHERE id = a.reservation_id
        UNION ALL
        (
            SELECT * FROM reservations WHERE group_id = a.group_id
            ORDER BY is_private DESC, status = 'pending' DESC, original_date LIMIT 1
        )
    ) r
    WHERE a.id = $1 AND a.state = 'pending' AND a.due_at > clock_timestamp()
"""


def as_json(change: SaveQuestion) -> list[dict[str, object]]:
    """Return as rows the mails that are planned with a question that is asked; none with one that was before."""
    is_asked = change.before is None and change.question.state == "pending"
    return [_ROWS.as_json(each) for each in plan_mails(change.question)] if is_asked else []


async def due(conn: Db, at_most: int) -> Sequence[UUID]:
    """Return the questions about whose mails something is to be done, the longest due first."""
    return [row["approval_id"] for row in await conn.fetch(_DUE, at_most)]


async def claim(conn: Db, approval_id: UUID, at_most: int) -> Sequence[ClaimedMail]:
    """Claim the mails about a question about which something is to be done, once the caller's transaction commits.

    They count as asked for then. Those that another transaction has claimed are left out.
    """
    return [_CLAIMED.read(row) for row in await conn.fetch(_CLAIM, approval_id, at_most)]


async def forget(conn: Db, planned: Sequence[PlannedMail]) -> None:
    """Delete mails that nobody has to be sent any more."""
    await conn.execute(_FORGET, [each.mail_id for each in planned])


async def put_off(conn: Db, approval_id: UUID, by: timedelta) -> None:
    """Put off what is to be done about the mails about a question."""
    await conn.execute(_PUT_OFF, approval_id, by)


async def tell(conn: Db, approval_id: UUID) -> ToldQuestion | None:
    """Read what mails tell of a question; None if it is closed, or due to be."""
    return _TOLD.read_one(await conn.fetchrow(_TELL, approval_id))
