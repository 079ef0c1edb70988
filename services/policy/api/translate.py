"""Translate what the commands refuse into problem documents.

One rule: only this module knows both the commands' errors and HTTP. It turns each error into a status, the path of a
field, and a sentence about what would be right. What is said of decisions also to others than callers of the API is in
`commands/refusals.py`.
"""

from collections.abc import Container
from typing import assert_never
from zoneinfo import ZoneInfo

from services.policy.api.etag import stale
from services.policy.api.import_problems import import_problem
from services.policy.api.problems import FORBIDDEN, FieldProblem, Problem, invalid, not_found
from services.policy.commands.connection_fields import NAME_TAKEN
from services.policy.commands.errors import (
    AnyCommandError,
    InvalidWindow,
    NotOfAGroup,
    NotOnTrial,
    OverrideNotPermitted,
    StaleVersion,
    TemplateRefused,
    UnusableComment,
    UnusableRecurrence,
)
from services.policy.commands.import_errors import UnusableImport
from services.policy.commands.mapping_words import (
    explain_mapping,
    say_who_has_mailbox,
    say_why_connection_is_needed,
)
from services.policy.commands.policy_fields import explain_same, explain_target
from services.policy.commands.refusals import (
    CONFLICT,
    INVALID,
    NO_OVERRIDE,
    NOT_FOUND,
    NOT_OF_A_GROUP,
    UNKNOWN_CONFLICT,
    UNUSABLE_COMMENT,
    explain_recurrence,
    explain_window,
    refuse,
)
from services.policy.commands.space_errors import (
    AnyStillNeeded,
    AnyTaken,
    ConnectionNameTaken,
    ConnectionStillLeaving,
    ConnectionStillMapped,
    InvalidMapping,
    MailboxMappedElsewhere,
    MailboxStillClosing,
    SamePolicy,
    SpaceGroupNameTaken,
    SpaceGroupStillRuled,
    SpaceStillMapped,
    SpaceStillPart,
    SpaceStillReserved,
    StillNeeded,
    TakenByAnother,
)
from services.policy.commands.unconfirmable import Unconfirmable
from services.policy.commands.undecidable import Undecidable, Unresolvable
from services.policy.commands.unknown import (
    AnyUnknown,
    Unknown,
    UnknownApproval,
    UnknownConflict,
    UnknownConnection,
    UnknownImport,
    UnknownPart,
    UnknownPolicy,
    UnknownReservation,
    UnknownReservationGroup,
    UnknownSpace,
    UnknownSpaceGroup,
    UnknownTarget,
    UnknownWaitingRequest,
)

_NOT_ON_TRIAL = (
    "This policy is not on trial: its effect is {effect}, so what it did is in the decisions, which GET "
    "/v1/reservations shows. Only of a policy of effect shadow is told what it would have done."
)


def problem_of(error: AnyCommandError, in_path: Container[str]) -> Problem:  # noqa: C901, PLR0911, PLR0912 - one for each family
    """Translate an error. `in_path` has the names of the ids that the address gave; any other came in the body."""
    match error:
        case Unknown():
            return _unknown(error, in_path)
        case Undecidable():
            refusal = refuse(error)
            return Problem(refusal.kind, refusal.detail, reasons=refusal.reasons)
        case Unresolvable() | Unconfirmable():
            refusal = refuse(error)
            return Problem(refusal.kind, refusal.detail)
        case UnusableComment():
            return invalid("comment", *UNUSABLE_COMMENT)
        case NotOfAGroup():
            return invalid("scope", *NOT_OF_A_GROUP)
        case NotOnTrial(effect=effect):
            on_trial = FieldProblem(
                field="path.policy_id", problem="is on no trial", expected="a policy of effect shadow"
            )
            return Problem(CONFLICT, _NOT_ON_TRIAL.format(effect=effect), errors=[on_trial])
        case UnusableRecurrence():
            return Problem(INVALID, error.sentence, errors=[explain_recurrence(error)])
        case TemplateRefused():
            return invalid("template", error.found, error.remedy)
        case StaleVersion():
            return stale(error.current)
        case OverrideNotPermitted():
            return _override_not_permitted()
        case InvalidWindow():
            return invalid(*explain_window(error))
        case InvalidMapping():
            return invalid(*explain_mapping(error))
        case UnusableImport():
            return import_problem(error)
        case TakenByAnother():
            return _taken(error)
        case StillNeeded():
            return Problem(CONFLICT, _say_why_needed(error), errors=_ask_to_confirm(error))
        case _:
            assert_never(error)


def _unknown(error: AnyUnknown, in_path: Container[str]) -> Problem:  # noqa: C901, PLR0911, PLR0912 - one for each
    match error:
        case UnknownSpace():
            return not_found("space", "path.space_id" if "space_id" in in_path else "space_id")
        case UnknownPart():
            return not_found("space", f"parts.{error.position}")
        case UnknownReservation():
            return not_found("reservation", "path.reservation_id" if "reservation_id" in in_path else "reservation_id")
        case UnknownConnection():
            return not_found("connection", "path.connection_id" if "connection_id" in in_path else "connection")
        case UnknownApproval():
            return not_found("approval", "path.approval_id")
        case UnknownWaitingRequest():
            return not_found("waiting request", "path.request_id")
        case UnknownPolicy():
            return not_found("policy", "path.policy_id")
        case UnknownConflict():
            return Problem(NOT_FOUND, UNKNOWN_CONFLICT, errors=not_found("conflict", "path.conflict_id").errors)
        case UnknownImport():
            return not_found("import", "path.import_id")
        case UnknownTarget():
            return _invalid(explain_target(error))
        case UnknownReservationGroup():
            return not_found("reservation group", "path.group_id")
        case UnknownSpaceGroup(position=None):
            return not_found("space group", "path.group_id")
        case UnknownSpaceGroup():
            return not_found("space group", f"groups.{error.position}")
        case _:
            assert_never(error)


def _override_not_permitted() -> Problem:
    field = FieldProblem(
        field="override_reason",
        problem="can only be given by an administrator",
        expected="no override_reason, or a token with the app role admin",
    )
    return Problem(
        FORBIDDEN,
        NO_OVERRIDE,
        errors=[field],
        headers={"WWW-Authenticate": 'Bearer realm="roomsync", error="insufficient_scope"'},
    )


def _taken(error: AnyTaken) -> Problem:
    holder = error.holder_id
    match error:
        case MailboxMappedElsewhere():
            problem, expected = f"is mapped to the space {holder}", "a mailbox no other space is mapped to"
            field = FieldProblem(field="room_mailbox", problem=problem, expected=expected)
            return Problem(CONFLICT, say_who_has_mailbox(error), errors=[field])
        case MailboxStillClosing():
            field = FieldProblem(field="room_mailbox", problem="is not free yet", expected="a mailbox that is free")
            return Problem(CONFLICT, say_who_has_mailbox(error), errors=[field])
        case ConnectionNameTaken():
            return Problem(
                CONFLICT,
                f"Another connection has this name ({holder}). Choose another name, or change that connection.",
                errors=[NAME_TAKEN],
            )
        case SamePolicy():
            return _invalid(explain_same(error))
        case SpaceGroupNameTaken():
            return Problem(
                CONFLICT,
                f"Another group of spaces has this name ({holder}). Choose another name, or use that group.",
                errors=[FieldProblem(field="name", problem="is taken", expected="a name no other group has")],
            )
        case _:
            assert_never(error)


def _say_why_needed(error: AnyStillNeeded) -> str:
    match error:
        case SpaceStillMapped():
            return (
                f"This space is mapped to {error.room_mailbox}, and nothing is reserved in it. Repeat this request "
                "with ?confirm=true to have it unmapped too, or unmap it first: PATCH it with room_mailbox null."
            )
        case SpaceStillReserved():
            return _say_what_would_end(error)
        case SpaceStillPart():
            return f"The space {error.whole_name} ({error.whole_id}) is made of this one. Delete that one first."
        case SpaceGroupStillRuled():
            return (
                f"Policies attached to this group: {error.policies}. Delete them or attach them elsewhere, then delete "
                "the group; GET /v1/policies lists them."
            )
        case ConnectionStillMapped() | ConnectionStillLeaving():
            return say_why_connection_is_needed(error)
        case _:
            assert_never(error)


def _say_what_would_end(error: SpaceStillReserved) -> str:
    """Say what deleting a space would do, to the reservations to come and to those who made them."""
    ends, zone = error.would_end, ZoneInfo(error.would_end.time_zone)
    first, last = (each.astimezone(zone).strftime("%a %d %b %Y") for each in (ends.first, ends.last))
    count = "1 reservation" if ends.reservations == 1 else f"{ends.reservations} reservations"
    them = "it" if ends.reservations == 1 else "them"
    told = "1 organizer" if ends.told == 1 else f"{ends.told} organizers"
    mailbox = f" The mailbox {error.room_mailbox} would be unmapped." if error.room_mailbox is not None else ""
    return (
        f"This space has {count} to come, from {first} to {last} ({zone.key}). Deleting it would cancel {them}, and a "
        f"decline in Outlook would tell {told}.{mailbox} Repeat this request with ?confirm=true to do that; "
        f"GET /v1/reservations lists {them}."
    )


def _ask_to_confirm(error: AnyStillNeeded) -> list[FieldProblem]:
    """Name what confirms a deletion, where that can be confirmed."""
    if not isinstance(error, SpaceStillMapped | SpaceStillReserved):
        return []
    return [FieldProblem(field="query.confirm", problem="is not true", expected="true, if all of that is meant")]


def _invalid(found: FieldProblem) -> Problem:
    return invalid(found.field, found.problem, found.expected)
