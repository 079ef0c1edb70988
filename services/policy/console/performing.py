"""Do what somebody wants changed, as the API does: in one transaction, together with the messages that follow."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import uuid4

from libs.common.correlation import current_correlation
from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.work import RequestContext, run, send

Result = TypeVar("Result")


async def perform(
    context: RequestContext, work: Callable[[Connection], Awaitable[tuple[Result, Sequence[Message]]]]
) -> Result:
    """Do the work, have its messages sent, and return its result. Raises what the work and `run` raise."""
    correlation_id = current_correlation() or str(uuid4())

    async def send_too(conn: Connection) -> Result:
        result, messages = await work(conn)
        await send(conn, context, messages, correlation_id)
        return result

    return await run(context, send_too)
