"""Count the people who come to a meeting: each once, and no room.

Outlook lists rows, not people. The same guest may stand there under a mail address and under an X500 address, which is
no address for mail and whose only link to the other row is the name. A room may be listed as a guest, by a forwarded
invitation or by a client that knows no rooms; it still needs no seat.
Source: https://learn.microsoft.com/graph/api/event-forward,
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcdata/ (X500 DN)
"""

from collections.abc import Collection, Iterable

from libs.contracts.values import AttendeeKind, Meeting, Person


def count_people(meeting: Meeting, rooms: Collection[str]) -> int:
    """Count the organizer, unless the room itself owns the event, and everybody invited who is no room.

    `rooms` are the addresses known to be rooms, in lower case; whoever is invited as a resource is one as well.
    """
    resources = [each for each in meeting.attendees if each.kind is AttendeeKind.RESOURCE]
    listed: list[Person] = [each for each in meeting.attendees if each.kind is not AttendeeKind.RESOURCE]
    if meeting.organizer is not None and not meeting.is_room_owned:
        listed.append(meeting.organizer)
    known_rooms = {*rooms, *map(address_of, resources)}
    room_names = _names([*resources, *(each for each in listed if address_of(each) in known_rooms)])
    guests = [each for each in listed if address_of(each) not in known_rooms]
    by_mail = [each for each in guests if _is_mail(each)]
    known_names = _names(by_mail) | {address_of(each) for each in by_mail}
    by_x500 = {_name(each) or address_of(each) for each in guests if not _is_mail(each)}
    return len({address_of(each) for each in by_mail}) + len(by_x500 - known_names - room_names)


def address_of(person: Person) -> str:
    """Return an address as it is compared."""
    return person.address.strip().lower().removeprefix("smtp:")


def _is_mail(person: Person) -> bool:
    return "@" in person.address and not person.address.lstrip().startswith("/")


def _names(people: Iterable[Person]) -> set[str]:
    return {name for each in people if (name := _name(each))}


def _name(person: Person) -> str:
    return " ".join((person.name or "").split()).casefold()
