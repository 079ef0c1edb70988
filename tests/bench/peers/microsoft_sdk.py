"""Microsoft's own SDK for Python reading a calendar: https://github.com/microsoftgraph/msgraph-sdk-python."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.event import Event
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter, options
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory, PageIterator  # type: ignore[import-untyped]

PAGE = 999


class _OneToken(AccessTokenProvider):
    """A token got elsewhere."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_authorization_token(self, _uri: str, _context: dict[str, Any] | None = None) -> str:
        return self._token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return AllowedHostsValidator(["127.0.0.1"])


@dataclass(frozen=True, slots=True)
class MicrosoftSdk:
    """The SDK with its default middleware."""

    client: GraphServiceClient
    fields: list[str]

    async def read(self, mailbox: str, start: datetime, end: datetime) -> set[str]:
        """Read all events of a window, as many a page as Graph gives, and return their iCalUIds."""
        query = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(
            start_date_time=start.isoformat(), end_date_time=end.isoformat(), top=PAGE, select=self.fields
        )
        builder = self.client.users.by_user_id(mailbox).calendar_view
        page = await builder.get(RequestConfiguration(query_parameters=query))
        found: set[str] = set()

        def take(event: Event) -> bool:
            found.add(str(event.i_cal_u_id))
            return True

        await PageIterator(page, self.client.request_adapter).iterate(take)
        return found


@asynccontextmanager
async def open_sdk(base_url: str, trust: ssl.SSLContext, token: str, fields: list[str]) -> AsyncIterator[MicrosoftSdk]:
    """Set up the SDK for the simulator, as an application would."""
    async with httpx.AsyncClient(verify=trust, trust_env=False, timeout=60) as http:
        adapter = GraphRequestAdapter(
            BaseBearerTokenAuthenticationProvider(_OneToken(token)),
            client=GraphClientFactory.create_with_default_middleware(client=http, options=options),
        )
        adapter.base_url = base_url
        yield MicrosoftSdk(GraphServiceClient(request_adapter=adapter), fields)
