"""Add policies, change and delete them. A change is in force at once for what is asked from then on.

What was decided before stays as it was decided. Each takes the lock under which decisions read the policies, so a
request is judged by all of them as they were before, or as they are after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from libs.common.db import Connection as Db
from libs.contracts.values import Actor
from services.policy.commands.space_errors import SamePolicy
from services.policy.commands.unknown import UnknownPolicy, UnknownSpace, UnknownTarget
from services.policy.commands.versions import check_version
from services.policy.core.policies.policy import AnyRule, Attachment, Dates, Effect, Exemptions, Policy
from services.policy.core.policies.resolve import Asker, Resolved, resolve
from services.policy.store import policies, spaces
from services.policy.store.policies import PolicyRow


@dataclass(frozen=True, slots=True)
class PolicyRequest:
    """A policy as an administrator wants it."""

    rule: AnyRule
    attach: Attachment
    effect: Effect
    exempt: Exemptions
    dates: Dates
    name: str | None


async def create_policy(conn: Db, request: PolicyRequest, now: datetime, *, by: Actor) -> PolicyRow:
    """Add a policy. Raises `UnknownTarget`, `SamePolicy`."""
    await policies.lock_all(conn)
    new = _policy(request, uuid4(), 1)
    await _check(conn, new)
    await policies.add(conn, new, now, by)
    return PolicyRow(new, now, now)


async def replace_policy(
    conn: Db, policy_id: UUID, request: PolicyRequest, expected_version: int | None, now: datetime, *, by: Actor
) -> PolicyRow:
    """Replace a policy by a new version. Raises `UnknownPolicy`, `StaleVersion`, `UnknownTarget`, `SamePolicy`."""
    before = await _lock(conn, policy_id, expected_version)
    after = _policy(request, policy_id, before.policy.version + 1)
    if _policy(request, policy_id, before.policy.version) == before.policy:
        return before
    await _check(conn, after)
    await policies.save(conn, after, now, by)
    return PolicyRow(after, before.created_at, now)


async def delete_policy(conn: Db, policy_id: UUID, expected_version: int | None, now: datetime, *, by: Actor) -> None:
    """Delete a policy. Raises `UnknownPolicy`, `StaleVersion`."""
    before = await _lock(conn, policy_id, expected_version)
    await policies.delete(conn, before.policy, now, by)


async def delete_left_behind(conn: Db, now: datetime, *, by: Actor) -> Sequence[UUID]:
    """Delete the policies of spaces that were deleted; return which those were.

    Not with the space itself: whoever deletes a space holds its lock already, and the policies' comes before that.
    """
    if not await policies.left_behind(conn):
        return []
    await policies.lock_all(conn)
    found = await policies.left_behind(conn)
    for each in found:
        await policies.delete(conn, each, now, by)
    return [each.id for each in found]


async def resolve_policies(
    conn: Db, space_id: UUID, asker: Asker, on: date | None, now: datetime
) -> Sequence[Resolved]:
    """Say which policies of a space judge what somebody asks for on a date, and why others do not.

    The date is today in the space's zone if none is given. Raises `UnknownSpace`.
    """
    space = await spaces.read(conn, space_id)
    if space is None:
        raise UnknownSpace(space_id)
    day = on or now.astimezone(ZoneInfo(space.space.time_zone)).date()
    return resolve(await policies.concerning(conn, space_id), asker, day)


def _policy(request: PolicyRequest, policy_id: UUID, version: int) -> Policy:
    return Policy(
        id=policy_id,
        version=version,
        rule=request.rule,
        attach=request.attach,
        effect=request.effect,
        exempt=request.exempt,
        dates=request.dates,
        name=request.name,
    )


async def _lock(conn: Db, policy_id: UUID, expected_version: int | None) -> PolicyRow:
    await policies.lock_all(conn)
    found = await policies.read(conn, policy_id)
    if found is None:
        raise UnknownPolicy(policy_id)
    check_version(expected_version, found.policy.version)
    return found


async def _check(conn: Db, wanted: Policy) -> None:
    attach = wanted.attach
    if attach.scope != "all" and attach.id is not None and not await policies.has_target(conn, attach):
        raise UnknownTarget(attach.scope, attach.id)
    same = await policies.find_same(conn, wanted)
    if same is not None:
        raise SamePolicy(same)
