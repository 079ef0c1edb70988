"""The words of a connection's answers: each kind with an example of what organizers read."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.policy.commands.answers import list_examples
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.listed_connections import read_listed_connection
from services.policy.console.access import Context, serves
from services.policy.console.answer_words import ANSWER_NAMES
from services.policy.console.page import show
from services.policy.console.sections import CONNECTIONS
from services.policy.console.visitor import visitor_of
from services.policy.core.answers.grammar import PROBLEM_WORDS
from services.policy.core.answers.kinds import FORMS

router = APIRouter(prefix="/connections/{connection_id}/answers", include_in_schema=False)


@router.get("", dependencies=serves(READERS))
async def list_them(connection_id: UUID, request: Request, context: Context) -> Response:
    """List every kind of answer: when it is given, and how it reads now."""
    async with context.reading() as conn:
        found = await read_listed_connection(conn, connection_id)
        examples = await list_examples(conn, connection_id)
    facts = {
        "connection": found.connection,
        "rooms": found.rooms,
        "examples": examples,
        "names": ANSWER_NAMES,
        "forms": FORMS,
        "problems": PROBLEM_WORDS,
        "may_change": visitor_of(request).caller.is_any_of(ADMINS),
    }
    return show(request, "answers", facts, section=CONNECTIONS)
