"""RabbitMQ: can it be used, is it new enough, has it our queues as we declare them, alarms, and parked messages.

Looked at by AMQP, which every service needs anyway; alarms and majorities only by the management API, where it answers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity, ChannelPreconditionFailed

from libs.common.bus.channels import temporary_channel
from libs.common.bus.connect import connect
from libs.common.bus.declare import queue_arguments
from libs.common.bus.port import BusError, Parked
from libs.common.bus.rabbitmq import NotDeclared, open_declared_rabbitmq
from libs.common.clock import utc_now
from libs.common.topology import Topology
from services.findings.finding import Finding, FindingCode
from services.findings.registry import fill_in

OLDEST = (3, 10)
MANAGEMENT_PORTS = {"amqp": ("http", 15672), "amqps": ("https", 15671)}
ALARMS, QUORUM = "/api/health/checks/alarms", "/api/health/checks/node-is-quorum-critical"


@dataclass(frozen=True, slots=True)
class SeenBroker:
    """What a broker shows: which of our queues it lacks, which are of another kind and why, and what is parked."""

    host: str
    version: str
    queues: int = 0
    lacking: Sequence[str] = ()
    unlike: Sequence[tuple[str, str]] = ()
    parked: Sequence[Parked] = ()
    parked_count: int = 0
    alarm: str | None = None
    quorum_at_risk: str | None = None


async def look_at_broker(url: str, topology: Topology, management: str | None) -> Sequence[Finding]:
    """Look at the broker; `management` is the address of its management API, None for the usual one."""
    host = urlsplit(url).hostname or "its host"
    try:
        seen = await _see(url, host, topology)
    except (OSError, AMQPError, BusError) as error:
        words = {"host": host, "detail": f"{type(error).__name__}: {str(error).rstrip('.')}."}
        return [fill_in(FindingCode.BROKER_AWAY, f"RabbitMQ at {host}", utc_now(), words)]
    alarm, quorum = await _ask_management(management or _usual_management(url))
    return list(judge_broker(seen, alarm, quorum, now=utc_now()))


async def _see(url: str, host: str, topology: Topology) -> SeenBroker:
    connection = await connect(url, "doctor")
    try:
        version = _version(connection)
        wanted = queue_arguments(topology)
        kinds = [(queue, await _unlikeness(connection, queue, arguments)) for queue, arguments in wanted.items()]
        lacking = [queue for queue, kind in kinds if kind is None]
        unlike = [(queue, kind) for queue, kind in kinds if kind]
    finally:
        await connection.close()
    parked, count = await _parked(url, topology)
    return SeenBroker(host, version, len(wanted), lacking, unlike, parked, count)


async def _unlikeness(connection: AbstractConnection, queue: str, arguments: dict[str, Any]) -> str | None:
    """Return "" for a queue as we declare it, how it differs if it does, and None if there is no such queue.

    It is declared again only once it was found: then the broker compares what it has, and changes nothing.
    Source: https://www.rabbitmq.com/docs/queues#property-equivalence
    """
    async with temporary_channel(connection) as channel:
        try:
            await channel.declare_queue(queue, passive=True)
        except ChannelNotFoundEntity:
            return None
        try:
            await channel.declare_queue(queue, durable=True, arguments=arguments)
        except ChannelPreconditionFailed as error:
            return f"RabbitMQ says: {str(error).rstrip('.')}."
    return ""


async def _parked(url: str, topology: Topology) -> tuple[Sequence[Parked], int]:
    try:
        async with open_declared_rabbitmq(url, topology) as bus:
            return await bus.parked(at_most=1), await bus.count_parked()
    except NotDeclared:
        return (), 0


def _version(connection: AbstractConnection) -> str:
    """Return the version in the properties with which the server introduced itself."""
    transport = connection.transport
    properties = getattr(getattr(transport, "connection", None), "server_properties", None) or {}
    version = properties.get("version", "")
    return version.decode() if isinstance(version, bytes) else str(version)


def _usual_management(url: str) -> str | None:
    parts = urlsplit(url)
    scheme, port = MANAGEMENT_PORTS.get(parts.scheme, ("", 0))
    if not scheme or not parts.hostname:
        return None
    login = parts.netloc.rpartition("@")[0]
    return f"{scheme}://{login}@{parts.hostname}:{port}" if login else f"{scheme}://{parts.hostname}:{port}"


async def _ask_management(address: str | None) -> tuple[str | None, str | None]:
    """Return the alarm and the risk to quorums that the management API tells of; None where it tells of none.

    An API that does not answer tells of none: it is a plugin that need not be there.
    Source: https://www.rabbitmq.com/docs/monitoring#health-checks
    """
    if address is None:
        return None, None
    parts = urlsplit(address)
    user, password = (unquote(each or "guest") for each in (parts.username, parts.password))
    headers = {"Authorization": aiohttp.encode_basic_auth(user, password)}
    origin = f"{parts.scheme}://{parts.hostname}:{parts.port}"
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=False) as http:
        return await _reason(http, origin + ALARMS), await _reason(http, origin + QUORUM)


async def _reason(http: aiohttp.ClientSession, url: str) -> str | None:
    """Return why a health check fails; None if it does not, or cannot be asked."""
    try:
        async with http.get(url) as answer:
            found = await answer.json(content_type=None) if answer.status == 503 else {}
    except (aiohttp.ClientError, OSError, ValueError):
        return None
    return str(found.get("reason") or "no reason given") if isinstance(found, dict) and found else None


def judge_broker(seen: SeenBroker, alarm: str | None, quorum: str | None, *, now: datetime) -> Iterator[Finding]:
    """Tell what is wrong with a broker."""
    about, words = f"RabbitMQ at {seen.host}", {"host": seen.host}
    numbers = tuple(int(each) for each in re.findall(r"\d+", seen.version)[:2])
    if numbers and numbers < OLDEST:
        more = {"version": seen.version, "needed": ".".join(map(str, OLDEST))}
        yield fill_in(FindingCode.BROKER_TOO_OLD, about, now, words | more)
    if seen.lacking:
        more = {"queues": f"{len(seen.lacking)} of {seen.queues} queues", "queue": seen.lacking[0]}
        yield fill_in(FindingCode.BROKER_NOT_PREPARED, about, now, words | more)
    for queue, said in seen.unlike:
        more = {"queue": queue, "detail": said}
        yield fill_in(FindingCode.QUEUE_OF_ANOTHER_KIND, f"the queue {queue}", now, words | more)
    if alarm is not None:
        yield fill_in(FindingCode.BROKER_ALARM, about, now, words | {"detail": alarm})
    if quorum is not None:
        yield fill_in(FindingCode.QUORUM_AT_RISK, about, now, words | {"detail": quorum})
    if seen.parked_count:
        yield _tell_parked(seen, now)


def _tell_parked(seen: SeenBroker, now: datetime) -> Finding:
    oldest = seen.parked[0] if seen.parked else None
    words = {
        "messages": "1 message" if seen.parked_count == 1 else f"{seen.parked_count} messages",
        "type": oldest.envelope.type if oldest else "message",
        "reason": oldest.reason if oldest else "",
    }
    since = oldest.parked_at if oldest else now
    return fill_in(FindingCode.MESSAGES_PARKED, "messages that were put aside", since, words)
