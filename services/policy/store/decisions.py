"""Decisions: the audit, which is only ever added to."""

from typing import Any

from libs.contracts.values import Actor
from services.policy.core.changes import Record
from services.policy.store import keys

_COLUMNS = (
    "key_ical_uid, key_original_date, key_reservation_id, reservation_id, outcome, reasons, warnings, policies, "
    "inputs, actor_kind, actor_subject, actor_name"
)

RECORD = f"""
    INSERT INTO decisions (at, space_id, {_COLUMNS})
    SELECT clock_timestamp(), $1, {_COLUMNS} FROM jsonb_populate_recordset(NULL::decisions, $6)
"""
"""Write down the decisions of the rows $6, about the space $1."""


def as_json(record: Record, by: Actor) -> dict[str, Any]:
    """Return a decision, and who brought it about, as a row."""
    return {
        **keys.as_columns(record.key),
        "reservation_id": record.reservation_id,
        "outcome": record.outcome,
        "reasons": [reason.model_dump(mode="json") for reason in record.reasons],
        "warnings": [warning.model_dump(mode="json") for warning in record.warnings],
        "policies": [policy.model_dump(mode="json") for policy in record.policies],
        "inputs": record.judged.model_dump(mode="json"),
        "actor_kind": by.kind,
        "actor_subject": by.subject,
        "actor_name": by.name,
    }
