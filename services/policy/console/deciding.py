"""Decide questions in the name of whoever has signed in, by the command that the API uses too."""

from uuid import UUID, uuid4

from fastapi import Request

from libs.common.correlation import current_correlation
from libs.common.db import Connection
from services.policy.commands.questions import Ruled, decide_question
from services.policy.commands.work import RequestContext, run, send
from services.policy.console.visitor import visitor_of


async def decide(
    request: Request, context: RequestContext, approval_id: UUID, ruled: Ruled, version: int | None
) -> None:
    """Decide a question as it was shown, in one transaction. Raises what `decide_question` and `run` raise."""
    by = visitor_of(request).caller.actor
    correlation_id = current_correlation() or str(uuid4())

    async def work(conn: Connection) -> None:
        messages = await decide_question(
            conn, approval_id, ruled, expected_version=version, patience=context.patience, by=by
        )
        await send(conn, context, messages, correlation_id)

    await run(context, work)


def read_version(text: str | None) -> int | None:
    """Return the version that a form was shown for; any version if it names none that can be."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 10 else None
