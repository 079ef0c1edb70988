"""What is said where a decision about a question is refused, to whoever asked: by HTTP, by message, by command line.

One rule: these words are written once. An edge adds only what is its own, such as the path of a field or a header.
"""

from dataclasses import dataclass
from typing import TypeAlias, assert_never, get_args

from services.policy.commands.errors import (
    AlreadyDecided,
    AnyUndecidable,
    AskedTimeIsOver,
    StaleVersion,
    Undecidable,
    UnknownApproval,
    UnusableComment,
)
from services.policy.core.prose import MOST_CHARACTERS


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its HTTP status, the last part of its type URI, its title."""

    status: int
    slug: str
    title: str


INVALID = Kind(422, "invalid-request", "The request cannot be used as it is.")
NOT_FOUND = Kind(404, "not-found", "There is no such thing here.")
CONFLICT = Kind(409, "conflict", "The request conflicts with what is there.")
STALE = Kind(412, "stale-version", "The resource has changed since it was read.")

CHANGED = "Somebody changed this since you read it. Read it again, look at what changed, and repeat your change."

UNUSABLE_COMMENT = ("cannot be used", f"at most {MOST_CHARACTERS:,} characters, none of them a control character")
"""What is wrong with a comment, and what would be right."""

Undoable: TypeAlias = UnknownApproval | AnyUndecidable | StaleVersion | UnusableComment
"""Every reason why a question is not decided as somebody asked."""

REFUSED: tuple[type[Undoable], ...] = get_args(Undoable)
"""These errors, to be caught by an edge that answers with `refuse`."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A decision that is refused: which kind of problem it is, and a full sentence that a person can act on."""

    kind: Kind
    detail: str


def refuse(error: Undoable) -> Refusal:
    """Put a refused decision into words."""
    match error:
        case UnknownApproval():
            return Refusal(NOT_FOUND, say_unknown("approval"))
        case Undecidable():
            return Refusal(CONFLICT, _say_why_undecidable(error))
        case StaleVersion():
            return Refusal(STALE, CHANGED)
        case UnusableComment():
            return Refusal(INVALID, say_invalid("comment", *UNUSABLE_COMMENT))
        case _:
            assert_never(error)


def say_unknown(what: str) -> str:
    """Say that no `what` has the id that was given."""
    return f"There is no {what} with this id. List them to see which there are."


def say_invalid(field: str, problem: str, expected: str | None) -> str:
    """Say that one field cannot be used."""
    return f"{field} {problem}" + (f": {expected}." if expected else ".")


def _say_why_undecidable(error: AnyUndecidable) -> str:
    match error:
        case AskedTimeIsOver():
            return "The time that was asked for is over, so there is nothing to decide any more."
        case AlreadyDecided(state="superseded"):
            return "More was asked for since, or it needs no approval any more, so this question is closed."
        case AlreadyDecided(state="withdrawn"):
            return "What was asked for was cancelled, so this question is closed."
        case AlreadyDecided(state="expired"):
            return "Nobody had decided this question by its deadline, so it is closed."
        case AlreadyDecided():
            who = (error.by.name or error.by.subject) if error.by is not None else None
            at = f" at {error.at.isoformat(timespec='seconds')}" if error.at is not None else ""
            return f"This question was {error.state} by {who or 'somebody else'}{at}. The first decision stands."
        case _:
            assert_never(error)
