"""Write what the organizer reads in the room's answer: a notice in words, with a suggestion of what would work.

The suggestion is looked up when the words are made, in the slice of the ledger that is true at that moment.
"""

from collections.abc import Sequence
from typing import assert_never

from libs.contracts.intents import AnswerMeeting, DropHold, Intent, KeepHold, MoveBack
from libs.contracts.values import Window
from services.policy.core.availability import find_next_free
from services.policy.core.explanations import Explanation, is_conflict
from services.policy.core.goals import GiveAnswer, Goal
from services.policy.core.ledger import Slice
from services.policy.core.notices import AwaitsApproval, Booked, Declined, EditRefused, MovedBackTo, TakenAway, Written
from services.policy.core.times import say_window
from services.policy.core.wording import Place, say_taken_away, state_reason

MOST_CONFLICTS_NAMED = 3


def write_intent(goal: Goal, ledger: Slice) -> Intent:
    """Return what is sent to outbound: the goal, with its notice put into words."""
    match goal:
        case GiveAnswer():
            return AnswerMeeting(
                ical_uid=goal.ical_uid,
                event_id=goal.event_id,
                answer=goal.answer,
                comment=write_letter(goal, ledger),
                judged=goal.judged,
                proposed=goal.proposed,
            )
        case MoveBack() | KeepHold() | DropHold():
            return goal
        case _:
            assert_never(goal)


def write_letter(goal: GiveAnswer, ledger: Slice) -> str:  # noqa: PLR0911 - one case for each notice
    """Put a notice into words."""
    place, notice = Place(ledger.space.name, ledger.space.time_zone), goal.notice
    match notice:
        case Booked(warnings=warnings):
            return " ".join([f"{place.name} is booked for this meeting.", *_sentences(warnings, place)])
        case AwaitsApproval(reasons=reasons):
            waits = f"{place.name} is held for this meeting and waits for the approval of an administrator."
            return " ".join([waits, *_sentences(reasons, place)])
        case Declined(reasons=reasons):
            refused = f"{place.name} could not be booked."
            return " ".join([refused, *_sentences(reasons, place), _advice(reasons, goal.judged, ledger, place)])
        case EditRefused(reasons=reasons, kept=kept):
            stays = f"{place.name} stays booked for you at the original time, {say_window(kept, place.time_zone)}."
            return " ".join(
                [
                    f"{place.name} could not follow your change.",
                    *_sentences(reasons, place),
                    stays,
                    "Undo the change, or make one that fits, and it is accepted again.",
                    _advice(reasons, goal.judged, ledger, place),
                ]
            )
        case MovedBackTo(reasons=reasons, kept=kept):
            undone = (
                f"{place.name} could not follow your change, so the meeting was moved back to "
                f"{say_window(kept, place.time_zone)}, for which {place.name} stays booked."
            )
            return " ".join([undone, *(state_reason(each, place).message for each in reasons)])
        case TakenAway(comment=comment):
            return say_taken_away(place, comment)
        case Written(text=text):
            return text
        case _:
            assert_never(notice)


def _sentences(reasons: Sequence[Explanation], place: Place) -> list[str]:
    """Return the sentence of each reason, but only the first few conflicts and the number of the others."""
    rest = [each for each in reasons if is_conflict(each)][MOST_CONFLICTS_NAMED:]
    sentences = [state_reason(each, place).message for each in reasons if each not in rest]
    if len(rest) == 1:
        sentences.append("One more booking is in the way.")
    elif rest:
        sentences.append(f"{len(rest)} more bookings are in the way.")
    return sentences


def _advice(reasons: Sequence[Explanation], asked: Window, ledger: Slice, place: Place) -> str:
    if not any(is_conflict(each) for each in reasons):
        return "Please change the meeting so that it fits, or choose another room."
    own = ledger.live.id if ledger.live else None
    free = find_next_free(asked, ledger.space.buffers, ledger.taken, own, ledger.now)
    if free is None:
        return "This room has no free time of that length within a day of it: choose another time or another room."
    return f"The next free time of this room is {say_window(free, place.time_zone)}."
