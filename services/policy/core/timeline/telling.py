"""Say in a sentence what happened at each step of a timeline.

One rule: nobody is told what a meeting is about, and of people only who acted.
"""

from typing import assert_never

from libs.contracts.messages import IntentProblem, Settlement
from libs.contracts.values import Actor, ActorKind, Outcome
from services.policy.core.drifts import KINDS
from services.policy.core.naming import cut
from services.policy.core.place import Place
from services.policy.core.timeline.record import HealedDrift, RecordedDecision
from services.policy.core.timeline.steps import AnsweredQuestion, AskedAdministrators, Observed, SettledIntent
from services.policy.core.times import say_moment
from services.policy.core.wording import state_reason

AGREED_AT_A_LOOK = "The room's calendar was read, and it showed what was decided."
AGREED_AT_A_SWEEP = "The whole calendar of the room was compared with what is booked, and both agreed."

_PROBLEMS = {
    IntentProblem.CHANGED_MEANWHILE: "the meeting had changed meanwhile, and is decided about as it is now",
    IntentProblem.GONE: "the meeting was no longer on the room's calendar",
    IntentProblem.ORGANIZER_UNREACHABLE: "the organizer's calendar could not be reached",
    IntentProblem.OVER: "the meeting was over",
    IntentProblem.PROPOSAL_REFUSED: "Outlook did not take a proposal of another time",
    IntentProblem.REFUSED_BY_GRAPH: "Outlook refused it; the reservation tells in `outlook` what to do",
}

_ANSWERS = {"accepted": "accepted", "declined": "declined", "tentativelyAccepted": "tentatively accepted"}


def say_notified(others: int) -> str:
    """Say that Outlook told of a change, and of how many others that one read answered too."""
    said = "Outlook told us that the meeting had changed."
    if others < 1:
        return said
    return f"{said} So did {others} more {'notification' if others == 1 else 'notifications'}."


def say_observed(seen: Observed) -> str:
    """Say why a calendar was read, and whether the meeting was on it."""
    if seen.drift is not None:
        return f"The room's calendar was compared with what is booked: {KINDS[seen.drift]}."
    why = "read" if seen.notified else "read again, to see how it stands now"
    found = "the meeting was on it" if seen.is_present else "the meeting was not on it"
    return f"The room's calendar was {why}, and {found}."


def say_requested(decision: RecordedDecision, *, is_first: bool) -> str:
    """Say what somebody in the back office asked for."""
    what = "this booking"
    if not is_first:
        what = "this booking to be cancelled" if decision.outcome == "cancelled" else "a change of this booking"
    return f"{say_actor(decision.actor)} asked for {what}."


def say_decided(decision: RecordedDecision, place: Place) -> str:
    """Say what was decided and every reason."""
    what = "series" if decision.is_of_series else "booking"
    reasons = [state_reason(each, place).message for each in decision.reasons]
    match decision.outcome:
        case Outcome.ACCEPT:
            head = f"The {what} was accepted" + (":" if reasons else ", and no rule spoke against it.")
        case Outcome.TENTATIVE:
            head = f"The {what} waits for an administrator" + (":" if reasons else ".")
        case Outcome.DECLINE:
            head = f"What was asked for of the {what} was declined" + (":" if reasons else ".")
        case "cancelled":
            head = f"The {what} ended" + (":" if reasons else ".")
        case _:
            assert_never(decision.outcome)
    return " ".join([head, *reasons])


def say_asked(asked: AskedAdministrators, place: Place) -> str:
    """Say that administrators were asked, and until when they can decide."""
    if asked.deadline_at is None:
        return "Administrators were asked, and can decide until it is over."
    return f"Administrators were asked, and can decide until {say_moment(asked.deadline_at, place.time_zone)}."


def say_answered(answered: AnsweredQuestion, by: Actor) -> str:
    """Say how a question to administrators ended."""
    match answered.state:
        case "approved":
            return f"{say_actor(by)} approved it."
        case "rejected":
            return f"{say_actor(by)} did not approve it."
        case "expired":
            return "Nobody had decided in time, so what the rules say for that case happened."
        case "withdrawn":
            return "The question was withdrawn, because what it was about had ended."
        case "superseded":
            return "The question was closed, because something else is asked for, or it needs no approval any more."
        case "pending":
            return "The question is open."
        case _:
            assert_never(answered.state)


def say_written(ended: SettledIntent) -> str:
    """Say what was written to Outlook."""
    match ended.want:
        case "answer":
            answer = _ANSWERS.get(ended.answer or "", "given")
            return f"The room's answer was written to Outlook: {answer}."
        case "move_back":
            return "The organizer's event was moved in Outlook to the time that is booked."
        case "hold":
            return "An event that holds the room was written to its calendar."
        case "no_hold":
            return "The event that held the room was taken off its calendar."
        case None:
            return "Outlook was written to, and something newer was decided meanwhile."
        case _:
            assert_never(ended.want)


def say_settled(ended: SettledIntent) -> str:
    """Say how it ended that Outlook was to show something."""
    why = f": {_PROBLEMS[ended.problem]}" if ended.problem is not None else ""
    match ended.settlement:
        case Settlement.DONE if ended.has_written:
            return f"Outlook has taken what was written{why}."
        case Settlement.DONE if ended.problem is not None:
            return f"Nothing had to be written to Outlook{why}."
        case Settlement.DONE:
            return "Outlook showed already what was decided, so nothing was written."
        case Settlement.SUPERSEDED if ended.problem is not None:
            return f"It was not carried out in Outlook{why}."
        case Settlement.SUPERSEDED:
            return "Something newer was decided before it was carried out in Outlook."
        case Settlement.GIVEN_UP:
            return f"It was given up in Outlook{why}."
        case _:
            assert_never(ended.settlement)


def say_healed(drift: HealedDrift) -> str:
    """Say which difference is gone."""
    took = max(1, round((drift.healed_at - drift.found_at).total_seconds()))
    seconds = "1 second" if took == 1 else f"{took} seconds"
    return f"A later comparison found the difference gone, {seconds} after it was found: {KINDS[drift.kind]}."


def say_actor(by: Actor) -> str:
    """Name who acted, at the beginning of a sentence."""
    named = f"{cut(by.name)}, " if by.name else ""
    match by.kind:
        case ActorKind.ADMINISTRATOR:
            who = "an administrator"
        case ActorKind.APPROVER:
            who = "an approver"
        case ActorKind.SERVICE:
            who = "a service"
        case ActorKind.ORGANIZER:
            who = "the organizer"
        case ActorKind.ROOM_CALENDAR:
            who = "somebody who writes on the room's calendar"
        case ActorKind.SYSTEM:
            who = "Roomsync itself"
        case ActorKind.UNKNOWN:
            who = "somebody"
        case _:
            assert_never(by.kind)
    said = f"{named}{who}{',' if named else ''}"
    return said[0].upper() + said[1:]
