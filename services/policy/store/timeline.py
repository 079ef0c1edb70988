"""Read what is on record about a reservation: decisions and steps of the ledger, and what the reconciler found."""

from collections.abc import Collection
from typing import Any

from libs.common.db import Connection
from libs.common.rows import Rows
from services.policy.core.timeline.record import (
    HealedDrift,
    RecordedDecision,
    RecordedStep,
    RoomAgreement,
    Subject,
    TimelineRecord,
)
from services.policy.store.steps import FACTS

_DECISION_ROWS, _HEALED_ROWS, _AGREEMENT_ROWS = Rows(RecordedDecision), Rows(HealedDrift), Rows(RoomAgreement)
_STEP_ROWS = Rows(RecordedStep)

_DECISION = """
    SELECT id, at, outcome, reasons, warnings, policies, correlation_id, reservation_id IS NULL AS is_of_series,
        jsonb_build_object('kind', actor_kind, 'subject', actor_subject, 'name', actor_name) AS actor
    FROM decisions
"""

_DECISIONS = f"""
    {_DECISION} WHERE reservation_id = $1
    UNION ALL
    {_DECISION} WHERE $4::date IS NOT NULL AND space_id = $2 AND key_ical_uid = $3
        AND reservation_id IS NULL AND key_ical_uid IS NOT NULL AND key_original_date IS NULL
    UNION ALL
    {_DECISION} WHERE space_id = $2 AND reservation_id IS NULL AND key_ical_uid IS NULL AND key_original_date IS NULL
        AND key_reservation_id = $5
"""

_STEP = """
    SELECT id, at, kind, facts, correlation_id, actor, key_ical_uid IS NOT NULL AND key_original_date IS NULL
        AND $2::date IS NOT NULL OR coalesce(key_reservation_id = $6, false) AS is_of_series
    FROM steps
"""

_STEPS = f"""
    {_STEP} WHERE key_reservation_id = ANY(ARRAY[$1, $6])
    UNION ALL
    {_STEP} WHERE space_id = $3 AND key_ical_uid = $4
        AND (key_original_date IS NULL OR key_original_date = $2)
        AND (reservation_id IS NULL OR reservation_id = $1 OR kind = 'observed' AND correlation_id = ANY($5))
"""

_HEALED = """
    SELECT drift_id, kind, found_at, healed_at, correlation_id FROM reconciler.drifts_v1
    WHERE space_id = $1 AND healed_at IS NOT NULL AND correlation_id = ANY($5) AND (
        key_reservation_id = $2
        OR key_ical_uid = $3 AND (key_original_date IS NULL OR key_original_date = $4)
    )
"""

_AGREEMENT = """
    SELECT a.agreed_at, a.correlation_id FROM reconciler.agreements_v1 a
    JOIN spaces s ON s.id = a.space_id AND s.room_mailbox = a.room_mailbox WHERE s.id = $1
"""


async def record_of_reservation(conn: Connection, subject: Subject) -> TimelineRecord:
    """Read all that is on record about a reservation, and about the series that it is of."""
    decisions = await _decisions(conn, subject)
    decided = {each.correlation_id for each in decisions if each.correlation_id is not None}
    steps = await _steps(conn, subject, decided)
    known = decided | {each.correlation_id for each in steps if each.correlation_id is not None}
    return TimelineRecord(
        decisions=tuple(decisions),
        steps=tuple(steps),
        healed=tuple(await _healed(conn, subject, known)),
        agreement=await _agreement(conn, subject),
    )


async def _decisions(conn: Connection, subject: Subject) -> list[RecordedDecision]:
    group_id = subject.group_id if subject.ical_uid is None else None
    about = (subject.reservation_id, subject.space_id, subject.ical_uid, subject.original_date, group_id)
    return [_DECISION_ROWS.read(row) for row in await conn.fetch(_DECISIONS, *about)]


async def _steps(conn: Connection, subject: Subject, decided: Collection[str]) -> list[RecordedStep]:
    about = (subject.reservation_id, subject.original_date, subject.space_id, subject.ical_uid)
    group_id = subject.group_id if subject.ical_uid is None else None
    return [_step(row) for row in await conn.fetch(_STEPS, *about, list(decided), group_id)]


async def _healed(conn: Connection, subject: Subject, known: Collection[str]) -> list[HealedDrift]:
    about = (subject.space_id, subject.reservation_id, subject.ical_uid, subject.original_date)
    return [_HEALED_ROWS.read(row) for row in await conn.fetch(_HEALED, *about, list(known))]


async def _agreement(conn: Connection, subject: Subject) -> RoomAgreement | None:
    return _AGREEMENT_ROWS.read_one(await conn.fetchrow(_AGREEMENT, subject.space_id))


def _step(row: Any) -> RecordedStep:  # noqa: ANN401 - asyncpg's records are untyped
    facts = FACTS.validate_python({"kind": row["kind"], **row["facts"]})
    return _STEP_ROWS.read({**row, "facts": facts})
