"""Translate what Graph says of users, mailboxes and places; what it leaves out is None.

Source: https://learn.microsoft.com/graph/api/resources/user, https://learn.microsoft.com/graph/api/resources/place,
https://learn.microsoft.com/graph/api/resources/mailboxsettings
"""

import re
from dataclasses import dataclass

from libs.graph.vendor import Json

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


def is_room(found: Json) -> bool:
    """Whether a place is a room, and not a workspace or a list."""
    return str(found.get("@odata.type", "")).lower().removeprefix("#").endswith(".room")
