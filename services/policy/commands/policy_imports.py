"""Add and replace many policies in one transaction, as a file asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.values import Actor
from services.policy.commands.imports import Attempts, attempt_each
from services.policy.commands.policies import PolicyRequest, create_policy, replace_policy
from services.policy.store import policies
from services.policy.store.policies import PolicyRow


@dataclass(frozen=True, slots=True)
class PolicyReplacement:
    """What to put in place of a policy."""

    policy_id: UUID
    request: PolicyRequest


Row = PolicyRequest | PolicyReplacement


async def lock_policies(conn: Connection, policy_ids: Sequence[UUID]) -> dict[UUID, PolicyRow]:
    """Read the policies that a file names; all policies stay as they are for others until this transaction ends.

    An unknown policy is missing from the result.
    """
    await policies.lock_all(conn)
    return await policies.read_each(conn, policy_ids)


async def import_policies(
    conn: Connection, rows: Mapping[int, Row], now: datetime, *, by: Actor
) -> Attempts[PolicyRow]:
    """Carry out each row, in their order, on policies that this transaction has locked.

    So a rule that an earlier row gave up can be set by a later one, and not the other way round.
    """

    async def carry_out(row: Row) -> PolicyRow:
        match row:
            case PolicyRequest():
                return await create_policy(conn, row, now, by=by)
            case PolicyReplacement():
                return await replace_policy(conn, row.policy_id, row.request, None, now, by=by)
            case _:
                assert_never(row)

    return await attempt_each(conn, rows, carry_out)
