"""Calls of Graph over HTTP; `login` asks for tokens, and nothing else in this package speaks with Microsoft.

A call waits for its mailbox's limits, carries a token, and is tried again a few times within seconds if Graph asks us
to try later. A call that may have taken effect is tried again only if it is repeatable. Small calls of the bulk lane
are made together (`batching`), and end as they would alone.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from math import inf
from uuid import uuid4

import aiohttp
import stamina
from yarl import URL

from libs.graph import answers, protocol, translate
from libs.graph.auth import Tokens
from libs.graph.batching import Batches
from libs.graph.cloud import Cloud
from libs.graph.errors import (
    AuthenticationFailed,
    ConnectionLost,
    GraphError,
    IncompleteListing,
    Throttled,
    Transient,
    Unavailable,
)
from libs.graph.limiter import Limiter, in_bulk
from libs.graph.measured import measured
from libs.graph.protocol import Call
from libs.graph.types import Listing
from libs.graph.vendor import Json

TRIES = 3
PATIENCE_S = 10.0
MOST_BYTES = 64 * 1024 * 1024
MOST_PAGES = 200


class Transport:
    """Make calls as one application in one tenant."""

    def __init__(
        self,
        cloud: Cloud,
        tokens: Tokens,
        http: aiohttp.ClientSession,
        limiter: Limiter,
        on_success: Callable[[str | None], None],
    ) -> None:
        self._on_success = on_success
        self._cloud = cloud
        self._tokens = tokens
        self._http = http
        self._limiter = limiter
        self._batches = Batches(self._send_authorized)

    async def token(self) -> str:
        """Return a token that is valid for some more minutes. Raises what `Tokens.get` raises."""
        return await self._tokens.get()

    async def list(self, call: Call, at_least: float = inf) -> Listing:
        """Follow a listing to its end, or until it has so many events at least."""
        pages: list[Listing] = []
        async for page in self.pages(call):
            pages.append(page)
            if sum(map(len, pages)) >= at_least:
                break
        return translate.join_pages(pages)

    async def pages(self, call: Call) -> AsyncIterator[Listing]:
        """Follow a listing page by page to its end. Raises `IncompleteListing` if it breaks off in the middle."""
        answer = await self.call(call)
        for number in range(1, MOST_PAGES + 1):
            page, link = translate.page(answer)
            yield page
            if link is None:
                return
            try:
                answer = await self.call(call, link=self._cloud.check_link(link))
            except GraphError as error:
                raise IncompleteListing(f"a listing broke off after {number} pages: {error}") from error
        raise IncompleteListing(f"a listing did not end after {MOST_PAGES} pages")

    async def call(self, call: Call, *, link: str | None = None) -> Json:
        """Make a call, and repeat it if that is safe, allowed and possible within `PATIENCE_S`.

        `link` is a whole address instead of the call's own.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S

        def is_worth_another_try(error: Exception) -> bool | float:
            if not isinstance(error, Transient) or not (call.is_repeatable or isinstance(error, Throttled)):
                return False
            if error.retry_after is None:
                return True
            wait_s = error.retry_after.total_seconds()
            return wait_s if loop.time() + wait_s < until else False

        async for attempt in stamina.retry_context(
            on=is_worth_another_try, attempts=TRIES, timeout=PATIENCE_S, wait_initial=0.2, wait_max=3
        ):
            with attempt:
                answer = await self._within_limits(call, link, until - loop.time())
                self._on_success(call.mailbox)
                return answer
        raise AssertionError("unreachable: the last attempt either returned or raised")

    async def _within_limits(self, call: Call, link: str | None, patience_s: float) -> Json:
        if call.mailbox is None:
            return await self._send_authorized(call, link)
        limits = self._limiter.of(call.mailbox)
        if call.is_small and link is None and in_bulk():
            return await self._batches.make(call, limits, patience_s)
        async with limits.slot(patience_s):
            try:
                return await self._send_authorized(call, link)
            except GraphError as error:
                limits.heed(error)
                raise

    async def _send_authorized(self, call: Call, link: str | None = None) -> Json:
        token = await self._tokens.get()
        try:
            return await self._send(call, link, token)
        except AuthenticationFailed:
            # A token may be revoked before it expires; a fresh one shows whether the credential is still valid.
            self._tokens.drop(token)
            return await self._send(call, link, await self._tokens.get())

    async def _send(self, call: Call, link: str | None, token: str) -> Json:
        headers = {"Authorization": f"Bearer {token}", **protocol.headers(call, str(uuid4()))}
        url = link or self._cloud.graph + call.url
        with measured(call):
            return await self._exchange(call, url, headers)

    async def _exchange(self, call: Call, url: str, headers: Mapping[str, str]) -> Json:
        try:
            async with self._http.request(
                # Already encoded: normalising would change characters in which ids and tokens differ.
                call.method,
                URL(url, encoded=True),
                json=call.body,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                return answers.answer_of(answer.status, answer.headers, await _body(answer))
        except aiohttp.ClientConnectorCertificateError as error:
            raise ConnectionLost(
                f"the TLS certificate of {self._cloud.graph} cannot be verified; set ROOMSYNC_GRAPH_CA_FILE if a proxy "
                "or a simulator has an authority of its own"
            ) from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ConnectionLost(f"{call.method} got no answer: {type(error).__name__}") from error


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """Read an answer, unpacked. Raises Unavailable if it is larger than `MOST_BYTES`."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            answer.close()
            raise Unavailable("Graph's answer is larger than anything expected of it", status=answer.status)
    return bytes(body)
