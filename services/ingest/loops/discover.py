"""The loop that lists the rooms of each connection from the directory of places, so that spaces can be mapped to them.

A mapped mailbox is found again when it was renamed: by the id of its room in the directory, or by the object id of its
owner where the directory has no room of its address. Listing fails where the application lacks Place.Read.All; then the
rooms that are known stay, and everything else works.

Source: https://learn.microsoft.com/graph/api/place-list
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial

import structlog

from libs.common.db import Pool
from libs.common.every import every
from libs.common.together import together
from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients
from libs.graph.cloud import Tenancy
from libs.graph.errors import Forbidden, GraphError, Refused
from libs.graph.limiter import bulk
from services.ingest.store import discoveries
from services.ingest.store.discoveries import StrayMailbox

LOOK_EVERY_S = 1.0
AT_A_TIME = 4
LEASE = timedelta(minutes=5)
"""How long no other replica lists the rooms of a connection; longer than any listing takes."""

DEADLINE_S = 240.0
TRIED_AGAIN_AFTER = timedelta(minutes=10)
MOST_STRAY = 50
"""How many mailboxes are looked for by their object ids after one listing; each is one call."""

log = structlog.get_logger()


async def discover_rooms(pool: Pool, clients: GraphClients, interval: timedelta) -> None:
    """List the rooms of each connection every `interval`, and at once where that was asked for, until cancelled."""
    await every(LOOK_EVERY_S, partial(discover_due, pool, clients, interval), name="discovering")


async def discover_due(pool: Pool, clients: GraphClients, interval: timedelta) -> None:
    """List the rooms of the connections that are due, side by side."""
    await discoveries.adopt(pool)
    due = await discoveries.claim(pool, LEASE, AT_A_TIME)
    await together(_discover(pool, clients, each, interval) for each in due)


async def _discover(pool: Pool, clients: GraphClients, tenancy: Tenancy, interval: timedelta) -> None:
    connection_id = str(tenancy.connection_id)
    try:
        async with asyncio.timeout(DEADLINE_S):
            with bulk():
                rooms = await _list(pool, clients.of(tenancy), tenancy, interval)
    except (GraphError, TimeoutError) as error:
        await discoveries.fail(pool, tenancy.connection_id, TRIED_AGAIN_AFTER, explain_failure(error))
        log.warning("rooms.not_listed", connection_id=connection_id, error=type(error).__name__)
    else:
        log.info("rooms.listed", connection_id=connection_id, rooms=rooms)


async def _list(pool: Pool, client: GraphClient, tenancy: Tenancy, interval: timedelta) -> int:
    rooms = await client.room_places()
    async with pool.acquire() as conn, conn.transaction():
        await discoveries.replace_rooms(conn, tenancy.connection_id, rooms)
        await discoveries.know_mapped(conn, tenancy.connection_id)
        await discoveries.forget_unmapped(conn)
        await discoveries.finish(conn, tenancy.connection_id, interval)
    stray = await discoveries.astray(pool, tenancy.connection_id, MOST_STRAY)
    found = {each: address for each in stray if (address := await _address_now(client, each)) is not None}
    await discoveries.note_addresses(pool, found)
    return len(rooms)


async def _address_now(client: GraphClient, stray: StrayMailbox) -> str | None:
    """Return another address that a mailbox has by now; None if it has the same, is gone, or may not be asked for."""
    with suppress(Refused):
        address = await client.user_address(stray.object_id)
        if address is not None and address.lower() != stray.room_mailbox.lower():
            return address
    return None


def explain_failure(error: GraphError | TimeoutError) -> str:
    """Tell an administrator why rooms could not be listed, and what to do."""
    if isinstance(error, Forbidden):
        return (
            "The application may not list the rooms. Grant it the application permission Place.Read.All in Entra; "
            "until then, map spaces by the addresses of their mailboxes."
        )
    told = "Microsoft Graph did not answer in time" if isinstance(error, TimeoutError) else str(error)
    return f"The rooms could not be listed: {told}. It is tried again every ten minutes."
