"""Decisions: the audit, which is only ever added to, and which can be judged again."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from libs.common.db import Connection as Db
from services.policy.core.changes import Record
from services.policy.core.forgetting import names_pseudonyms, with_organizers
from services.policy.core.ledger import Slice
from services.policy.core.policies.policy import Policy, addresses_in
from services.policy.core.snapshot import JudgedDecision, PolicyVersion, replay, take_snapshot
from services.policy.core.timeline.steps import Account
from services.policy.core.verdict import Verdict
from services.policy.store import keys, policies, pseudonyms

_COLUMNS = (
    "key_ical_uid, key_original_date, key_reservation_id, reservation_id, outcome, reasons, warnings, policies, "
    "inputs, snapshot, actor_kind, actor_subject, actor_name, correlation_id"
)

RECORD = f"""
    INSERT INTO decisions (at, space_id, {_COLUMNS})
    SELECT statement_timestamp(), $1, {_COLUMNS} FROM jsonb_populate_recordset(NULL::decisions, $6)
"""
"""Write down the decisions of the rows $6, about the space $1."""


_JUDGED = """
    SELECT outcome, reasons, warnings, policies, inputs AS judged, snapshot FROM decisions
    WHERE snapshot IS NOT NULL ORDER BY at, id
"""
_READ: TypeAdapter[JudgedDecision] = TypeAdapter(JudgedDecision)


def as_json(record: Record, ledger: Slice, account: Account) -> dict[str, Any]:
    """Return a decision, what it looked at, and how it came about, as a row."""
    by = account.by
    snapshot = None if record.asked is None else take_snapshot(record.asked, record.judged_on or ledger)
    return {
        **keys.as_columns(record.key),
        "reservation_id": record.reservation_id,
        "outcome": record.outcome,
        "reasons": [reason.model_dump(mode="json") for reason in record.reasons],
        "warnings": [warning.model_dump(mode="json") for warning in record.warnings],
        "policies": [policy.model_dump(mode="json") for policy in record.policies],
        "inputs": record.judged.model_dump(mode="json"),
        "snapshot": None if snapshot is None else snapshot.model_dump(mode="json", exclude_defaults=True),
        "actor_kind": by.kind,
        "actor_subject": by.subject,
        "actor_name": by.name,
        "correlation_id": account.correlation_id,
    }


async def judged(conn: Db) -> AsyncIterator[tuple[JudgedDecision, Verdict]]:
    """Read every decision that can be judged again, the oldest first, with the verdict that is reached now.

    The policies are those of then. Runs in a transaction, because it reads by a cursor.
    """
    versions: dict[PolicyVersion, Policy] = {}
    async for row in conn.cursor(_JUDGED):
        found = _READ.validate_python(dict(row))
        missing = [each for each in found.snapshot.policies if each not in versions]
        versions |= await policies.versions(conn, missing)
        asked = await _with_organizers(conn, found, versions)
        yield found, replay(asked.judged, asked.snapshot, versions.__getitem__)


async def _with_organizers(conn: Db, found: JudgedDecision, versions: Mapping[PolicyVersion, Policy]) -> JudgedDecision:
    """Return a decision with the organizers that its policies name, where pseudonyms stand for them by now."""
    if not names_pseudonyms(found):
        return found
    named = {address for each in found.snapshot.policies for address in addresses_in(versions[each])}
    return with_organizers(found, await pseudonyms.of(conn, named))
