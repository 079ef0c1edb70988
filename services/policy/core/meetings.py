"""What of a meeting counts: what a decision depends on, and what is shown of it."""

from dataclasses import replace

from libs.contracts.values import AttendeeKind, Meeting, Window
from services.policy.core.changes import Change, Save, Want
from services.policy.core.ending import kept_hold
from services.policy.core.ledger import Judged, Reservation, Slice

PRIVATE = "Private"


def judged_of(meeting: Meeting, room_mailbox: str) -> Judged:
    """Return what of a meeting a decision depends on. Subject and body are not among it.

    The room is no guest, also where it was invited like one: a forwarded invitation makes it an optional attendee.
    Source: https://learn.microsoft.com/graph/api/event-forward
    """
    people = {each.address.lower() for each in meeting.attendees if each.kind is not AttendeeKind.RESOURCE}
    organizer = meeting.organizer.address.lower() if meeting.organizer is not None else None
    if organizer is not None and not meeting.is_room_owned:
        people.add(organizer)
    return Judged(
        window=Window(start=meeting.start, end=max(meeting.start, meeting.end)),
        organizer=None if meeting.is_room_owned else organizer,
        people=len(people - {room_mailbox.lower()}),
        is_series=meeting.is_series,
    )


def details_of(meeting: Meeting, live: Reservation | None) -> tuple[str, bool]:
    """Return the title to keep and whether the meeting is private, in which case nobody is told its title.

    A room mailbox may write the organizer's name over the subject and clear the private flag by itself; neither is an
    edit.
    Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-calendarprocessing
    (DeleteSubject, AddOrganizerToSubject, RemovePrivateProperty)
    """
    if meeting.is_private:
        return PRIVATE, True
    organizer = (meeting.organizer.name or "").strip() if meeting.organizer else ""
    if live is not None and meeting.subject.strip() in {"", organizer}:
        return live.title, live.is_private
    return meeting.subject, False


def followed(ledger: Slice, meeting: Meeting) -> list[Change]:
    """Follow a new title, and a meeting that became private or ceased to be; nothing has to be decided about it."""
    live = ledger.live
    if live is None:
        return []
    title, is_private = details_of(meeting, live)
    if (title, is_private) == (live.title, live.is_private):
        return []
    retitled = replace(live, title=title, is_private=is_private, version=live.version + 1, updated_at=ledger.now)
    hold = kept_hold(ledger.hold)
    if ledger.hold is None or hold is None or hold.subject == title or hold.window.end <= ledger.now:
        return [Save(retitled, live)]
    return [Save(retitled, live), Want(ledger.hold.key, hold.model_copy(update={"subject": title}), live.id)]
