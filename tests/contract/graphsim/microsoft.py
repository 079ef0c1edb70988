"""Microsoft's own libraries, pointed at the simulator: MSAL and the Graph SDK."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msal
import requests
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from msgraph.graph_request_adapter import GraphRequestAdapter, options
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]

from tests.support.simulator import Simulator

SCOPES = ["https://graph.microsoft.com/.default"]


def confidential_client(sim: Simulator, credential: object, *, authority: str | None = None) -> Any:
    """MSAL as an application would set it up, trusting the simulator's authority only."""
    session = requests.Session()
    # Else REQUESTS_CA_BUNDLE wins over `verify`.
    session.trust_env = False
    session.verify = str(sim.ca)
    return msal.ConfidentialClientApplication(
        sim.client_id,
        client_credential=credential,
        authority=authority or sim.authority,
        instance_discovery=False,
        http_client=session,
    )


def application_token(sim: Simulator, credential: object = None) -> str:
    """A token for Graph, got by our application's secret unless told otherwise."""
    answer = confidential_client(sim, credential or sim.client_secret).acquire_token_for_client(SCOPES)
    assert "access_token" in answer, answer
    return str(answer["access_token"])


class _Tokens(AccessTokenProvider):
    """Tokens from MSAL, for the simulator's host only."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._hosts = AllowedHostsValidator(["127.0.0.1"])

    async def get_authorization_token(self, uri: str, _context: dict[str, Any] | None = None) -> str:
        assert self._hosts.is_url_host_valid(uri)
        answer = await asyncio.to_thread(self._client.acquire_token_for_client, SCOPES)
        return str(answer["access_token"])

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return self._hosts


@asynccontextmanager
async def open_sdk(sim: Simulator, authentication: Any = None) -> AsyncIterator[GraphServiceClient]:
    """Microsoft's SDK as our application, with all of its default middleware (retries included)."""
    client = confidential_client(sim, sim.client_secret)
    authentication = authentication or BaseBearerTokenAuthenticationProvider(_Tokens(client))
    async with httpx.AsyncClient(verify=sim.trust, trust_env=False, timeout=30) as http:
        adapter = GraphRequestAdapter(
            authentication, client=GraphClientFactory.create_with_default_middleware(client=http, options=options)
        )
        adapter.base_url = sim.base_url
        yield GraphServiceClient(request_adapter=adapter)
