"""Reply to a command that is not carried out, as the API would answer it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from libs.common.codec import UnreadableMessage
from libs.common.observed import add_facts
from libs.contracts.groups import DateOut
from libs.contracts.message import Message
from libs.contracts.reservation_commands import ReservationProblem
from services.policy.commands.reservation_refusals import ReservationRefusal, refuse_fields
from services.policy.commands.shown_reservations import show_alternatives

Problem = TypeVar("Problem", bound=ReservationProblem)


def refusing(reply: type[ReservationProblem]) -> Callable[[UnreadableMessage], Message]:
    """Return what replies to a command that cannot be read."""
    return lambda error: problem_reply(reply, refuse_fields(error.errors))


def problem_reply(reply: type[Problem], refusal: ReservationRefusal, occurrences: Sequence[DateOut] = ()) -> Problem:
    """Return the reply that says why a command is not carried out, and on which dates."""
    add_facts(refused=refusal.kind.slug)
    kind, found = refusal.kind, refusal.alternatives
    return reply(
        status=kind.status,
        title=kind.title,
        detail=refusal.detail,
        errors=tuple(refusal.errors),
        reasons=tuple(refusal.reasons),
        alternatives=show_alternatives(found) if found is not None else None,
        occurrences=tuple(occurrences),
    )
