"""What is said where a command about reservations is refused to a service that sent it by message.

The API says the same of the same errors, beside its own: its paths of fields, its headers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, assert_never, get_args

from libs.contracts.problems import FieldProblem
from libs.contracts.values import Reason
from services.policy.commands.errors import (
    AnyInvalidWindow,
    InvalidWindow,
    NotOfAGroup,
    OverrideNotPermitted,
    StaleVersion,
    UnusableRecurrence,
)
from services.policy.commands.groups import GroupRefused
from services.policy.commands.invalid_fields import field_problems, in_words
from services.policy.commands.refusals import (
    CHANGED,
    INVALID,
    NO_OVERRIDE,
    NOT_FOUND,
    NOT_OF_A_GROUP,
    RESERVATION_REFUSED,
    STALE,
    Kind,
    explain_recurrence,
    explain_window,
    say_unknown,
)
from services.policy.commands.reservations import ReservationRefused
from services.policy.commands.unknown import UnknownReservation, UnknownReservationGroup, UnknownSpace
from services.policy.core.alternatives import Alternatives

NOT_ALLOWED = Kind(403, "forbidden", "A service may not do this.")
NOT_STORABLE = FieldProblem(field="body", problem="cannot be stored", expected="text without NUL")

Undoable: TypeAlias = (
    UnknownSpace
    | UnknownReservation
    | UnknownReservationGroup
    | NotOfAGroup
    | UnusableRecurrence
    | StaleVersion
    | OverrideNotPermitted
    | AnyInvalidWindow
)
"""Every error of a command about reservations that is not a refusal by the rules."""

UNDOABLE: tuple[type[Undoable], ...] = get_args(Undoable)
"""These errors, to be caught by an edge that answers with `refuse_error`."""


@dataclass(frozen=True, slots=True)
class ReservationRefusal:
    """A command that is refused: the kind of problem, sentences that a person can act on, and the facts behind them."""

    kind: Kind
    detail: str
    errors: Sequence[FieldProblem] = ()
    reasons: Sequence[Reason] = ()
    alternatives: Alternatives | None = None


def refuse_error(error: Undoable) -> ReservationRefusal:  # noqa: PLR0911 - one for each
    """Put an error of a command into words."""
    match error:
        case UnknownSpace():
            return _unknown("space", "space_id")
        case UnknownReservation():
            return _unknown("reservation", "reservation_id")
        case UnknownReservationGroup():
            return _unknown("reservation group", "group_id")
        case NotOfAGroup():
            problem, expected = NOT_OF_A_GROUP
            return _invalid([FieldProblem(field="scope", problem=problem, expected=expected)])
        case UnusableRecurrence():
            return ReservationRefusal(INVALID, error.sentence, [explain_recurrence(error)])
        case StaleVersion():
            field = FieldProblem(
                field="expected_version", problem="is another version", expected=f"{error.current}, as it is now"
            )
            return ReservationRefusal(STALE, CHANGED, [field])
        case OverrideNotPermitted():
            field = FieldProblem(
                field="override_reason",
                problem="can only be given by an administrator",
                expected="no override_reason, or a call of the API with the app role admin",
            )
            return ReservationRefusal(NOT_ALLOWED, NO_OVERRIDE, [field])
        case InvalidWindow():
            name, problem, expected = explain_window(error)
            return _invalid([FieldProblem(field=name, problem=problem, expected=expected)])
        case _:
            assert_never(error)


def refuse_reservation(result: ReservationRefused) -> ReservationRefusal:
    """Put into words that rules or other reservations forbid what was asked for."""
    return ReservationRefusal(
        RESERVATION_REFUSED, result.detail, reasons=result.reasons, alternatives=result.alternatives
    )


def refuse_group(result: GroupRefused) -> ReservationRefusal:
    """Put into words that rules or other reservations forbid what was asked for of a group."""
    return ReservationRefusal(RESERVATION_REFUSED, result.detail, reasons=result.reasons)


def refuse_fields(errors: Iterable[Mapping[str, Any]]) -> ReservationRefusal:
    """Put validation errors of a body into words; without any, that it holds a text that cannot be stored."""
    in_body = [{**each, "loc": ("body", *each["loc"])} for each in errors]
    return _invalid(field_problems(in_body, frozenset()) or [NOT_STORABLE])


def _unknown(what: str, field: str) -> ReservationRefusal:
    error = FieldProblem(field=field, problem=f"names no {what}", expected=f"the id of an existing {what}")
    return ReservationRefusal(NOT_FOUND, say_unknown(what), [error])


def _invalid(errors: Sequence[FieldProblem]) -> ReservationRefusal:
    return ReservationRefusal(INVALID, in_words(errors), errors)
