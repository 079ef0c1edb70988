"""Policies, and every version that there was of each.

`policies_are_different` makes it impossible that two policies are the same rule, attached alike, for the same dates.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from pydantic import TypeAdapter

from libs.common.db import Connection as Db
from libs.contracts.values import Actor
from services.policy.core.policies.policy import Attachment, Effect, Policy, Scope
from services.policy.core.snapshot import PolicyVersion

_DOCUMENT = """jsonb_build_object(
    'id', p.id, 'version', p.version, 'rule', p.rule, 'effect', p.effect, 'exempt', p.exempt, 'dates', p.dates,
    'name', p.name, 'attach', jsonb_build_object('scope', p.scope, 'id', p.target_id)
)"""


def concerning_of(space: str) -> str:
    """Return the statement that reads the policies of a space, in force or not, each as a document in text."""
    return f"""
    SELECT coalesce(jsonb_agg({_DOCUMENT}::text ORDER BY p.id), '[]') FROM policies p
    WHERE p.scope = 'all' OR p.target_id = {space}
        OR p.target_id IN (SELECT group_id FROM space_group_members WHERE space_id = {space})
    """


CONCERNING = concerning_of("$1")
"""The policies that concern the space $1."""

_LOCK_ALL = "SELECT pg_advisory_xact_lock(hashtextextended('policies', 0))"
_READ = f"SELECT {_DOCUMENT} AS policy, p.created_at, p.updated_at FROM policies p"
_ADD = """
    INSERT INTO policies (id, version, rule, scope, target_id, effect, exempt, dates, name, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
"""
_SAVE = """
    UPDATE policies SET version = $2, rule = $3, scope = $4, target_id = $5, effect = $6, exempt = $7, dates = $8,
        name = $9, updated_at = $10
    WHERE id = $1
"""
_KEEP_VERSION = "INSERT INTO policy_versions (policy_id, version, policy, at, by) VALUES ($1, $2, $3, $4, $5)"
_VERSIONS = """
    SELECT policy FROM policy_versions
    WHERE (policy_id, version) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
"""
_SAME = """
    SELECT id FROM policies
    WHERE scope = $1 AND target_id IS NOT DISTINCT FROM $2::uuid AND rule = $3 AND dates = $4 AND id <> $5
"""
_HAS_TARGET = {
    "space": "SELECT EXISTS (SELECT FROM spaces WHERE id = $1 AND deleted_at IS NULL)",
    "group": "SELECT EXISTS (SELECT FROM space_groups WHERE id = $1)",
}
_PAGE = f"""{_READ}
    WHERE ($1::timestamptz IS NULL OR (p.created_at, p.id) > ($1, $2))
        AND ($4::text IS NULL OR p.rule ->> 'kind' = $4) AND ($5::uuid IS NULL OR p.target_id = $5)
        AND ($6::text IS NULL OR p.scope = $6) AND ($7::text IS NULL OR p.effect = $7)
        AND ($8::text IS NULL OR p.target_id IN (
            SELECT id FROM spaces WHERE strpos(lower(name), lower($8)) > 0
            UNION ALL SELECT id FROM space_groups WHERE strpos(lower(name), lower($8)) > 0
        ))
    ORDER BY p.created_at, p.id LIMIT $3
"""
_READ_EACH = f"{_READ} WHERE p.id = ANY($1)"
_TARGETS = """
    SELECT 'group' AS scope, id, name FROM space_groups
    UNION ALL SELECT 'space', id, name FROM spaces WHERE deleted_at IS NULL
"""
_NAMED = f"SELECT * FROM ({_TARGETS}) t WHERE t.id = ANY($1)"
_TARGETS_NAMED = f"""
    SELECT t.id FROM ({_TARGETS}) t WHERE t.scope = $1 AND lower(t.name) = lower($2) ORDER BY t.id LIMIT $3
"""
_LEFT_BEHIND = f"""{_READ}
    JOIN spaces s ON p.scope = 'space' AND s.id = p.target_id WHERE s.deleted_at IS NOT NULL
"""
_COUNT_ATTACHED = "SELECT count(*) FROM policies WHERE target_id = $1"

_POLICY: TypeAdapter[Policy] = TypeAdapter(Policy)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy, with when it was made and last changed."""

    policy: Policy
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PoliciesAmong:
    """Among which policies to look: None stands for any. `target_id` is that of a space or a group.

    `target` is a part of its name, in upper or lower case.
    """

    kind: str | None = None
    target_id: UUID | None = None
    scope: Scope | None = None
    effect: Effect | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyTarget:
    """A space or a group that policies can be attached to. Spaces may have the same name, groups never have."""

    scope: Scope
    id: UUID
    name: str


@lru_cache(maxsize=4096)
def _parse(document: str) -> Policy:
    """Return the policy of a document. A version never changes, so each is parsed once."""
    return _POLICY.validate_json(document)


def policies_in(documents: Iterable[str]) -> Sequence[Policy]:
    """Return what `CONCERNING` found."""
    return tuple(map(_parse, documents))


async def lock_all(conn: Db) -> None:
    """Keep every decision and every other change of policies waiting until this transaction ends.

    Decisions read the policies under the shared side of this lock, so each is judged by one state of all of them.
    """
    await conn.execute(_LOCK_ALL)


async def concerning(conn: Db, space_id: UUID) -> Sequence[Policy]:
    """Read the policies that concern a space."""
    return policies_in(await conn.fetchval(CONCERNING, space_id))


async def page(
    conn: Db, among: PoliciesAmong, after: tuple[datetime, UUID] | None, limit: int | None
) -> list[PolicyRow]:
    """Read the next policies in the order of (made at, id), after the given one; without a limit, all of them."""
    made_at, policy_id = after or (None, None)
    wanted = (among.kind, among.target_id, among.scope, among.effect, among.target)
    return [_row(each) for each in await conn.fetch(_PAGE, made_at, policy_id, limit, *wanted)]


async def read(conn: Db, policy_id: UUID) -> PolicyRow | None:
    """Read one policy."""
    found = await conn.fetchrow(f"{_READ} WHERE p.id = $1", policy_id)
    return None if found is None else _row(found)


async def versions(conn: Db, wanted: Collection[PolicyVersion]) -> dict[PolicyVersion, Policy]:
    """Read versions of policies as they were, changed or deleted since or not."""
    if not wanted:
        return {}
    found = await conn.fetch(_VERSIONS, [each.id for each in wanted], [each.version for each in wanted])
    read = (_POLICY.validate_python(row["policy"]) for row in found)
    return {PolicyVersion(id=each.id, version=each.version): each for each in read}


async def read_each(conn: Db, policy_ids: Sequence[UUID]) -> dict[UUID, PolicyRow]:
    """Read some policies. An unknown one is missing from the result."""
    found = map(_row, await conn.fetch(_READ_EACH, policy_ids))
    return {each.policy.id: each for each in found}


async def left_behind(conn: Db) -> list[Policy]:
    """Read the policies of spaces that were deleted."""
    return [_row(each).policy for each in await conn.fetch(_LEFT_BEHIND)]


async def find_same(conn: Db, wanted: Policy) -> UUID | None:
    """Find another policy that is the same rule, attached alike, for the same dates."""
    written = wanted.model_dump(mode="json")
    found: UUID | None = await conn.fetchval(
        _SAME, wanted.attach.scope, wanted.attach.id, written["rule"], written["dates"], wanted.id
    )
    return found


async def has_target(conn: Db, attach: Attachment) -> bool:
    """Whether the space or the group that something is to be attached to exists."""
    if attach.scope == "all":
        return True
    return bool(await conn.fetchval(_HAS_TARGET[attach.scope], attach.id))


async def targets(conn: Db) -> list[PolicyTarget]:
    """Read all that a policy can be attached to, beside all spaces together."""
    return [PolicyTarget(**each) for each in await conn.fetch(_TARGETS)]


async def targets_named(conn: Db, scope: Scope, name: str, limit: int) -> list[UUID]:
    """Find the spaces or the groups with a name, in upper or lower case."""
    return [each["id"] for each in await conn.fetch(_TARGETS_NAMED, scope, name, limit)]


async def named(conn: Db, target_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of the spaces and groups with these ids. An unknown one is missing from the result."""
    return {each["id"]: each["name"] for each in await conn.fetch(_NAMED, list(target_ids))}


async def add(conn: Db, policy: Policy, now: datetime, by: Actor) -> None:
    """Insert a policy and its first version. Violates `policies_are_different`."""
    await conn.execute(_ADD, *_parameters(policy), now)
    await _keep_version(conn, policy, now, by)


async def save(conn: Db, policy: Policy, now: datetime, by: Actor) -> None:
    """Overwrite a policy and keep its new version. Violates `policies_are_different`."""
    await conn.execute(_SAVE, *_parameters(policy), now)
    await _keep_version(conn, policy, now, by)


async def delete(conn: Db, policy: Policy, now: datetime, by: Actor) -> None:
    """Delete a policy; its versions stay, and say who deleted it."""
    await conn.execute("DELETE FROM policies WHERE id = $1", policy.id)
    await conn.execute(_KEEP_VERSION, policy.id, policy.version + 1, None, now, by.model_dump(mode="json"))


async def count_attached(conn: Db, target_id: UUID) -> int:
    """Count the policies that are attached to a space or to a group."""
    return cast("int", await conn.fetchval(_COUNT_ATTACHED, target_id))


async def _keep_version(conn: Db, policy: Policy, now: datetime, by: Actor) -> None:
    written = policy.model_dump(mode="json")
    await conn.execute(_KEEP_VERSION, policy.id, policy.version, written, now, by.model_dump(mode="json"))


def _parameters(policy: Policy) -> tuple[object, ...]:
    written: Mapping[str, Any] = policy.model_dump(mode="json")
    scope: Scope = policy.attach.scope
    names = ("effect", "exempt", "dates", "name")
    return policy.id, policy.version, written["rule"], scope, policy.attach.id, *(written[name] for name in names)


def _row(found: Any) -> PolicyRow:  # noqa: ANN401 - asyncpg's records are untyped
    return PolicyRow(_POLICY.validate_python(found["policy"]), found["created_at"], found["updated_at"])
