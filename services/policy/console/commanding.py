"""Give commands about reservations in the name of whoever has signed in, as the API does."""

from collections.abc import Sequence

from fastapi import Request

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.values import Actor
from services.policy.commands.foreseeing import Command
from services.policy.commands.groups import GroupResult
from services.policy.commands.reservations import Result
from services.policy.commands.wanted_reservations import WayIn
from services.policy.commands.work import RequestContext
from services.policy.console.performing import perform
from services.policy.console.visitor import visitor_of


def actor_of(request: Request) -> Actor:
    """Return as what whoever has signed in acts."""
    return visitor_of(request).caller.actor


def way_in_of(request: Request) -> WayIn:
    """Return on which way they ask, and in which roles; to policies, the console is the back office."""
    return WayIn("api", visitor_of(request).caller.policy_roles)


async def give(context: RequestContext, command: Command) -> Result | GroupResult:
    """Carry out a command in one transaction, and have its messages sent. Raises what the command and `run` raise."""

    async def work(conn: Connection) -> tuple[Result | GroupResult, Sequence[Message]]:
        result = await command(conn)
        return result, result.messages

    return await perform(context, work)
