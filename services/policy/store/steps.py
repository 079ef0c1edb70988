"""Steps: what happened to a meeting or hold beside the decisions about it. They are only ever added to.

Of agreements only the last of each key is kept, by `one_agreement_per_key`.
"""

from typing import Any

from pydantic import TypeAdapter

from libs.common.db import Connection
from libs.contracts.keys import KEY_COLUMNS, columns_of
from libs.contracts.messages import IntentSettled
from services.policy.core.actors import SYSTEM
from services.policy.core.timeline.steps import SettledIntent, Step, StepFacts
from services.policy.store import keys

FACTS: TypeAdapter[StepFacts] = TypeAdapter(StepFacts)

_COLUMNS = f"at, kind, {', '.join(KEY_COLUMNS)}, reservation_id, correlation_id, actor, facts"

KEEP = f"""
    INSERT INTO steps AS known ({_COLUMNS})
    SELECT coalesce(at, statement_timestamp()), kind, $1, key_ical_uid, key_original_date, key_reservation_id,
        reservation_id, correlation_id, actor, facts
    FROM jsonb_populate_recordset(NULL::steps, $13)
    ON CONFLICT (space_id, key_ical_uid, key_original_date, key_reservation_id) WHERE kind = 'agreed'
    DO UPDATE SET at = excluded.at, reservation_id = excluded.reservation_id, actor = excluded.actor,
        correlation_id = excluded.correlation_id
    WHERE excluded.at >= known.at
"""
"""Keep the steps of the rows $13, about the space $1."""

KEEP_SETTLED = f"""
    INSERT INTO steps ({_COLUMNS})
    SELECT statement_timestamp(), 'settled', {", ".join(KEY_COLUMNS)}, reservation_id, $15, $16,
        $17::jsonb || CASE WHEN generation = $5
            THEN jsonb_build_object('want', wanted ->> 'want', 'answer', wanted ->> 'answer') ELSE '{{}}' END
    FROM ended
"""
"""Keep how the intents of the rows in `ended` ended: under the correlation id $15, by the actor $16, with facts $17."""

_KEEP_SUPERSEDED = f"""
    INSERT INTO steps ({_COLUMNS})
    SELECT statement_timestamp(), 'settled', {", ".join(KEY_COLUMNS)}, reservation_id, $5, $6, $7
    FROM intents WHERE {keys.OF_KEY}
"""


def as_json(step: Step, correlation_id: str | None) -> dict[str, Any]:
    """Return a step as a row."""
    return {
        **keys.as_columns(step.key),
        **_facts_as_json(step.facts),
        "at": step.at.isoformat() if step.at is not None else None,
        "reservation_id": step.reservation_id,
        "correlation_id": correlation_id,
        "actor": step.actor.model_dump(mode="json"),
    }


def settled_parameters(message: IntentSettled, correlation_id: str | None) -> tuple[Any, ...]:
    """Return the parameters of `KEEP_SETTLED` that tell how an intent ended."""
    facts = SettledIntent(
        generation=message.generation,
        settlement=message.settlement,
        has_written=message.has_written,
        settled_at=message.settled_at,
        problem=message.problem,
    )
    return correlation_id, SYSTEM.model_dump(mode="json"), _facts_as_json(facts)["facts"]


async def keep_superseded(conn: Connection, message: IntentSettled, correlation_id: str | None) -> None:
    """Keep that an intent was overtaken, or its meeting changed meanwhile; nothing if policy knows none of its key."""
    await conn.execute(_KEEP_SUPERSEDED, *columns_of(message.key), *settled_parameters(message, correlation_id))


def _facts_as_json(facts: StepFacts) -> dict[str, Any]:
    told = facts.model_dump(mode="json", exclude_none=True, exclude={"kind"})
    return {"kind": facts.kind, "facts": told}
