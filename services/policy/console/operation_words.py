"""What operations are called on pages: the states of rooms, the consumers of messages, and how old these are."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.policy.core.drifts import say_time_to_heal


@dataclass(frozen=True, slots=True)
class RoomStateWords:
    """What a state of a room's comparison is called and means; one that is trouble needs somebody, or will."""

    name: str
    meaning: str
    is_trouble: bool = False


ROOM_STATES: Mapping[str, RoomStateWords] = {
    "braked": RoomStateWords("Braked", "So much is gone at once that somebody has to confirm it.", is_trouble=True),
    "quarantined": RoomStateWords("Quarantined", "The mailbox cannot be reached.", is_trouble=True),
    "paused": RoomStateWords("Paused", "Its connection cannot be used.", is_trouble=True),
    "failing": RoomStateWords("Failing", "The last comparison failed, and is tried again.", is_trouble=True),
    "differs": RoomStateWords("Differs", "The last comparison found drifts, which are put right."),
    "unproved": RoomStateWords("Unproved", "No drift was found, and something is under way or cannot be read."),
    "waiting": RoomStateWords("Waiting", "It was not compared yet."),
    "agrees": RoomStateWords("Agrees", "The calendar shows what is booked."),
}
"""By state, those that need somebody before the others."""

CONSUMERS: Mapping[str, str] = {
    "ingest": "Notifications from Outlook",
    "ingest-rooms": "Rooms to watch",
    "policy": "Meetings to decide about",
    "policy-commands": "Commands of the back office",
    "outbound": "Changes to write to Outlook",
    "outbound-access": "Writes to try again",
    "outbound-mail": "Mails to send",
    "reconciler": "Rooms to compare",
}
"""What waits for each consumer."""


def say_oldest(waiting: int, oldest_s: float | None) -> str:
    """Say how old the oldest message is of those that wait, or are in hand, counted from when it was sent.

    None says that nobody has told of one in hand. If messages wait nevertheless, their age is not known.
    """
    if oldest_s is None:
        return "Not known" if waiting else "Nothing waits"
    return "Under a second" if oldest_s < 1 else say_time_to_heal(oldest_s)
