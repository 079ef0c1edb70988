"""Tell why an import cannot be begun, paused or resumed as somebody asked."""

from typing import assert_never

from services.policy.api.problems import FieldProblem, Problem, invalid
from services.policy.commands.import_errors import (
    AnyUnusableImport,
    ImportHasEnded,
    MailboxNamedTwice,
    NothingToImport,
    SpaceNamedTwice,
    SpaceNotMapped,
)
from services.policy.commands.refusals import CONFLICT

_NOT_MAPPED = "a space that is mapped to a room mailbox; to try a mapping first, rehearse it with `mappings`"


def import_problem(error: AnyUnusableImport) -> Problem:
    """Translate why an import cannot be begun, paused or resumed."""
    match error:
        case SpaceNotMapped():
            detail = (
                f"The space {error.space_id} is mapped to no mailbox, so there is nothing to import. Map it, which "
                "begins an import by itself, or rehearse the mapping."
            )
            field = FieldProblem(field="space_ids", problem=f"names the space {error.space_id}", expected=_NOT_MAPPED)
            return Problem(CONFLICT, detail, errors=[field])
        case SpaceNamedTwice():
            return invalid("mappings", f"names the space {error.space_id} again", "each space once")
        case MailboxNamedTwice():
            return invalid("mappings", f"names {error.room_mailbox} again", "each mailbox once: it has one space")
        case NothingToImport():
            return Problem(
                CONFLICT,
                "None of the spaces that are asked for is mapped to a room mailbox, so there is nothing to import. Map "
                "one, which begins an import by itself, or rehearse a mapping with `mappings`.",
            )
        case ImportHasEnded(is_resumed=True):
            return Problem(
                CONFLICT,
                f"This import has {error.state}, and there is nothing in it to try again. Begin another one: "
                "POST /v1/imports.",
            )
        case ImportHasEnded():
            return Problem(CONFLICT, f"This import has {error.state} already, so there is nothing left to pause.")
        case _:
            assert_never(error)
