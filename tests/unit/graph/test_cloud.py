"""Which hosts may be called, for each cloud and for the simulator."""

from uuid import UUID

import pytest

from libs.graph.cloud import Cloud, Tenancy, cloud_of, tenancy_of
from libs.graph.errors import GraphError
from libs.graph.settings import GraphSettings

CONNECTION = UUID("00000000-0000-4000-8000-000000000001")
GLOBAL = Cloud("https://login.microsoftonline.com", "https://graph.microsoft.com/v1.0")


def tenancy(cloud: str) -> Tenancy:
    return Tenancy(CONNECTION, cloud, "tenant", "client", ("secret",))


def settings(**given: str) -> GraphSettings:
    return GraphSettings.model_validate(given)


def test_a_connection_is_read_from_a_row_by_the_names_of_its_columns() -> None:
    row = {
        "credentials": ["secret"],
        "client_id": "client",
        "tenant_id": "tenant",
        "cloud": "global",
        "more": 1,
        "connection_id": CONNECTION,
    }

    assert tenancy_of(row) == tenancy("global")


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("global", "graph.microsoft.com"),
        ("us_gov", "graph.microsoft.us"),
        ("us_dod", "dod-graph.microsoft.us"),
        ("china", "microsoftgraph.chinacloudapi.cn"),
    ],
)
def test_each_cloud_has_its_own_graph_and_its_scope(name: str, host: str) -> None:
    cloud = cloud_of(tenancy(name), settings())

    assert cloud.graph == f"https://{host}/v1.0"
    assert cloud.scope == f"https://{host}/.default"
    assert not cloud.is_simulated


def test_the_simulator_is_where_the_settings_say() -> None:
    given = settings(graph_simulator_url="https://127.0.0.1:1/v1.0", graph_simulator_login="https://127.0.0.1:2")
    cloud = cloud_of(tenancy("simulator"), given)

    assert (cloud.graph, cloud.authority("t")) == ("https://127.0.0.1:1/v1.0", "https://127.0.0.1:2/t")


@pytest.mark.parametrize("name", ["simulator", "moon", ""])
def test_a_cloud_that_is_not_known_here_is_a_typed_error(name: str) -> None:
    with pytest.raises(GraphError):
        cloud_of(tenancy(name), settings())


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.microsoft.com/v1.0/users/a/events?$skip=10",
        "https://graph.microsoft.com:443/v1.0/users/a/events",
        "https://GRAPH.microsoft.com/v1.0/x?a=%2F%20'",
    ],
)
def test_links_to_the_own_graph_are_followed_as_they_are(link: str) -> None:
    assert GLOBAL.check_link(link) == link


@pytest.mark.parametrize(
    "link",
    [
        "http://graph.microsoft.com/v1.0/x",
        "https://graph.microsoft.us/v1.0/x",
        "https://graph.microsoft.com.example.org/v1.0/x",
        "https://example.org/graph.microsoft.com/v1.0",
        "https://graph.microsoft.com@example.org/v1.0/x",
        "https://user:pass@graph.microsoft.com/v1.0/x",
        "https://graph.microsoft.com:8443/v1.0/x",
        "https://graph.microsoft.com\\@example.org/",
        "https://example.org#@graph.microsoft.com/",
        "//graph.microsoft.com/v1.0/x",
        "/v1.0/x",
        "https://[",
        "https://graph.microsoft.com:port/",
        "file:///etc/passwd",
        "",
    ],
)
def test_any_other_link_is_refused(link: str) -> None:
    with pytest.raises(GraphError):
        GLOBAL.check_link(link)
