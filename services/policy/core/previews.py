"""Answers about a reservation as they would be written, for those who write templates.

What the reservation has replaces what the example of the kind has; what it does not have stays as in the example.
"""

from services.policy.core.answers.examples import example_of
from services.policy.core.answers.kinds import FORMS, AnswerKind, Variables
from services.policy.core.answers.rendering import AnswerFacts
from services.policy.core.ledger import Reservation
from services.policy.core.letters import of_every_kind, state_all
from services.policy.core.place import Place
from services.policy.core.times import say_window
from services.policy.core.wording import organizers_in_the_way

_ABOUT_REFUSED = frozenset({AnswerKind.EDIT_TENTATIVE, AnswerKind.EDIT_REFUSED, AnswerKind.MOVED_BACK})


def preview_facts(kind: AnswerKind, about: Reservation, place: Place) -> AnswerFacts:
    """Return what an answer of a kind would speak of if it was given about a reservation."""
    refused = about.refused_request if kind in _ABOUT_REFUSED else None
    window, reasons = about.window, about.reasons
    if refused is not None:
        window, reasons = refused.window, refused.reasons
    found: Variables = {
        **of_every_kind(window, place),
        "kept": say_window(about.window, place.time_zone),
        "warnings": state_all(about.warnings, place),
    }
    if reasons:
        found = {**found, "reasons": state_all(reasons, place), "taken_by": organizers_in_the_way(reasons, place)}
    names = {each.name for each in FORMS[kind].variables}
    own = {name: value for name, value in found.items() if name in names}
    return AnswerFacts(kind, {**example_of(kind).variables, **own})
