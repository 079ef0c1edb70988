"""Look at what an application may do in a tenant, and at how mailboxes are set, without leaving a trace.

Nothing here is of use to keep calendars in step; every call is small, so that many are made together in the bulk lane.
One rule: what is asked says nothing about anybody's meetings.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

import orjson

from libs.graph import directory, protocol
from libs.graph.client import GraphClient
from libs.graph.errors import BadRequest, Gone, MailboxNotFound, NotFound
from libs.graph.mailbox_name import in_graph
from libs.graph.protocol import Call
from libs.graph.vendor import Json

NO_EVENT = "AAMkAGRvY3RvcgBub3RoaW5nLWhlcmU="
"""A well-formed id that no event has."""

PLACES_AT_A_TIME = 1000
MOST_PLACES = 100_000


@dataclass(frozen=True, slots=True)
class MailboxProfile:
    """What a mailbox is for, and its time zone, in Graph's words; None for what Graph does not say."""

    purpose: str | None
    time_zone: str | None


def roles_in(token: str) -> frozenset[str]:
    """Return the application permissions that an access token names; empty if it cannot be read.

    The token is not verified: whoever gave it to us is asked what is in it. Permissions that Exchange grants by RBAC
    for Applications are never in it.
    Source: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    try:
        body = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return frozenset()
    roles = claims.get("roles") if isinstance(claims, dict) else None
    return frozenset(each for each in roles if isinstance(each, str)) if isinstance(roles, list) else frozenset()


async def read_profile(client: GraphClient, mailbox: str) -> MailboxProfile:
    """Read what a mailbox is for and its time zone. Raises `Forbidden` without MailboxSettings.Read."""
    found = await client.make(replace(protocol.read_mailbox_settings(mailbox), is_small=True))
    zone = found.get("timeZone")
    return MailboxProfile(directory.nature(found).purpose, zone if isinstance(zone, str) and zone else None)


async def read_calendar(client: GraphClient, mailbox: str) -> None:
    """Return if the calendar of a mailbox may be read, of which only the id is read.

    Raises `Forbidden` if not, `NotFound` if there is no such mailbox.
    Source: https://learn.microsoft.com/graph/api/calendar-get
    """
    path = f"/users/{quote(in_graph(mailbox), safe='@')}/calendar"
    await client.make(Call("inspect_calendar", "GET", path, mailbox, {"$select": "id"}, is_small=True))


async def try_to_write(client: GraphClient, mailbox: str) -> None:
    """Return if events in a mailbox may be changed. Raises `Forbidden` if not, `MailboxNotFound` without a mailbox.

    Asks to change nothing of an event that does not exist: whoever may not write is refused before anybody looks for
    the event, and whoever may is told that there is none. So there is never anything to take back.
    Source: https://learn.microsoft.com/graph/api/event-update
    """
    path = f"/users/{quote(in_graph(mailbox), safe='@')}/events/{NO_EVENT}"
    call = Call("inspect_writing", "PATCH", path, mailbox, body={}, is_small=True)
    try:
        await client.make(call)
    except MailboxNotFound:
        raise
    except (NotFound, Gone, BadRequest):
        return


async def read_place_capacities(client: GraphClient) -> Mapping[str, int | None]:
    """Return the capacity of every room in the directory of places, by its address in lower case.

    A page never says that there are more, so pages are asked for until one is empty. Raises `Forbidden` without
    Place.Read.All.
    Source: https://learn.microsoft.com/graph/api/place-list
    """
    found: dict[str, int | None] = {}
    skip = 0
    while skip < MOST_PLACES:
        page = await client.make(_places(skip))
        places = page.get("value")
        if not isinstance(places, list) or not places:
            break
        found |= dict(map(_capacity, (each for each in places if isinstance(each, dict))))
        skip += len(places)
    return found


def _places(skip: int) -> Call:
    query = {"$top": str(PLACES_AT_A_TIME), "$skip": str(skip), "$select": "emailAddress,capacity"}
    return Call("inspect_places", "GET", "/places/microsoft.graph.room", None, query)


def _capacity(place: Json) -> tuple[str, int | None]:
    capacity = place.get("capacity")
    return str(place.get("emailAddress") or "").lower(), capacity if isinstance(capacity, int) else None
