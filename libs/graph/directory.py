"""Translate what Graph says of users, mailboxes and places; what it leaves out is None.

Source: https://learn.microsoft.com/graph/api/resources/user, https://learn.microsoft.com/graph/api/resources/place,
https://learn.microsoft.com/graph/api/resources/mailboxsettings
"""

import re
from dataclasses import dataclass

from libs.graph.vendor import Json

MOST_CHARACTERS = 400
"""How much of a text is kept."""

_OWNER = re.compile(r"#users\('([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'\)/", re.IGNORECASE)


def object_id(found: Json) -> str | None:
    """Return the object id of a user."""
    found_id = found.get("id")
    return found_id if isinstance(found_id, str) and found_id else None


def only_object_id(found: Json) -> str | None:
    """Return the object id of the user in a listing that has exactly one."""
    users = found.get("value")
    return object_id(users[0]) if isinstance(users, list) and len(users) == 1 and isinstance(users[0], dict) else None


@dataclass(frozen=True, slots=True)
class MailboxNature:
    """What a mailbox is for, in Graph's word, and the object id of its owner; None for what Graph does not say."""

    purpose: str | None
    object_id: str | None


def nature(settings: Json) -> MailboxNature:
    """Read the nature of a mailbox from its settings, whose context may name the owner by object id.

    Source: https://learn.microsoft.com/graph/api/user-get-mailboxsettings
    """
    purpose = settings.get("userPurpose")
    owner = _OWNER.search(str(settings.get("@odata.context", "")))
    return MailboxNature(
        purpose if isinstance(purpose, str) and purpose != "unknownFutureValue" else None,
        owner.group(1) if owner else None,
    )


@dataclass(frozen=True, slots=True)
class RoomPlace:
    """A room as the directory of places has it; None for what Graph does not say.

    The id stays when the room's name and address change.
    """

    place_id: str
    address: str
    name: str
    capacity: int | None
    building: str | None
    floor: str | None


def room_places(found: Json) -> tuple[list[RoomPlace], int]:
    """Return the rooms of one page that have an id and an address, and how many rows the page has.

    Source: https://learn.microsoft.com/graph/api/resources/room
    """
    rows = found.get("value")
    rows = rows if isinstance(rows, list) else []
    read = (_room_place(each) for each in rows if isinstance(each, dict))
    return [each for each in read if each is not None], len(rows)


def user_address(found: Json) -> str | None:
    """Return the address of a user: its mail address or, where it has none, its principal name."""
    return _text(found, "mail") or _text(found, "userPrincipalName")


def _room_place(found: Json) -> RoomPlace | None:
    place_id, address = _text(found, "placeId") or _text(found, "id"), _text(found, "emailAddress")
    if place_id is None or address is None:
        return None
    capacity = found.get("capacity")
    floor = _text(found, "floorLabel") or found.get("floorNumber")
    return RoomPlace(
        place_id=place_id,
        address=address,
        name=_text(found, "displayName") or _text(found, "nickname") or address,
        capacity=capacity if isinstance(capacity, int) and 0 < capacity < 2**31 else None,
        building=_text(found, "building"),
        floor=None if floor is None else str(floor),
    )


def _text(found: Json, name: str) -> str | None:
    """Return a text as the database takes it; None if there is none, or nothing but spaces in it."""
    value = found.get(name)
    text = value.replace("\0", "").strip() if isinstance(value, str) else ""
    return text[:MOST_CHARACTERS] or None


def is_room(found: Json) -> bool:
    """Whether a place is a room, and not a workspace or a list."""
    return str(found.get("@odata.type", "")).lower().removeprefix("#").endswith(".room")
