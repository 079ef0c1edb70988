"""Give commands about reservations in the name of whoever has signed in, as the API does."""

from uuid import uuid4

from fastapi import Request

from libs.common.correlation import current_correlation
from libs.common.db import Connection
from libs.contracts.values import Actor
from services.policy.commands.foreseeing import Command
from services.policy.commands.groups import GroupResult
from services.policy.commands.reservations import Result
from services.policy.commands.wanted_reservations import WayIn
from services.policy.commands.work import RequestContext, run, send
from services.policy.console.visitor import visitor_of


def actor_of(request: Request) -> Actor:
    """Return as what whoever has signed in acts."""
    return visitor_of(request).caller.actor


def way_in_of(request: Request) -> WayIn:
    """Return on which way they ask, and in which roles; to policies, the console is the back office."""
    return WayIn("api", visitor_of(request).caller.policy_roles)


async def give(context: RequestContext, command: Command) -> Result | GroupResult:
    """Carry out a command in one transaction, and have its messages sent. Raises what the command and `run` raise."""
    correlation_id = current_correlation() or str(uuid4())

    async def work(conn: Connection) -> Result | GroupResult:
        result = await command(conn)
        await send(conn, context, result.messages, correlation_id)
        return result

    return await run(context, work)
