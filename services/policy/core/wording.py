"""What people read: what happened, why, and what to do next, in full sentences."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from libs.contracts.values import Reason, Window

MOST_CONFLICTS_NAMED = 3


def at(instant: datetime, zone: str) -> str:
    """Write an instant as people of that zone say it."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%a %d %b %Y, %H:%M")


def span(window: Window, zone: str) -> str:
    """Write a window as people of that zone say it."""
    start, end = window.start.astimezone(ZoneInfo(zone)), window.end.astimezone(ZoneInfo(zone))
    until = end.strftime("%H:%M") if start.date() == end.date() else at(end, zone)
    return f"{at(start, zone)}-{until} ({zone})"


def accepted(space: str) -> str:
    """Say that the space is booked."""
    return f"{space} is booked for this meeting."


def moved_back(space: str, kept: Window, zone: str, why: str) -> str:
    """Say that a refused edit was undone."""
    return (
        f"{space} could not follow your change, so the meeting was moved back to {span(kept, zone)}, "
        f"for which {space} stays booked. {why}"
    )


def declined(space: str, reasons: Sequence[Reason], next_free: Window | None, zone: str) -> str:
    """Say that a request was refused, why, and what would work."""
    return " ".join([f"{space} could not be booked.", *_why(reasons), _advice(reasons, next_free, zone)])


def edit_refused(space: str, reasons: Sequence[Reason], kept: Window, next_free: Window | None, zone: str) -> str:
    """Say that a change was refused and that the original time stays booked."""
    sentences = [f"{space} could not follow your change.", *_why(reasons)]
    sentences.append(f"{space} stays booked for you at the original time, {span(kept, zone)}.")
    sentences.append("Undo the change, or make one that fits, and it is accepted again.")
    return " ".join([*sentences, _advice(reasons, next_free, zone)])


def cancelled_by_administrator(space: str, comment: str | None) -> str:
    """Say that a reservation was taken away by hand."""
    text = f"The booking of {space} was cancelled by its administrator."
    return f"{text} {comment}" if comment else text


def _why(reasons: Sequence[Reason]) -> list[str]:
    """Give the sentence of each reason; of many conflicts the first few."""
    conflicts = [reason for reason in reasons if reason.rule == "availability"]
    rest = conflicts[MOST_CONFLICTS_NAMED:]
    sentences = [reason.message for reason in reasons if reason not in rest]
    if len(rest) == 1:
        sentences.append("One more booking is in the way.")
    elif rest:
        sentences.append(f"{len(rest)} more bookings are in the way.")
    return sentences


def _advice(reasons: Sequence[Reason], next_free: Window | None, zone: str) -> str:
    if next_free is not None:
        return f"The next free time of this room is {span(next_free, zone)}."
    if any(reason.rule == "availability" for reason in reasons):
        return "This room has no free time of that length within a day of it: choose another time or another room."
    return "Please change the meeting so that it fits, or choose another room."
