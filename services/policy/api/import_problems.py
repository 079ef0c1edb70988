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
from services.policy.commands.mapping_words import say_why_not_imported
from services.policy.commands.refusals import CONFLICT

_NOT_MAPPED = "a space that is mapped to a room mailbox; to try a mapping first, rehearse it with `mappings`"


def import_problem(error: AnyUnusableImport) -> Problem:
    """Translate why an import cannot be begun, paused or resumed."""
    match error:
        case SpaceNotMapped():
            field = FieldProblem(field="space_ids", problem=f"names the space {error.space_id}", expected=_NOT_MAPPED)
            return Problem(CONFLICT, say_why_not_imported(error), errors=[field])
        case SpaceNamedTwice():
            return invalid("mappings", f"names the space {error.space_id} again", "each space once")
        case MailboxNamedTwice():
            return invalid("mappings", f"names {error.room_mailbox} again", "each mailbox once: it has one space")
        case NothingToImport() | ImportHasEnded():
            return Problem(CONFLICT, say_why_not_imported(error))
        case _:
            assert_never(error)
