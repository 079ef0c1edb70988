"""The decisions that broke a policy on trial, which is one of effect `shadow`, in the version that stands.

What follows from a decision on a request, such as an approval, has no snapshot and is not counted beside it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from libs.common.db import Connection as Db
from services.policy.core.ledger import Judged
from services.policy.core.policies.rule import Breach
from services.policy.core.snapshot import PolicyVersion
from services.policy.core.trials import BrokenOnTrial, CountedOnTrial


def _broken_by(policy_id: str, version: str) -> str:
    """Return the condition that a decision `d` broke this version on trial; its index finds such decisions."""
    entry = f"'policy_id', {policy_id}, 'version', {version}"
    return f"""
    d.snapshot IS NOT NULL AND d.policies @? '$[*] ? (@.effect == "shadow" && @.breach != null)'
    AND d.policies @> jsonb_build_array(jsonb_build_object({entry}, 'effect', 'shadow'))
    AND jsonb_path_exists(
        d.policies, '$[*] ? (@.policy_id == $policy_id && @.version == $version && @.breach != null)',
        jsonb_build_object({entry})
    )
    """


_COUNT_EACH = f"""
    SELECT w.id,
        (SELECT count(*) FROM (SELECT FROM decisions d WHERE {_broken_by("w.id", "w.version")} LIMIT $3) f) AS count
    FROM unnest($1::uuid[], $2::int[]) AS w (id, version)
"""
_BREACH = """
    jsonb_path_query_first(
        d.policies, '$[*] ? (@.policy_id == $id).breach', jsonb_build_object('id', $1::uuid)
    )
"""
_FACTS = f"""
    d.outcome, coalesce(({_BREACH} ->> 'needs_approval')::boolean, false) AS needs_approval,
    coalesce((d.snapshot ->> 'is_overridden')::boolean, false) AS is_overridden,
    coalesce((d.snapshot ->> 'is_approved')::boolean, false) AS is_approved,
    coalesce((d.snapshot ->> 'is_decided')::boolean, false) AS is_decided
"""
_COUNT_ALIKE = f"""
    SELECT organizer, outcome, needs_approval, is_overridden, is_approved, is_decided, count(*) AS count
    FROM (
        SELECT d.inputs ->> 'organizer' AS organizer, {_FACTS}
        FROM decisions d WHERE {_broken_by("$1::uuid", "$2::int")}
    ) AS broken
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
"""
_PAGE = f"""
    SELECT d.id, d.at, d.space_id, d.reservation_id, d.inputs AS judged, {_BREACH} AS breach, {_FACTS},
        s.name AS space_name, s.time_zone
    FROM decisions d LEFT JOIN spaces s ON s.id = d.space_id
    WHERE {_broken_by("$1::uuid", "$2::int")}
        AND ($3::timestamptz IS NULL OR (d.at, d.id) < ($3, $4::bigint))
    ORDER BY d.at DESC, d.id DESC LIMIT $5
"""
_FACT_NAMES = ("outcome", "needs_approval", "is_overridden", "is_approved", "is_decided")
_JUDGED = TypeAdapter(Judged)
_READ_BREACH = TypeAdapter(Breach)


@dataclass(frozen=True, slots=True)
class RequestOnTrial:
    """A request that broke the policy: what was asked for and when, and where. A space that is gone has no name."""

    id: int
    at: datetime
    space_id: UUID
    reservation_id: UUID | None
    space_name: str | None
    time_zone: str | None
    judged: Judged
    breach: Breach
    broken: BrokenOnTrial


async def count_each(conn: Db, wanted: Collection[PolicyVersion], most: int) -> dict[UUID, int]:
    """Count the requests that broke each of some policies on trial, up to `most` of each."""
    if not wanted:
        return {}
    ids, versions = [each.id for each in wanted], [each.version for each in wanted]
    return {row["id"]: row["count"] for row in await conn.fetch(_COUNT_EACH, ids, versions, most)}


async def count_alike(conn: Db, policy: PolicyVersion) -> list[CountedOnTrial]:
    """Count the requests that broke a policy on trial, by organizer and by what is on record of them."""
    found = await conn.fetch(_COUNT_ALIKE, policy.id, policy.version)
    return [CountedOnTrial(row["organizer"], _broken(row), row["count"]) for row in found]


async def page(
    conn: Db, policy: PolicyVersion, before: tuple[datetime, int] | None, limit: int
) -> list[RequestOnTrial]:
    """Read the next requests that broke a policy on trial by (decided at, id), the latest first, before the given."""
    found = await conn.fetch(_PAGE, policy.id, policy.version, *(before or (None, None)), limit)
    return [_row(each) for each in found]


def _row(row: Any) -> RequestOnTrial:  # noqa: ANN401 - asyncpg's rows are untyped
    return RequestOnTrial(
        id=row["id"],
        at=row["at"],
        space_id=row["space_id"],
        reservation_id=row["reservation_id"],
        space_name=row["space_name"],
        time_zone=row["time_zone"],
        judged=_JUDGED.validate_python(row["judged"]),
        breach=_READ_BREACH.validate_python(row["breach"]),
        broken=_broken(row),
    )


def _broken(row: Any) -> BrokenOnTrial:  # noqa: ANN401 - as above
    return BrokenOnTrial(*(row[name] for name in _FACT_NAMES))
