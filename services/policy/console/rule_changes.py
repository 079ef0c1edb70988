"""Set, change and delete rules in the name of whoever has signed in, by the commands that the API uses too."""

from uuid import UUID

from fastapi import Request

from libs.common.db import Connection
from services.policy.commands import policies as commands
from services.policy.commands.policy_fields import UnusableFields, explain_same
from services.policy.commands.space_errors import SamePolicy
from services.policy.commands.unknown import UnknownTarget
from services.policy.commands.work import RequestContext, run
from services.policy.console.forms import Form
from services.policy.console.rule_form import read_rule_form
from services.policy.console.rule_targets import problem_of_target
from services.policy.console.visitor import visitor_of


async def save_rule(
    request: Request, context: RequestContext, kind: str, form: Form, replaces: tuple[UUID, int | None] | None = None
) -> UUID:
    """Set the rule that a form asks for, or put it in place of a version of another; return its id.

    Raises `UnusableFields`, `UnknownPolicy`, `StaleVersion`.
    """
    by, now = visitor_of(request).caller.actor, context.clock()
    wanted = read_rule_form(kind, form)

    async def work(conn: Connection) -> UUID:
        if replaces is None:
            return (await commands.create_policy(conn, wanted, now, by=by)).policy.id
        policy_id, version = replaces
        return (await commands.replace_policy(conn, policy_id, wanted, version, now, by=by)).policy.id

    try:
        return await run(context, work)
    except SamePolicy as error:
        raise UnusableFields([explain_same(error)]) from error
    except UnknownTarget as error:
        raise UnusableFields([problem_of_target(error)]) from error


async def delete_rule(request: Request, context: RequestContext, policy_id: UUID, version: int | None) -> None:
    """Delete a version of a rule. Raises `UnknownPolicy`, `StaleVersion`."""
    by, now = visitor_of(request).caller.actor, context.clock()

    async def work(conn: Connection) -> None:
        await commands.delete_policy(conn, policy_id, version, now, by=by)

    await run(context, work)
