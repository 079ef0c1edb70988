"""One client per connection, made when first asked for; opened and closed with the process."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from ssl import create_default_context
from uuid import UUID

import aiohttp
import orjson

from libs.graph.auth import Tokens
from libs.graph.client import GraphClient
from libs.graph.cloud import Tenancy, cloud_of
from libs.graph.limiter import Allowance, Limiter
from libs.graph.settings import GraphSettings
from libs.graph.shared_turns import TakeLock, Turns

MOST_CONNECTIONS = 64
CONNECT_TIMEOUT_S = 10


OnSuccess = Callable[[UUID, str | None], None]
"""Is told of every call that succeeds: through which connection, and on which mailbox if on any."""


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """The part of a mailbox's limits that a process has.

    `share` is its part of the requests in ten minutes. Turns that are shared with other processes are taken by
    `take_lock`.
    """

    share: float
    turns: Turns = Turns.OWN
    take_lock: TakeLock | None = None

    def limiter(self, settings: GraphSettings, application: str) -> Limiter:
        """Return the limiter of one application in one tenant."""
        at_a_time, per_10_min = settings.graph_requests_per_mailbox, settings.graph_requests_per_10_min
        return Limiter(Allowance.part_of(at_a_time, per_10_min, self.share, self.turns), self.take_lock, application)


class GraphClients:
    """The clients of a process. A changed connection gets a new client, but keeps its limits, which Graph counts."""

    def __init__(
        self, settings: GraphSettings, http: aiohttp.ClientSession, limits: ProcessLimits, on_success: OnSuccess
    ) -> None:
        self._settings = settings
        self._on_success = on_success
        self._limits = limits
        self.http = http
        self._clients: dict[UUID, tuple[Tenancy, Tokens, GraphClient]] = {}
        self._limiters: dict[tuple[str, str, str], Limiter] = {}

    def of(self, tenancy: Tenancy) -> GraphClient:
        """Return the client of a connection. Raises `GraphError` if its cloud is not known here.

        Other credentials of the same application leave the client its token, which is good until it ends.
        """
        return self._known(tenancy)[1]

    def tokens_of(self, tenancy: Tenancy) -> Tokens:
        """Return the tokens that the client of a connection uses. Raises as `of` does."""
        return self._known(tenancy)[0]

    def _known(self, tenancy: Tenancy) -> tuple[Tokens, GraphClient]:
        known = self._clients.get(tenancy.connection_id)
        if known is None or replace(known[0], credentials=tenancy.credentials) != tenancy:
            tokens, client = self._make(tenancy)
        else:
            before, tokens, client = known
            if before.credentials != tenancy.credentials:
                tokens.use(tenancy.credentials)
        self._clients[tenancy.connection_id] = (tenancy, tokens, client)
        return tokens, client

    def _make(self, tenancy: Tenancy) -> tuple[Tokens, GraphClient]:
        settings = self._settings
        cloud = cloud_of(tenancy, settings)
        tokens = Tokens(tenancy, cloud, settings.secrets_dir, settings.graph_ca_file)
        application = (tenancy.cloud, tenancy.tenant_id, tenancy.client_id)
        if application not in self._limiters:
            self._limiters[application] = self._limits.limiter(settings, "/".join(application))
        limiter = self._limiters[application]
        return tokens, GraphClient(cloud, tokens, self.http, limiter, partial(self._on_success, tenancy.connection_id))


@asynccontextmanager
async def open_clients(
    settings: GraphSettings, limits: ProcessLimits, *, on_success: OnSuccess = lambda *_: None
) -> AsyncIterator[GraphClients]:
    """Open the HTTP session that all clients share; it trusts `graph_ca_file` and ignores proxies."""
    ssl = create_default_context(cafile=str(settings.graph_ca_file) if settings.graph_ca_file else None)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=ssl, limit=MOST_CONNECTIONS),
        # Not `connect`, which would count a wait for one of our own pooled connections as a failure of Graph.
        timeout=aiohttp.ClientTimeout(total=settings.graph_timeout_s, sock_connect=CONNECT_TIMEOUT_S),
        json_serialize=lambda value: orjson.dumps(value).decode(),
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as http:
        yield GraphClients(settings, http, limits, on_success)
