"""A connection: does it get a token, what was it granted, does it reach whom it must not, and what time is it there."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import aiohttp

from libs.common.clock import utc_now
from libs.graph.client import GraphClient
from libs.graph.clients import GraphClients
from libs.graph.cloud import Cloud
from libs.graph.errors import AuthenticationFailed, Forbidden, GraphError, NotFound
from libs.graph.inspection import read_calendar, roles_in
from libs.graph.remedies import tell
from services.doctor.check import CouldNotLook, NotSetUp
from services.doctor.checks.clock import judge_clock
from services.doctor.installation import tenancy
from services.findings.finding import Finding, FindingCode
from services.findings.registry import fill_in
from services.policy.store.connections import ConnectionRow

USED = frozenset(
    {"Calendars.ReadWrite", "Calendars.Read", "Place.Read.All", "MailboxSettings.Read", "User.ReadBasic.All"}
)
"""The application permissions that there is a use for."""

WANTED: Mapping[str, str] = {
    "Place.Read.All": "Room mailboxes are not found by their place, nor their capacity compared with the ledger.",
}
"""The permissions that Exchange cannot grant in place of Entra, and what is missed without them."""


@dataclass(frozen=True, slots=True)
class SeenConnection:
    """What was learned of a connection: what its token grants, or why there is none."""

    connection: ConnectionRow
    roles: frozenset[str] = frozenset()
    refused: str | None = None
    away: str | None = None


async def look_at_connection(connection: ConnectionRow, clients: GraphClients, cloud: Cloud) -> Sequence[Finding]:
    """Look at the token of a connection, what it grants, and the clock by which it counts."""
    seen = await _see(connection, clients.of(tenancy(connection)))
    found = list(judge_connection(seen, cloud, now=utc_now()))
    return found if seen.away is not None else [*found, *await _look_at_clock(clients.http, cloud)]


async def look_at_scope(
    connection: ConnectionRow, clients: GraphClients, outsiders: Sequence[str], *, is_named: bool
) -> Sequence[Finding]:
    """Try to reach mailboxes that the connection must not reach; only one that somebody named is told by name.

    Raises `NotSetUp` if there is none to try, or they are meant to be reached.
    """
    if connection.edits_organizer_events:
        raise NotSetUp("the connection is to edit organizers' events")
    if not outsiders:
        raise NotSetUp("no mailbox is known that is no room, and ROOMSYNC_DOCTOR_OUTSIDER names none")
    client = clients.of(tenancy(connection))
    try:
        await client.token()
    except GraphError:
        return []  # told of by the look at the connection
    try:
        reached = await _first_reached(client, outsiders)
    except GraphError as error:
        raise CouldNotLook(tell(error)) from error
    return list(judge_scope(connection, reached, is_named=is_named, now=utc_now()))


async def _see(connection: ConnectionRow, client: GraphClient) -> SeenConnection:
    try:
        return SeenConnection(connection, roles_in(await client.token()))
    except AuthenticationFailed as error:
        return SeenConnection(connection, refused=tell(error))
    except GraphError as error:
        return SeenConnection(connection, away=tell(error))


async def _first_reached(client: GraphClient, outsiders: Sequence[str]) -> str | None:
    """Return the first of these mailboxes whose calendar may be read. One that is not there says nothing."""
    for each in outsiders:
        try:
            await read_calendar(client, each)
        except (Forbidden, NotFound):
            continue
        return each
    return None


async def _look_at_clock(http: aiohttp.ClientSession, cloud: Cloud) -> list[Finding]:
    """Compare our clock with that of Microsoft's login service, which judges tokens by it."""
    before = utc_now()
    try:
        async with asyncio.timeout(10), http.head(cloud.login, allow_redirects=False) as answer:
            told = answer.headers.get("Date")
    except (aiohttp.ClientError, OSError):
        return []  # whoever gave the token a moment ago is told of by the next look
    now = utc_now()
    there = parsedate_to_datetime(told) if told else None
    here = before + (now - before) / 2
    return list(judge_clock("Microsoft's login service", there, here, now=now)) if there is not None else []


def judge_connection(seen: SeenConnection, cloud: Cloud, *, now: datetime) -> Iterator[Finding]:
    """Tell what is wrong with a connection."""
    for code, words in _wrong(seen, cloud):
        yield _of(seen.connection, code, words, now)


def judge_scope(connection: ConnectionRow, reached: str | None, *, is_named: bool, now: datetime) -> Iterator[Finding]:
    """Tell if a mailbox was reached that is no room."""
    if reached is not None:
        words = {"mailbox": reached if is_named else "somebody"}
        yield _of(connection, FindingCode.SCOPE_TOO_WIDE, words, now)


def _of(connection: ConnectionRow, code: FindingCode, words: Mapping[str, str], now: datetime) -> Finding:
    named = {
        "connection": connection.name,
        "connection_id": connection.id,
        "client_id": connection.client_id,
        "tenant_id": connection.tenant_id,
        "credential": " or ".join(connection.credentials),
    }
    found = fill_in(code, f"the connection {connection.name}", now, {**named, **words})
    return found.model_copy(update={"connection_id": connection.id})


def _wrong(seen: SeenConnection, cloud: Cloud) -> Iterator[tuple[FindingCode, dict[str, str]]]:
    if seen.refused is not None:
        yield FindingCode.LOGIN_REFUSED, {"detail": seen.refused}
        return
    if seen.away is not None:
        hosts = " and ".join({each.split("/")[2] for each in (cloud.login, cloud.graph)})
        yield FindingCode.GRAPH_AWAY, {"detail": seen.away, "hosts": hosts}
        return
    for permission, use in WANTED.items():
        if permission not in seen.roles:
            yield FindingCode.PERMISSION_MISSING, {"permission": permission, "use": use}
    if unused := sorted(seen.roles - USED):
        yield FindingCode.PERMISSION_UNUSED, {"permissions": ", ".join(unused)}
