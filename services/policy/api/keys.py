"""The issuer's signing keys, fetched when needed and kept.

One rule: callers cannot make us ask the issuer as often as they like. One fetch runs at a time, and fetches are at
least `SHORTEST_PAUSE` apart, however many unknown keys are named.

Source: https://learn.microsoft.com/entra/identity-platform/signing-key-rollover
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from ssl import create_default_context

import aiohttp
import jwt
import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.policy.commands.callers import KeysUnavailable

SHORTEST_PAUSE = timedelta(seconds=10)
FRESH_FOR = timedelta(hours=24)
TIMEOUT_S = 5.0
MOST_BYTES = 1_000_000
FEWEST_BITS = 2048

_log = structlog.get_logger(__name__)


class SigningKeys:
    """The RSA keys of one issuer by their id. Other keys in the document are ignored."""

    def __init__(self, http: aiohttp.ClientSession, url: str, clock: Callable[[], datetime]) -> None:
        self._http = http
        self._url = url
        self._clock = clock
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def key(self, key_id: str) -> RSAPublicKey | None:
        """Return the key of that id, or None if the issuer has none.

        Raises KeysUnavailable if no keys were ever fetched. Keys that were fetched once remain in use while the
        issuer is away.
        """
        if key_id in self._keys and (self._fetching.locked() or not self._is_old()):
            return self._keys[key_id]  # a slow issuer keeps one caller waiting, not all of them
        async with self._fetching:
            if (key_id not in self._keys or self._is_old()) and self._may_try():
                await self._fetch()
        if not self._keys:
            raise KeysUnavailable(f"no signing keys could be fetched from {self._url}")
        return self._keys.get(key_id)

    def _is_old(self) -> bool:
        return self._fetched_at is None or self._clock() - self._fetched_at > FRESH_FOR

    def _may_try(self) -> bool:
        """Whether the pause since the last try is over; before the first success, a pause of a second is enough."""
        pause = SHORTEST_PAUSE if self._keys else timedelta(seconds=1)
        return self._tried_at is None or self._clock() - self._tried_at >= pause

    async def _fetch(self) -> None:
        self._tried_at = self._clock()
        try:
            async with self._http.get(self._url, allow_redirects=False) as answer:
                answer.raise_for_status()
                keys = _rsa_keys(orjson.loads(await _whole(answer.content)))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            _log.warning("keys.unavailable", url=self._url, error=type(error).__name__, known=len(self._keys))
            return
        self._keys, self._fetched_at = keys, self._clock()
        _log.info("keys.fetched", url=self._url, keys=len(keys))


@asynccontextmanager
async def open_keys(url: str, ca_file: Path | None, clock: Callable[[], datetime]) -> AsyncIterator[SigningKeys]:
    """Open the keys at `url`, trusting `ca_file` (PEM) instead of the system's authorities where it is given."""
    connector = aiohttp.TCPConnector(ssl=create_default_context(cafile=ca_file), limit=2)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        yield SigningKeys(http, url, clock)


async def _whole(content: aiohttp.StreamReader) -> bytes:
    """Read to the end; `read` alone returns whatever has arrived. Raises ValueError beyond `MOST_BYTES`."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ValueError(f"a JWK set has at most {MOST_BYTES:,} bytes")
    return bytes(body)


def _rsa_keys(document: object) -> dict[str, RSAPublicKey]:
    """Take the usable signing keys of a JWK set. Raises ValueError if it is not one."""
    match document:
        case {"keys": list(entries)}:
            pass
        case _:
            raise ValueError("a JWK set is an object with a list of keys")
    found: dict[str, RSAPublicKey] = {}
    for entry in entries:
        if not isinstance(entry, dict) or entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK.from_dict(entry, algorithm="RS256").key
        except (jwt.PyJWTError, ValueError):
            continue
        if isinstance(key, RSAPublicKey) and key.key_size >= FEWEST_BITS and isinstance(entry.get("kid"), str):
            found[entry["kid"]] = key
    return found
