"""What is said where something is refused to whoever asked: by HTTP, by message, by command line.

One rule: these words are written once. An edge adds only what is its own, such as the path of a field or a header.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never, get_args

from libs.contracts.problems import FieldProblem
from libs.contracts.values import Reason
from services.policy.commands.errors import (
    AnyInvalidWindow,
    EmptyWindow,
    StaleVersion,
    UnusableComment,
    UnusableRecurrence,
    WindowTooFarAhead,
    WindowTooLong,
)
from services.policy.commands.import_errors import AnyUnusableImport, UnusableImport
from services.policy.commands.mapping_words import (
    AnyConnectionNeeded,
    AnyMailboxTaken,
    explain_mapping,
    say_who_has_mailbox,
    say_why_connection_is_needed,
    say_why_not_imported,
)
from services.policy.commands.space_errors import (
    AnyInvalidMapping,
    ConnectionStillLeaving,
    ConnectionStillMapped,
    InvalidMapping,
    MailboxMappedElsewhere,
    MailboxStillClosing,
)
from services.policy.commands.unconfirmable import AnyUnconfirmable, BrakeChanged, NothingBraked, Unconfirmable
from services.policy.commands.undecidable import (
    AlreadyDecided,
    AlreadyResolved,
    AnyUndecidable,
    AnyUnresolvable,
    AskedTimeIsOver,
    AskedTimeIsTaken,
    NotCancellable,
    OwnedByRoom,
    Undecidable,
    Unresolvable,
)
from services.policy.commands.unknown import (
    Unknown,
    UnknownApproval,
    UnknownConflict,
    UnknownConnection,
    UnknownImport,
    UnknownPolicy,
    UnknownSpace,
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

RESERVATION_REFUSED = Kind(409, "reservation-refused", "The space cannot be reserved like that.")

CHANGED = "Somebody changed this since you read it. Read it again, look at what changed, and repeat your change."

NO_OVERRIDE = (
    "Only an administrator can allow a reservation to break a rule. Leave out override_reason to have it judged by the "
    "rules, or ask an administrator to make it."
)

UNUSABLE_COMMENT = ("cannot be used", f"at most {MOST_CHARACTERS:,} characters, none of them a control character")
"""What is wrong with a comment, and what would be right."""

UNKNOWN_CONFLICT = (
    "There is no conflict with this id. It may have ended by itself, because one side was moved or cancelled. List the "
    "conflicts to see which there are."
)

AWAY_NOW = "The room reservations cannot be reached just now. Nothing is lost: try again in a few seconds."

Undoable: TypeAlias = (
    UnknownApproval
    | UnknownConflict
    | UnknownConnection
    | UnknownImport
    | UnknownPolicy
    | UnknownSpace
    | AnyUndecidable
    | AnyUnresolvable
    | AnyUnconfirmable
    | AnyInvalidMapping
    | AnyMailboxTaken
    | AnyConnectionNeeded
    | AnyUnusableImport
    | StaleVersion
    | UnusableComment
)
"""Every reason why something is not done as it was asked for: a question not decided, a space not mapped, and so on."""

REFUSED: tuple[type[Undoable], ...] = get_args(Undoable)
"""These errors, to be caught by an edge that answers with `refuse`."""


_CALLED: Mapping[type[Unknown], str] = {
    UnknownApproval: "approval",
    UnknownConnection: "connection",
    UnknownImport: "import",
    UnknownPolicy: "policy",
    UnknownSpace: "space",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A decision that is refused: which kind of problem it is, a full sentence to act on, and what is in the way."""

    kind: Kind
    detail: str
    reasons: tuple[Reason, ...] = ()


def refuse(error: Undoable) -> Refusal:  # noqa: C901, PLR0911 - one for each family
    """Put a refused decision into words."""
    match error:
        case UnknownApproval() | UnknownConnection() | UnknownImport() | UnknownPolicy() | UnknownSpace():
            return Refusal(NOT_FOUND, say_unknown(_CALLED[type(error)]))
        case Undecidable():
            reasons = error.reasons if isinstance(error, AskedTimeIsTaken) else ()
            return Refusal(CONFLICT, _say_why_undecidable(error), reasons)
        case UnknownConflict():
            return Refusal(NOT_FOUND, UNKNOWN_CONFLICT)
        case Unresolvable():
            return Refusal(CONFLICT, _say_why_unresolvable(error))
        case Unconfirmable():
            return Refusal(CONFLICT, _say_why_unconfirmable(error))
        case InvalidMapping():
            return Refusal(INVALID, say_invalid(*explain_mapping(error)))
        case MailboxMappedElsewhere() | MailboxStillClosing():
            return Refusal(CONFLICT, say_who_has_mailbox(error))
        case ConnectionStillMapped() | ConnectionStillLeaving():
            return Refusal(CONFLICT, say_why_connection_is_needed(error))
        case UnusableImport():
            return Refusal(CONFLICT, say_why_not_imported(error))
        case StaleVersion():
            return Refusal(STALE, CHANGED)
        case UnusableComment():
            return Refusal(INVALID, say_invalid("comment", *UNUSABLE_COMMENT))
        case _:
            assert_never(error)


def say_unknown(what: str) -> str:
    """Say that no `what` has the id that was given."""
    return f"There is no {what} with this id. List them to see which there are."


def say_role_needed(roles: Iterable[str]) -> str:
    """Say that something needs one of these app roles."""
    names = " or ".join(sorted(roles))
    return f"This needs the app role {names}. Ask whoever administers Roomsync in Entra to assign it."


def say_invalid(field: str, problem: str, expected: str | None) -> str:
    """Say that one field cannot be used."""
    return f"{field} {problem}" + (f": {expected}." if expected else ".")


def explain_recurrence(error: UnusableRecurrence) -> FieldProblem:
    """Return which field of a group cannot be used, why, and what would be right."""
    return FieldProblem(field=error.field, problem="cannot be used", expected=error.sentence)


NOT_OF_A_GROUP = ("names several dates of a series", "this, or no scope: the reservation is a single one")
"""What is wrong with the scope of a command about a single reservation, and what would be right."""


def explain_window(error: AnyInvalidWindow) -> tuple[str, str, str]:
    """Return which field of a window cannot be used, what is wrong with it, and what would be right."""
    match error:
        case EmptyWindow():
            return "end", "does not lie after start", "an end later than the start; windows are half-open"
        case WindowTooLong():
            return "end", "lies too long after start", f"a reservation of at most {error.longest.days} days"
        case WindowTooFarAhead():
            return error.edge, "lies too far ahead", "a time within the next ten years"
        case _:
            assert_never(error)


_KEPT = {"ledger": "what the ledger has", "outlook": "the event in Outlook"}


def _say_why_unresolvable(error: AnyUnresolvable) -> str:
    match error:
        case AlreadyResolved(keep=keep, by=by, at=at):
            who = by.name or by.subject or "somebody else"
            when = at.isoformat(timespec="seconds")
            return f"This conflict was resolved by {who} at {when}, who kept {_KEPT[keep]}. The first decision stands."
        case OwnedByRoom(keep=keep):
            return (
                f"To keep {_KEPT[keep]}, an event on the room's own calendar would have to go. Nobody invited the room "
                "to it, so nobody could be told, and Room Reservations deletes no event that it has not made. Delete "
                "or move that event in Outlook; the conflict ends by itself then."
            )
        case NotCancellable(detail=detail):
            return f"What is in the way cannot be cancelled now. {detail}"
        case _:
            assert_never(error)


def _say_why_unconfirmable(error: AnyUnconfirmable) -> str:
    match error:
        case NothingBraked():
            return (
                "No cancellations of this room wait to be confirmed. They were confirmed and done, the meetings are "
                "back, or the room cannot be compared just now; the state of its mapping says which."
            )
        case BrakeChanged(cancellations=waiting):
            wait = "1 cancellation waits" if waiting == 1 else f"{waiting:,} cancellations wait"
            return (
                f"{wait} now, which is not what was confirmed, so nothing was cancelled. Look at what is gone now, and "
                "confirm that if it is to be cancelled."
            )
        case _:
            assert_never(error)


def _say_why_undecidable(error: AnyUndecidable) -> str:
    match error:
        case AskedTimeIsOver():
            return "The time that was asked for is over, so there is nothing to decide any more."
        case AskedTimeIsTaken(reasons=reasons):
            why = " ".join(each.message for each in reasons)
            return f"It cannot be booked now. {why} Reject this question, or make room first and approve it then."
        case AlreadyDecided(state="superseded"):
            return (
                "More was asked for since, it needs no approval any more, or another booking got the time, so this "
                "question is closed."
            )
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
