"""The one place that puts explanations into words: what happened, why, and what to do next, in full sentences.

Words are made when they are sent or shown. What is stored and decided with are facts.
"""

from dataclasses import dataclass
from typing import assert_never

from libs.contracts.values import Reason
from services.policy.core.explanations import (
    AllowedByAdministrator,
    CancelledByAdministrator,
    Explanation,
    HasEnded,
    HasNoLength,
    HeldByInvitation,
    IsASeries,
    IsOver,
    KeptLongEnough,
    MeetingCancelled,
    MeetingGone,
    MovedToThePast,
    NoLongerBlocks,
    OverCapacity,
    SlotTaken,
    Stated,
    TooFarAhead,
    TooLong,
)
from services.policy.core.times import say_window


@dataclass(frozen=True, slots=True)
class Place:
    """The space that a sentence is about, and the zone in which its people say the time."""

    name: str
    time_zone: str


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
        case OverCapacity(capacity=capacity, people=people):
            return Reason(
                rule="capacity",
                limit=str(capacity),
                actual=str(people),
                message=f"{place.name} holds {capacity} people and {people} are expected.",
            )
        case HasNoLength():
            return Reason(
                rule="minimum_duration",
                limit="1 minute",
                actual="0 minutes",
                message="A booking has to last some time and this one ends as it begins.",
            )
        case TooLong(most_days=most, days=days):
            return Reason(
                rule="maximum_duration",
                limit=f"{most} days",
                actual=f"{days} days",
                message=f"A booking may last {most} days at most and this one lasts {days} days.",
            )
        case IsOver(end=end):
            return Reason(
                rule="not_in_the_past",
                limit="a time to come",
                actual=end.isoformat(),
                message="The time asked for is already over.",
            )
        case TooFarAhead(most_days=most, start=start):
            return Reason(
                rule="advance_window",
                limit=f"{most} days",
                actual=start.isoformat(),
                message=f"A booking may be made {most} days ahead at most and this one is further away.",
            )
        case SlotTaken(reserved=reserved):
            return Reason(
                rule="availability",
                limit="free",
                actual=f"{reserved.start.isoformat()}/{reserved.end.isoformat()}",
                message=f"It is taken by {_say_by_whom(why)}, {say_window(reserved, place.time_zone)}.",
            )
        case AllowedByAdministrator(reason=reason):
            return Reason(rule="override", message=f"An administrator allowed an exception: {reason}")
        case HeldByInvitation():
            return Reason(
                rule="held_by_invitation",
                limit="back-office reservations",
                actual="a meeting in Outlook",
                message="This reservation belongs to a meeting in Outlook, so only its organizer can change it there. "
                "It can be cancelled here, and the organizer is told.",
            )
        case HasEnded(status=status, reserved=reserved):
            return Reason(
                rule="status",
                limit="pending or confirmed",
                actual=status,
                message=f"This reservation is {status}; "
                f"make a new one instead. It stood for {say_window(reserved, place.time_zone)}.",
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
            return Reason(rule="cancelled", message=say_taken_away(place, comment))
        case Stated(rule=rule, limit=limit, actual=actual, message=message):
            return Reason(rule=rule, limit=limit, actual=actual, message=message)
        case _:
            assert_never(why)


def say_taken_away(place: Place, comment: str | None) -> str:
    """Say that a reservation was taken away by hand."""
    text = f"The booking of {place.name} was cancelled by its administrator."
    return f"{text} {comment}" if comment else text


def _say_by_whom(conflict: SlotTaken) -> str:
    if conflict.is_private:
        return "a private meeting"
    title = conflict.title or ""
    named = f'"{title}"' if title.strip() else "a meeting"
    return f"{named} of {conflict.organizer}" if conflict.organizer else named
