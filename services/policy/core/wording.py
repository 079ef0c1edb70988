"""The one place that puts explanations into words, in full sentences; `advice` says what to do next.

Words are made when they are sent or shown. What is stored and decided with are facts. One rule: nobody is told what
somebody else's meeting is about, and of a private one nothing but its time; a connection may be set to tell no more of
any.
"""

import re
from collections.abc import Iterable
from typing import assert_never

from libs.contracts.values import Reason
from services.policy.core.change_words import state_about_change
from services.policy.core.explanations import (
    AcceptedBeforeMapping,
    AllowedByAdministrator,
    ApprovedAtDeadline,
    ApprovedByAdministrator,
    BrokenRule,
    CancelledByAdministrator,
    Explanation,
    HasEnded,
    HasNoLength,
    HeldByInvitation,
    IsASeries,
    IsOver,
    KeptInConflict,
    KeptLongEnough,
    MeetingCancelled,
    MeetingGone,
    MovedToThePast,
    NoLongerBlocks,
    NotAnswered,
    NotApprovedInTime,
    OnDate,
    OverCapacity,
    ProposalLapsed,
    ProposalWithdrawnHere,
    RejectedByAdministrator,
    Replaced,
    SlotTaken,
    Stated,
    TimeNotChangeable,
    TooFarAhead,
    TooLong,
    WaitingListOffer,
    is_conflict,
)
from services.policy.core.naming import as_sentence, cut
from services.policy.core.place import Place
from services.policy.core.policies.phrases import say_minutes, say_people
from services.policy.core.times import say_day_of, say_days, say_moment, say_window

_QUOTED = re.compile(r'taken by ".*?"(?: of ([^"]*?))?, (?=\w{3} \d\d \w{3} \d{4}, )', re.DOTALL)
"""How texts quoted the title of the meeting in the way, before they no longer did."""
_NAMED = re.compile(r"taken by .*?, (?=\w{3} \d\d \w{3} \d{4}, )", re.DOTALL)
"""How texts name its organizer."""


def state_reason(why: Explanation, place: Place) -> Reason:  # noqa: C901, PLR0911, PLR0912 - one case each
    """Put an explanation into a sentence, beside the rule, its limit and the value found."""
    match why:
        case IsASeries():
            return Reason(
                rule="series",
                limit="single meetings",
                actual="a recurring series",
                message="Recurring meetings cannot be booked here yet. Please invite the room to each date separately.",
            )
        case BrokenRule():
            return _state_broken(why, place)
        case OverCapacity(capacity=capacity, people=people):
            return Reason(
                rule="capacity",
                limit=str(capacity),
                actual=str(people),
                message=f"{place.called} holds {say_people(capacity)} and {people} are expected.",
            )
        case HasNoLength():
            return Reason(
                rule="minimum_duration",
                limit="1 minute",
                actual="0 minutes",
                message="A booking has to last some time, and this one ends as it begins.",
            )
        case TooLong(most_days=most, days=days):
            return Reason(
                rule="maximum_duration",
                limit=f"{most} days",
                actual=f"{days} days",
                message=f"A booking may last {say_days(most)} at most, and this one "
                + (f"lasts {say_days(days)}." if days > most else "is longer."),
            )
        case IsOver(end=end):
            return Reason(
                rule="not_in_the_past",
                limit="a time to come",
                actual=end.isoformat(),
                message=f"The time asked for is over since {say_moment(end, place.time_zone)}.",
            )
        case TooFarAhead(most_days=most, start=start):
            return Reason(
                rule="advance_window",
                limit=f"{most} days",
                actual=start.isoformat(),
                message=f"A booking may be made {say_days(most)} ahead at most, and this one starts on "
                f"{say_moment(start, place.time_zone)}.",
            )
        case SlotTaken(reserved=reserved, minutes_between=between):
            apart = None if between is None else f"{say_minutes(between)} between two bookings"
            needs = f", and this room needs {apart}" if apart else ""
            return Reason(
                rule="availability",
                limit=apart or "free",
                actual=f"{reserved.start.isoformat()}/{reserved.end.isoformat()}",
                message=f"It is taken{_say_by_whom(why, place)}, {say_window(reserved, place.time_zone)}{needs}.",
            )
        case AllowedByAdministrator(reason=reason):
            return Reason(rule="override", message=f"An administrator allowed an exception: {as_sentence(reason)}")
        case HeldByInvitation() | TimeNotChangeable() | ProposalLapsed() | ProposalWithdrawnHere():
            return state_about_change(why, place)
        case HasEnded(status=status, reserved=reserved):
            return Reason(
                rule="status",
                limit="pending or confirmed",
                actual=status,
                message=f"This reservation, for {say_window(reserved, place.time_zone)}, is {status} and cannot be "
                "changed any more. Make a new one instead.",
            )
        case MeetingCancelled():
            return Reason(rule="cancelled", message="The meeting was cancelled, or the room was taken off it.")
        case MeetingGone():
            return Reason(rule="gone", message="The meeting is no longer on the room's calendar.")
        case NoLongerBlocks():
            message = "The event on the room's calendar no longer blocks this time."
            return Reason(rule="released", message=message)
        case KeptLongEnough():
            message = "The room was kept without an invitation for as long as it may be after a refused change."
            return Reason(rule="kept_long_enough", message=message)
        case MovedToThePast():
            message = "The meeting was moved to a time that is already over."
            return Reason(rule="moved_to_the_past", message=message)
        case CancelledByAdministrator(comment=comment):
            message = f"The booking of {place.called} was cancelled by an administrator."
            return Reason(rule="cancelled", message=f"{message} {as_sentence(comment)}" if comment else message)
        case KeptInConflict(keep=keep, comment=comment):
            kept = "what else was booked at this time" if keep == "ledger" else "this meeting"
            message = f"The room had been given to two at once, and an administrator decided to keep {kept}."
            return Reason(rule="conflict", message=f"{message} {as_sentence(comment)}" if comment else message)
        case ApprovedByAdministrator(comment=comment):
            message = "An administrator approved this booking."
            return Reason(rule="approval", message=f"{message} {as_sentence(comment)}" if comment else message)
        case ApprovedAtDeadline(deadline=deadline):
            message = f"Nobody had decided by {say_moment(deadline, place.time_zone)}, so it is approved."
            return Reason(rule="approval", actual=deadline.isoformat(), message=message)
        case RejectedByAdministrator(comment=comment):
            message = "An administrator did not approve this booking."
            return Reason(rule="approval", message=f"{message} {as_sentence(comment)}" if comment else message)
        case NotApprovedInTime(deadline=deadline):
            message = f"No administrator approved this booking by {say_moment(deadline, place.time_zone)}."
            return Reason(rule="approval", actual=deadline.isoformat(), message=message)
        case AcceptedBeforeMapping():
            message = "The room had accepted this meeting before it was connected, so it was taken over as it was."
            return Reason(rule="taken_over", message=message)
        case NotAnswered(end=end):
            message = "The meeting was over before the room could answer it, so it was not answered."
            return Reason(rule="not_answered", actual=end.isoformat(), message=message)
        case Replaced():
            message = "The meeting was made recurring, or single again, and its new times are booked anew."
            return Reason(rule="replaced", message=message)
        case WaitingListOffer():
            return _state_offer(why, place)
        case Stated(rule=rule, limit=limit, actual=actual, message=message):
            return Reason(rule=rule, limit=limit, actual=actual, message=without_title(message, place))
        case OnDate(window=window, why=found):
            said = state_reason(found, place)
            if is_conflict(found):
                return said  # which names the time that is taken
            return said.model_copy(update={"message": f"{say_day_of(window, place.time_zone)}: {said.message}"})
        case _:
            assert_never(why)


def _state_offer(offer: WaitingListOffer, place: Place) -> Reason:
    said = {
        None: f"This time is held for whoever is next on the waiting list, until "
        f"{say_moment(offer.until, place.time_zone)}.",
        "taken": "This time became free, was offered from the waiting list, and was taken.",
        "lapsed": "This time was offered from the waiting list, and was not taken before the offer ended.",
        "withdrawn": "This time was offered from the waiting list, and was given back.",
    }
    return Reason(rule="waiting_list", actual=offer.until.isoformat(), message=said[offer.became])


def _state_broken(why: BrokenRule, place: Place) -> Reason:
    limit, actual = why.rule.figures(why.breach)
    return Reason(rule=why.rule.kind, limit=limit, actual=actual, message=why.rule.say(why.breach, place))


def without_title(text: str, place: Place) -> str:
    """Take out of a text that was stored in words what may not be told of the meeting in the way.

    What it is about never may; its organizer stays where the place lets them be named.
    """
    untitled = _QUOTED.sub(lambda found: f"taken by {cut(found[1])}, " if found[1] else "taken, ", text)
    return untitled if place.conflict_detail == "organizer" else _NAMED.sub("taken, ", untitled)


def organizers_in_the_way(reasons: Iterable[Explanation], place: Place) -> list[str]:
    """Return who has the space, as far as that may be told: nobody of a private meeting, each person once."""
    plain = [each.why if isinstance(each, OnDate) else each for each in reasons]
    named = [_organizer_of(each, place) for each in plain if isinstance(each, SlotTaken)]
    return list(dict.fromkeys(each for each in named if each is not None))


def _organizer_of(conflict: SlotTaken, place: Place) -> str | None:
    """Return who has the space; None where that may not be told, or is not known."""
    organizer = (conflict.organizer or "").strip()
    is_told = organizer and not conflict.is_private and place.conflict_detail == "organizer"
    return cut(organizer) if is_told else None


def _say_by_whom(conflict: SlotTaken, place: Place) -> str:
    organizer = _organizer_of(conflict, place)
    return "" if organizer is None else f" by {organizer}"
