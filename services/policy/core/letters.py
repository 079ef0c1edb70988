"""Write what the organizer reads in the room's answer: what happened, why, and what to do next.

A notice becomes the variables of its kind of answer, and these become text by the connection's template, or by the
default. What could be booked instead is looked up when the words are made, so that an answer that is given again
suggests what is free by then.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never

from libs.contracts.intents import AnswerMeeting
from libs.contracts.values import Window
from services.policy.core.advice import advise, say_links, say_space
from services.policy.core.alternatives import NO_ALTERNATIVES, Alternatives
from services.policy.core.answers.kinds import AnswerKind, Variables
from services.policy.core.answers.rendering import AnswerFacts, Letter, render_answer
from services.policy.core.explanations import Explanation, is_conflict
from services.policy.core.goals import GiveAnswer, Goal
from services.policy.core.ledger import Slice
from services.policy.core.naming import as_sentence
from services.policy.core.notices import (
    Approved,
    AwaitsApproval,
    Booked,
    ChangeAwaitsApproval,
    Declined,
    EditRefused,
    MovedBackTo,
    MovedByAdministrator,
    ProposalWithdrawn,
    SaidOnce,
    TakenAway,
    TimeProposed,
    Written,
)
from services.policy.core.place import Place
from services.policy.core.recurring.letters import tell_of_series
from services.policy.core.times import say_instant, say_moment, say_window
from services.policy.core.wording import organizers_in_the_way, state_reason, without_title

MOST_CONFLICTS_NAMED = 3

Templates = Mapping[AnswerKind, str]
"""The templates of a connection; the default is said for a kind that has none."""

NO_TEMPLATES: Templates = {}

_COMPETES = "The room is not held meanwhile: others may ask for the same time, and one of you gets it."


def suggests_something(goal: Goal) -> bool:
    """Whether the words of a goal may suggest what others can take, so that they grow old."""
    return isinstance(goal, GiveAnswer) and isinstance(goal.notice, Declined | EditRefused)


def word_answer(goal: GiveAnswer, letter: Letter, suggests_until: datetime | None = None) -> AnswerMeeting:
    """Return what is sent to outbound: the answer, with its notice in words, and until when they hold."""
    return AnswerMeeting(
        ical_uid=goal.ical_uid,
        event_id=goal.event_id,
        answer=goal.answer,
        comment=letter.text,
        judged=goal.judged,
        proposed=goal.proposed,
        pattern=goal.pattern,
        tells=goal.tells,
        takes_room_off=goal.takes_room_off,
        suggests_until=suggests_until,
    )


def write_letter(
    goal: GiveAnswer, ledger: Slice, instead: Alternatives = NO_ALTERNATIVES, templates: Templates = NO_TEMPLATES
) -> Letter:
    """Put a notice into words; a refusal names what could be booked instead."""
    place = ledger.space.place
    if isinstance(goal.notice, SaidOnce):
        return Letter("")
    if isinstance(goal.notice, Written):
        return Letter(without_title(goal.notice.text, place))
    facts = tell(goal, instead, place)
    return render_answer(facts, templates.get(facts.kind))


def tell(goal: GiveAnswer, instead: Alternatives, place: Place) -> AnswerFacts:
    """Return what an answer speaks of. Raises LookupError for a notice without words of its own."""
    kind, own = _own_variables(goal, instead, place)
    return AnswerFacts(kind, {**of_every_kind(goal.judged, place), **own})


def of_every_kind(window: Window, place: Place) -> Variables:
    """Return the variables that every kind of answer has."""
    return {
        "room": place.called,
        "start": say_instant(window.start, place.time_zone),
        "end": say_instant(window.end, place.time_zone),
        "zone": place.time_zone,
        "when": say_window(window, place.time_zone),
        "links": [],
    }


def _own_variables(goal: GiveAnswer, instead: Alternatives, place: Place) -> tuple[AnswerKind, Variables]:  # noqa: C901, PLR0911 - one for each
    notice, zone = goal.notice, place.time_zone
    match notice:
        case Booked(warnings=warnings):
            return AnswerKind.ACCEPT, {"warnings": state_all(warnings, place), "approval": ""}
        case Approved(why=why):
            return AnswerKind.ACCEPT, {"warnings": [], "approval": state_reason(why, place).message}
        case AwaitsApproval(reasons=reasons, deadline=deadline, competes=competes):
            return AnswerKind.TENTATIVE, {
                "reasons": state_all(reasons, place),
                "deadline": _say_deadline(deadline, zone),
                "competing": _COMPETES if competes else "",
            }
        case ChangeAwaitsApproval(reasons=reasons, kept=kept, deadline=deadline):
            return AnswerKind.EDIT_TENTATIVE, {
                "reasons": state_all(reasons, place),
                "kept": say_window(kept, zone),
                "deadline": _say_deadline(deadline, zone),
            }
        case Declined(reasons=reasons):
            return AnswerKind.DECLINE, {**_tell_why(reasons, place), **_tell_what_next(reasons, instead, place)}
        case EditRefused(reasons=reasons, kept=kept):
            return AnswerKind.EDIT_REFUSED, {
                **_tell_why(reasons, place),
                **_tell_what_next(reasons, instead, place),
                "kept": say_window(kept, zone),
                "go_back": _say_how_to_go_back(goal),
            }
        case MovedBackTo(reasons=reasons, kept=kept):
            return AnswerKind.MOVED_BACK, {**_tell_why(reasons, place), "kept": say_window(kept, zone)}
        case TimeProposed() | ProposalWithdrawn() | MovedByAdministrator():
            return _tell_of_change(notice, zone)
        case TakenAway(comment=comment):
            return AnswerKind.CANCELLED, {"comment": as_sentence(comment) if comment else ""}
        case Written() | SaidOnce():
            raise LookupError("a notice that has no words of its own speaks of nothing")
        case _:
            return tell_of_series(notice, place)


def _tell_of_change(
    notice: TimeProposed | ProposalWithdrawn | MovedByAdministrator, zone: str
) -> tuple[AnswerKind, Variables]:
    """Tell the organizer what the back office wants with their meeting."""
    match notice:
        case TimeProposed(proposed=proposed, until=until):
            told = {"proposed": say_window(proposed, zone), "deadline": say_moment(until, zone)}
            return AnswerKind.TIME_PROPOSED, told
        case ProposalWithdrawn(proposed=proposed):
            return AnswerKind.PROPOSAL_WITHDRAWN, {"proposed": say_window(proposed, zone)}
        case MovedByAdministrator(former=former):
            return AnswerKind.MOVED_BY_ADMINISTRATOR, {"former": say_window(former, zone)}
        case _:
            assert_never(notice)


def _say_how_to_go_back(goal: GiveAnswer) -> str:
    if goal.proposed is not None:
        return (
            "This answer proposes that time: accept the proposal to go back to it, or make a change that fits, and the "
            "room accepts again."
        )
    return "Undo the change, or make one that fits, and it is accepted again."


def _say_deadline(deadline: datetime | None, zone: str) -> str:
    return say_moment(deadline, zone) if deadline is not None else ""


def _tell_why(reasons: Sequence[Explanation], place: Place) -> Variables:
    return {"reasons": state_all(reasons, place), "taken_by": organizers_in_the_way(reasons, place)}


def _tell_what_next(reasons: Sequence[Explanation], instead: Alternatives, place: Place) -> Variables:
    free = instead.next_free
    return {
        "advice": advise(reasons, instead, place),
        "links": say_links(instead),
        "next_free": say_window(free, place.time_zone) if free is not None else "",
        "free_spaces": [say_space(each) for each in instead.spaces],
    }


def state_all(reasons: Sequence[Explanation], place: Place) -> list[str]:
    """Return the sentence of each reason, but only the first few conflicts and the number of the others."""
    rules = [state_reason(each, place).message for each in reasons if not is_conflict(each)]
    conflicts = list(dict.fromkeys(state_reason(each, place).message for each in reasons if is_conflict(each)))
    named, more = conflicts[:MOST_CONFLICTS_NAMED], len(conflicts) - MOST_CONFLICTS_NAMED
    if more == 1:
        named.append("One more booking is in the way.")
    elif more > 1:
        named.append(f"{more} more bookings are in the way.")
    return [*rules, *named]
