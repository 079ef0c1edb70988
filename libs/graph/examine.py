"""Ask Microsoft 365 what a mailbox is for, and for its object id, with as few permissions as will do.

What the application may not ask is left open; that the mailbox is not there is raised. The object id is found by the
address and, where the directory does not tell, by the user's principal name, which usually is the address.

Source: https://learn.microsoft.com/graph/api/user-list, https://learn.microsoft.com/graph/api/user-get, https://learn.microsoft.com/graph/api/user-get-mailboxsettings,
https://learn.microsoft.com/graph/api/place-get
"""

from contextlib import suppress

from libs.graph.admission import Examined
from libs.graph.client import GraphClient
from libs.graph.errors import NotFound, Refused

PLACES_ARE = "room"


async def examine(client: GraphClient, address: str) -> Examined:
    """Return what is known of a mailbox. Raises `NotFound` if there is none, and what else stands in the way."""
    object_id = await _object_id(client, address)
    try:
        nature = await client.mailbox_nature(object_id or address)
    except NotFound:
        raise
    except Refused:
        return Examined(PLACES_ARE if await _is_place(client, address) else None, object_id)
    return Examined(nature.purpose, object_id or nature.object_id)


async def _object_id(client: GraphClient, address: str) -> str | None:
    with suppress(Refused):
        found = await client.user_id_by_address(address)
        if found is not None:
            return found
    with suppress(Refused):
        return await client.user_id(address)
    return None


async def _is_place(client: GraphClient, address: str) -> bool:
    try:
        return await client.is_room_place(address)
    except Refused:
        return False
