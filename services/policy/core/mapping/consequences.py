"""Say what a change of a mapping will do in Outlook, before somebody makes it."""

from typing import Literal

MAPPING = (
    "A first sync compares the calendar of the mailbox with what is reserved here. Nothing that is over is touched.",
    "Meetings that the room has accepted are booked here as they stand, and nobody is mailed about them.",
    "Invitations that wait for an answer are decided by the rules, and the room answers them in Outlook.",
    "What is reserved here without an invitation is blocked in Outlook by events of the room's own.",
    "Where both sides have something at one time, both stay, and an administrator keeps one of them later.",
)
"""What mapping a space to a mailbox does."""

REHEARSAL = "A rehearsal decides all of that as it would be now, changes nothing on either side, and reports it."

SYNC = (
    "Both sides are compared anew, as when the space was mapped: what differs is taken over, answered, blocked or "
    "listed as a conflict."
)
"""What running a first sync again does."""

PAUSING = "What is under way ends first, within seconds. Then nothing more is taken over until the import is resumed."
RESUMING = "The import goes on where it was, and rooms that failed are read again."
TRYING = "Roomsync tries to reach the mailbox at once, and then whatever waits for it. Nothing else changes in Outlook."
TRYING_ALL = (
    "Roomsync lists the rooms of the tenant anew, and ends the pause of the connection, if it has one.",
    "It tries at once to reach every mailbox that it could not reach, and then whatever waits for that.",
    "Answers and holds that were held up appear in Outlook then. Nothing else changes there.",
)
"""What a check of a connection does."""


def say_leaving(room_mailbox: str, holds: Literal["drop", "keep"]) -> str:
    """Say what becomes of the events with which Roomsync blocks a mailbox that is left."""
    if holds == "drop":
        return f"The events by which Roomsync blocks the calendar of {room_mailbox} are taken out of it."
    return f"The events by which Roomsync blocks the calendar of {room_mailbox} stay there, and are left alone."


UNMAPPING = (
    "Everything that is reserved here stays reserved.",
    "Invitations to the mailbox are no longer answered or watched. Answers that were given stay as they are.",
)
"""What unmapping does, whatever becomes of the events."""
