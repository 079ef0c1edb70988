"""Microsoft's clouds: where to get tokens, where Graph is, and which hosts may be called at all.

Source: https://learn.microsoft.com/graph/deployments
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from yarl import URL

from libs.graph.errors import GraphError, UnusableConnection
from libs.graph.settings import GraphSettings


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud: the origin of its login service, and the root of its Graph."""

    login: str
    graph: str
    is_simulated: bool = False

    def authority(self, tenant_id: str) -> str:
        """Return the address that issues a tenant's tokens."""
        return f"{self.login}/{tenant_id}"

    @property
    def scope(self) -> str:
        """Return the scope to ask for: every permission that was granted."""
        parts = urlsplit(self.graph)
        return f"{parts.scheme}://{parts.netloc}/.default"

    def check_link(self, url: str) -> str:
        """Return a link that Graph gave, if it leads to this cloud's Graph; raise `GraphError` otherwise."""
        try:
            # Parsed as the HTTP client parses it, so that both see the same host.
            link, own = URL(url, encoded=True), URL(self.graph)
            is_ours = _origin(link) == _origin(own) and link.raw_user is None
        except ValueError:
            raise GraphError("a link that Graph gave is no address") from None
        if not is_ours:
            raise GraphError(f"a link leads to {link.scheme}://{link.host}, which is not this connection's cloud")
        return url


def _origin(url: URL) -> tuple[str, str, int | None]:
    return url.scheme, (url.raw_host or "").lower(), url.port


_CLOUDS: Mapping[str, Cloud] = {
    "global": Cloud("https://login.microsoftonline.com", "https://graph.microsoft.com/v1.0"),
    "us_gov": Cloud("https://login.microsoftonline.us", "https://graph.microsoft.us/v1.0"),
    "us_dod": Cloud("https://login.microsoftonline.us", "https://dod-graph.microsoft.us/v1.0"),
    "china": Cloud("https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn/v1.0"),
}


@dataclass(frozen=True, slots=True)
class Tenancy:
    """How to reach one connection's tenant: its cloud, the application, and its credentials by name, one or two."""

    connection_id: UUID
    cloud: str
    tenant_id: str
    client_id: str
    credentials: tuple[str, ...]


TENANCY_COLUMNS = "connection_id, cloud, tenant_id, client_id, credentials"
"""The columns that `tenancy_of` reads."""


def tenancy_of(row: Any) -> Tenancy:  # noqa: ANN401 - whatever gives a column by its name, as database drivers' rows do
    """Read a connection from a row that has the columns `TENANCY_COLUMNS`."""
    return Tenancy(
        connection_id=row["connection_id"],
        cloud=row["cloud"],
        tenant_id=row["tenant_id"],
        client_id=row["client_id"],
        credentials=tuple(row["credentials"]),
    )


def cloud_of(tenancy: Tenancy, settings: GraphSettings) -> Cloud:
    """Return the cloud of a connection; the simulator's addresses come from the settings."""
    if tenancy.cloud == "simulator":
        if settings.graph_simulator_url is None or settings.graph_simulator_login is None:
            raise UnusableConnection(
                "This connection is to the simulator, and no simulator is configured. Set ROOMSYNC_GRAPH_SIMULATOR_URL "
                "and ROOMSYNC_GRAPH_SIMULATOR_LOGIN, or choose another cloud for it."
            )
        return Cloud(settings.graph_simulator_login, settings.graph_simulator_url, is_simulated=True)
    try:
        return _CLOUDS[tenancy.cloud]
    except KeyError:
        raise UnusableConnection(
            f"No cloud is called {tenancy.cloud!r}. Choose one of {', '.join(_CLOUDS)} for this connection."
        ) from None
