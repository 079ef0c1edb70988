"""What people read: what happened, why, and what to do next, in full sentences."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from libs.contracts.values import Reason, Window


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
    return " ".join(
        [f"{space} could not be booked.", *(reason.message for reason in reasons), _advice(next_free, zone)]
    )


def edit_refused(space: str, reasons: Sequence[Reason], kept: Window, next_free: Window | None, zone: str) -> str:
    """Say that a change was refused and that the original time stays booked."""
    kept_span = span(kept, zone)
    sentences = [f"{space} could not follow your change.", *(reason.message for reason in reasons)]
    sentences.append(f"{space} stays booked for you at the original time, {kept_span}.")
    sentences.append("Move the meeting back, or to a free time, and it is accepted again.")
    return " ".join([*sentences, _advice(next_free, zone)])


def _advice(next_free: Window | None, zone: str) -> str:
    if next_free is None:
        return "Please choose another time or another room."
    return f"The next free time of this room is {span(next_free, zone)}."
