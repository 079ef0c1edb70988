"""Policies for the tests, as an administrator sets them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from libs.common.db import Connection
from services.policy.commands.policies import PolicyRequest, create_policy
from services.policy.core.policies.policy import NOBODY, RULES, Attachment, Dates, Effect
from tests.integration.policy.acting import ADMINISTRATOR


def at_space(space_id: UUID) -> Attachment:
    return Attachment(scope="space", id=space_id)


def wanted(rule: dict[str, Any], attach: Attachment, effect: Effect = "deny") -> PolicyRequest:
    """Return what asks for a policy that holds for everybody and always."""
    return PolicyRequest(RULES.validate_python(rule), attach, effect, NOBODY, Dates(), None)  # type: ignore[arg-type]


async def set_rule(conn: Connection, rule: dict[str, Any], attach: Attachment, effect: Effect = "deny") -> UUID:
    """Make such a policy, in the transaction of the connection; return its id."""
    made = await create_policy(conn, wanted(rule, attach, effect), datetime.now(UTC), by=ADMINISTRATOR)
    return made.policy.id
