"""Translate what Graph says of users, mailboxes and places; what it leaves out is None.

Source: https://learn.microsoft.com/graph/api/resources/user, https://learn.microsoft.com/graph/api/resources/place,
https://learn.microsoft.com/graph/api/resources/mailboxsettings
"""

from libs.graph.vendor import Json


def object_id(found: Json) -> str | None:
    """Return the object id of a user."""
    found_id = found.get("id")
    return found_id if isinstance(found_id, str) and found_id else None


def only_object_id(found: Json) -> str | None:
    """Return the object id of the user in a listing that has exactly one."""
    users = found.get("value")
    return object_id(users[0]) if isinstance(users, list) and len(users) == 1 and isinstance(users[0], dict) else None


def purpose(found: Json) -> str | None:
    """Return the purpose of a mailbox from its settings."""
    said = found.get("userPurpose")
    return said if isinstance(said, str) and said != "unknownFutureValue" else None


def is_room(found: Json) -> bool:
    """Whether a place is a room, and not a workspace or a list."""
    return str(found.get("@odata.type", "")).lower().removeprefix("#").endswith(".room")
