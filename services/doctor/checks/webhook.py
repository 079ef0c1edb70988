"""The webhook as Microsoft sees it: its address, its certificate, and its answer to the handshake.

Asked from where the doctor runs: that it is reached from the internet as well is proved by every subscription that
Graph grants, which asks the same from there.

Source: https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
"""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp

from libs.common.clock import utc_now
from services.findings.finding import Finding, FindingCode
from services.findings.registry import fill_in

WITHIN_S = 10
"""As long as Graph waits for the answer to a handshake."""

PATHS = ("/graph/notifications", "/graph/lifecycle")


@dataclass(frozen=True, slots=True)
class SeenCertificate:
    """From when to when a certificate counts."""

    begins: datetime
    ends: datetime


async def look_at_webhook(address: str, ca_file: Path | None, *, is_public: bool) -> Sequence[Finding]:
    """Ask the webhook as Graph does. `is_public`: Microsoft's own Graph has to reach it, not a simulated one."""
    address = address.rstrip("/")
    about = f"the webhook at {address}"
    now = utc_now()
    if is_public and (problem := unusable(address)) is not None:
        words = {"address": address, "detail": problem}
        return [fill_in(FindingCode.WEBHOOK_ADDRESS_UNUSABLE, about, now, words)]
    trust = ssl.create_default_context()
    if ca_file is not None:
        trust.load_verify_locations(cafile=str(ca_file))
    async with asyncio.TaskGroup() as both:
        seeing = both.create_task(_see_certificate(address, trust))
        asking = both.create_task(_ask(address, trust))
    certificate = seeing.result()
    ends = judge_certificate(address, certificate, now=now) if certificate is not None else ()
    wrong = [fill_in(code, about, now, {"address": address, "detail": each}) for code, each in asking.result()]
    return [*ends, *wrong]


async def _ask(address: str, trust: ssl.SSLContext) -> list[tuple[FindingCode, str]]:
    """Shake hands at each path until one does not answer as it must; return how, and which finding that is."""
    timeout = aiohttp.ClientTimeout(total=WITHIN_S)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as http:
        for path in PATHS:
            try:
                detail = await _shake_hands(http, address + path, trust)
            except aiohttp.ClientConnectorCertificateError as error:
                return [(FindingCode.CERTIFICATE_NOT_TRUSTED, f"{error.certificate_error}.")]
            except (aiohttp.ClientError, OSError) as error:
                detail = f"{path} gives no answer: {type(error).__name__}."
            if detail is not None:
                return [(FindingCode.WEBHOOK_AWAY, detail)]
    return []


async def _see_certificate(address: str, trust: ssl.SSLContext) -> SeenCertificate | None:
    """Return the certificate that is shown at an address; None if none is, or it is not trusted.

    On a connection of its own: that of a short answer is given back before anybody can look at it.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" or parts.hostname is None:
        return None
    try:
        async with asyncio.timeout(WITHIN_S):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=trust)
    except OSError:
        return None  # the handshake tells why
    shown = writer.get_extra_info("peercert")
    writer.close()
    begins, ends = (ssl.cert_time_to_seconds(shown[name]) for name in ("notBefore", "notAfter"))
    return SeenCertificate(datetime.fromtimestamp(begins, UTC), datetime.fromtimestamp(ends, UTC))


async def _shake_hands(http: aiohttp.ClientSession, url: str, trust: ssl.SSLContext) -> str | None:
    """Return what is wrong with the answer to a handshake; None if nothing is."""
    token = f"Roomsync doctor: {uuid4()}"
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    async with http.post(
        url, params={"validationToken": token}, ssl=trust, headers=headers, allow_redirects=False
    ) as it:
        body = await it.content.read(len(token) + 1)
        return judge_handshake(urlsplit(url).path, it.status, it.content_type, body == token.encode())


def judge_handshake(path: str, status: int, content_type: str, is_echo: bool) -> str | None:
    """Return what is wrong with the answer to a handshake in a sentence; None if nothing is."""
    if status != 200:
        return f"{path} answers {status} instead of 200."
    if content_type != "text/plain":
        return f"{path} answers with {content_type} instead of text/plain."
    return None if is_echo else f"{path} does not answer with the token it was given."


def unusable(address: str) -> str | None:
    """Return why Microsoft cannot notify an address; None if nothing speaks against it."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return "it does not begin with https"
    if parts.path.strip("/") or parts.query or parts.fragment:
        return "it is more than an origin"
    try:
        is_private = not ip_address(host).is_global
    except ValueError:
        is_private = host == "localhost" or "." not in host or host.endswith((".local", ".internal", ".localhost"))
    return f"{host or 'nothing'} is not on the internet" if is_private else None


def judge_certificate(address: str, seen: SeenCertificate, *, now: datetime) -> Iterator[Finding]:
    """Tell if a certificate ends soon: 60, 30 and 7 days before.

    One that lives for a few months is renewed by a machine, often a month before its end, so it is told of later.
    """
    left, life = seen.ends - now, seen.ends - seen.begins
    limits = (
        (FindingCode.CERTIFICATE_OVER, timedelta(days=7), life / 12),
        (FindingCode.CERTIFICATE_ENDS_SOON, timedelta(days=30), life / 8),
        (FindingCode.CERTIFICATE_ENDS, timedelta(days=60), life / 4),
    )
    for code, usual, of_life in limits:
        if left <= min(usual, of_life):
            days = max(left.days, 0)
            words = {
                "address": address,
                "days": "1 day" if days == 1 else f"{days} days",
                "at": seen.ends.strftime("%Y-%m-%d %H:%M UTC"),
            }
            yield fill_in(code, f"the webhook at {address}", now, words)
            return
