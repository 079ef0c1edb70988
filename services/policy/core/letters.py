"""Write what the organizer reads in the room's answer: what happened, why, and what to do next.

What could be booked instead is looked up when the words are made, so that an answer that is given again suggests what
is free by then.
"""

from collections.abc import Sequence
from typing import assert_never

from libs.contracts.intents import AnswerMeeting, DropHold, Intent, KeepHold, MoveBack
from services.policy.core.advice import advise
from services.policy.core.alternatives import NO_ALTERNATIVES, Alternatives
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
    SeriesApproved,
    SeriesAwaitsApproval,
    SeriesBooked,
    SeriesDeclined,
    SeriesEditRefused,
    TakenAway,
    Written,
)
from services.policy.core.place import Place
from services.policy.core.recurring.letters import write_about_series
from services.policy.core.times import say_moment, say_window
from services.policy.core.wording import state_reason, without_title

MOST_CONFLICTS_NAMED = 3


def write_intent(goal: Goal, ledger: Slice, instead: Alternatives) -> Intent:
    """Return what is sent to outbound: the goal, with its notice put into words."""
    match goal:
        case GiveAnswer():
            return AnswerMeeting(
                ical_uid=goal.ical_uid,
                event_id=goal.event_id,
                answer=goal.answer,
                comment=write_letter(goal, ledger, instead),
                judged=goal.judged,
                proposed=goal.proposed,
                pattern=goal.pattern,
                tells=goal.tells,
                takes_room_off=goal.takes_room_off,
            )
        case MoveBack() | KeepHold() | DropHold():
            return goal
        case _:
            assert_never(goal)


def write_letter(goal: GiveAnswer, ledger: Slice, instead: Alternatives = NO_ALTERNATIVES) -> str:
    """Put a notice into words; a refusal names what could be booked instead."""
    return " ".join(_sentences(goal, instead, Place(ledger.space.name, ledger.space.time_zone)))


def _sentences(goal: GiveAnswer, instead: Alternatives, place: Place) -> Sequence[str]:  # noqa: C901, PLR0911 - one for each
    notice, room, asked = goal.notice, place.called, say_window(goal.judged, place.time_zone)
    match notice:
        case Booked(warnings=warnings):
            noted = ["Please note:", *_state(warnings, place)] if warnings else []
            return [f"{room} is booked for this meeting, {asked}.", *noted]
        case AwaitsApproval(reasons=reasons, deadline=deadline):
            until = f", until {say_moment(deadline, place.time_zone)} at the latest" if deadline is not None else ""
            waits = f"{room} is held for this meeting, {asked}, and waits for the approval of an administrator{until}."
            return [waits, *_state(reasons, place), "You get another answer as soon as that is decided."]
        case ChangeAwaitsApproval(reasons=reasons, kept=kept, deadline=deadline):
            until = f", until {say_moment(deadline, place.time_zone)} at the latest" if deadline is not None else ""
            stays = f"{room} stays booked for you at the original time, {say_window(kept, place.time_zone)}"
            return [
                f"Your change, to {asked}, waits for the approval of an administrator{until}.",
                *_state(reasons, place),
                f"{stays}, until that is decided.",
            ]
        case Approved(why=why):
            return [f"{room} is booked for this meeting, {asked}.", *_state([why], place)]
        case Declined(reasons=reasons):
            refused = f"{room} could not be booked for this meeting, {asked}."
            return [refused, *_state(reasons, place), *advise(reasons, instead, place)]
        case EditRefused(reasons=reasons, kept=kept):
            return [
                f"{room} could not follow your change.",
                *_state(reasons, place),
                f"{room} stays booked for you at the original time, {say_window(kept, place.time_zone)}.",
                _say_how_to_go_back(goal),
                *advise(reasons, instead, place),
            ]
        case MovedBackTo(reasons=reasons, kept=kept):
            undone = (
                f"{room} could not follow your change, so the meeting was moved back to "
                f"{say_window(kept, place.time_zone)}, for which {room} stays booked."
            )
            return [undone, *_state(reasons, place), "Another change is accepted if it fits."]
        case SeriesBooked() | SeriesAwaitsApproval() | SeriesApproved() | SeriesDeclined() | SeriesEditRefused():
            return write_about_series(notice, room, place)
        case TakenAway(comment=comment):
            gone = f"The booking of {room} for this meeting, {asked}, was cancelled by its administrator."
            said = [as_sentence(comment)] if comment else []
            return [gone, *said, "Please choose another room or another time, or ask the administrator."]
        case Written(text=text):
            return [without_title(text)]
        case _:
            assert_never(notice)


def _say_how_to_go_back(goal: GiveAnswer) -> str:
    if goal.proposed is not None:
        return (
            "This answer proposes that time: accept the proposal to go back to it, or make a change that fits, and the "
            "room accepts again."
        )
    return "Undo the change, or make one that fits, and it is accepted again."


def _state(reasons: Sequence[Explanation], place: Place) -> list[str]:
    """Return the sentence of each reason, but only the first few conflicts and the number of the others."""
    rules = [state_reason(each, place).message for each in reasons if not is_conflict(each)]
    conflicts = list(dict.fromkeys(state_reason(each, place).message for each in reasons if is_conflict(each)))
    named, more = conflicts[:MOST_CONFLICTS_NAMED], len(conflicts) - MOST_CONFLICTS_NAMED
    if more == 1:
        named.append("One more booking is in the way.")
    elif more > 1:
        named.append(f"{more} more bookings are in the way.")
    return [*rules, *named]
