"""What a service tells another of a private meeting: when it is and who organizes it, and nothing of what it is about.

Whoever reads calendars masks what was read before it leaves for the bus, so that the subject of a private meeting is in
no queue, journal or ledger. The addresses of guests stay, because a room among them needs no seat; their names do not.
"""

from collections.abc import Iterable, Mapping

from libs.contracts.titles import PRIVATE
from libs.contracts.values import Attendee, Meeting, Occurrence


def masked(meeting: Meeting) -> Meeting:
    """Return a meeting without what is private in it; it is judged as before. A hold's subject is our own, and stays.

    Guests of one name get another that they share, since a name may be all that joins two rows of one guest.
    """
    names = _replace_names(meeting)
    changes: dict[str, object] = {}
    if meeting.is_private and meeting.reservation_id is None:
        changes |= {"subject": PRIVATE, "attendees": _masked(meeting.attendees, names)}
    if meeting.series is not None:
        dates = tuple(_masked_date(each, names) for each in meeting.series.occurrences)
        changes["series"] = meeting.series.model_copy(update={"occurrences": dates})
    return meeting.model_copy(update=changes) if changes else meeting


def _masked_date(found: Occurrence, names: Mapping[str, str]) -> Occurrence:
    if not found.is_private:
        return found
    attendees = None if found.attendees is None else _masked(found.attendees, names)
    return found.model_copy(update={"subject": PRIVATE, "attendees": attendees})


def _masked(attendees: Iterable[Attendee], names: Mapping[str, str]) -> tuple[Attendee, ...]:
    return tuple(each.model_copy(update={"name": names.get(_plain(each.name))}) for each in attendees)


def _replace_names(meeting: Meeting) -> dict[str, str]:
    """Return what stands for each name. That of the organizer is told, and an address is no name, so these stay."""
    listed = [*meeting.attendees]
    for each in meeting.series.occurrences if meeting.series is not None else ():
        listed += each.attendees or ()
    known = [each.address for each in listed]
    if meeting.organizer is not None:
        known.append(meeting.organizer.name or "")
    names = dict.fromkeys(_plain(each.name) for each in listed if each.name)
    replaced = {name: f"Guest {number}" for number, name in enumerate(names, 1)}
    return replaced | {_plain(each): each for each in known if each}


def _plain(name: str | None) -> str:
    return " ".join((name or "").split()).casefold()
