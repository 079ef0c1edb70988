"""Decide questions in the name of whoever has signed in, by the command that the API uses too."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import Request

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.questions import Ruled, decide_question
from services.policy.commands.work import RequestContext
from services.policy.console.performing import perform
from services.policy.console.visitor import visitor_of


async def decide(
    request: Request, context: RequestContext, approval_id: UUID, ruled: Ruled, version: int | None
) -> None:
    """Decide a question as it was shown, in one transaction. Raises what `decide_question` and `run` raise."""
    by = visitor_of(request).caller.actor

    async def work(conn: Connection) -> tuple[None, Sequence[Message]]:
        messages = await decide_question(
            conn, approval_id, ruled, expected_version=version, patience=context.patience, by=by
        )
        return None, messages

    await perform(context, work)


def read_version(text: str | None) -> int | None:
    """Return the version that a form was shown for; any version if it names none that can be."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 10 else None
