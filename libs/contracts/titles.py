"""Which title a reservation keeps of its event: the only place that decides it.

Policy follows an event's title by this, and the reconciler asks by it whether policy still has to.
"""

from dataclasses import dataclass

from libs.contracts.values import Meeting

PRIVATE = "Private"
UNREADABLE = "Something we cannot read"


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a reservation, and whether the meeting is private, in which case nobody is told its own title."""

    text: str
    is_private: bool


def title_of(meeting: Meeting, kept: Title | None) -> Title:
    """Return the title to keep of an event, where `kept` is what its reservation has so far; None for a new one.

    A room mailbox may write the organizer's name over the subject and clear the private flag by itself; neither is an
    edit.
    Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-calendarprocessing
    (DeleteSubject, AddOrganizerToSubject, RemovePrivateProperty)
    """
    if meeting.is_unreadable:
        return kept or Title(UNREADABLE, is_private=False)
    if meeting.is_private:
        return Title(PRIVATE, is_private=True)
    organizer = (meeting.organizer.name or "").strip() if meeting.organizer else ""
    if kept is not None and meeting.subject.strip() in {"", organizer}:
        return kept
    return Title(meeting.subject, is_private=False)
