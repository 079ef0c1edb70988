"""Entra refuses by number: each AADSTS code on demand, in the form that Entra documents."""

import re
from typing import Any

import pytest

from deploy.driver.http import RequestRefused
from tests.contract.graphsim.graph import Graph, Json
from tests.contract.graphsim.microsoft import SCOPES, confidential_client
from tests.support.simulator import Simulator

TRACE = r"[0-9a-f]{8}-[0-9a-f-]{27}"
MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"


def on_token(number: int, **more: object) -> Json:
    return {"effect": {"aadsts": number}, **more}


async def ask(sim: Simulator, tenant: str | None = None, **form: str) -> tuple[int, Json]:
    """Ask for a token as our application, with other fields than it would send."""
    sent = {
        "client_id": sim.client_id,
        "grant_type": "client_credentials",
        "scope": SCOPES[0],
        "client_secret": sim.client_secret,
        **form,
    }
    authority = sim.authority if tenant is None else sim.authority.replace(sim.tenant_id, tenant)
    async with sim.http.post(f"{authority}/oauth2/v2.0/token", data=sent) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("number", "status", "error", "says"),
    [
        (7000215, 401, "invalid_client", "Invalid client secret provided."),
        (7000222, 401, "invalid_client", "The provided client secret keys for app '{client}' are expired."),
        (700016, 400, "unauthorized_client", "Application with identifier '{client}' was not found"),
        (90002, 400, "invalid_request", "Tenant '{tenant}' not found."),
        (700027, 401, "invalid_client", "The certificate with identifier used to sign the client assertion"),
        (700024, 401, "invalid_client", "Client assertion is not within its valid time range."),
        (53003, 400, "invalid_grant", "Access has been blocked by Conditional Access policies."),
        (7000112, 400, "unauthorized_client", "Application '{client}' is disabled."),
        (90033, 503, "temporarily_unavailable", "A transient error has occurred."),
    ],
)
async def test_each_number_is_answered_as_entra_documents_it(
    sim: Simulator, number: int, status: int, error: str, says: str
) -> None:
    async with sim.faults(on_token(number)):
        answered, body = await ask(sim)
    assert answered == status
    assert (body["error"], body["error_codes"]) == (error, [number])
    sentence = re.escape(f"AADSTS{number}: {says.format(client=sim.client_id, tenant=sim.tenant_id)}")
    assert re.match(
        rf"{sentence}.* Trace ID: {TRACE} Correlation ID: {TRACE} Timestamp: {MOMENT}$", body["error_description"]
    )
    assert re.fullmatch(MOMENT, body["timestamp"])
    assert body["trace_id"] in body["error_description"]
    assert body["correlation_id"] in body["error_description"]
    assert body["error_uri"].endswith(f"/error?code={number}")
    assert (await ask(sim))[0] == 200


async def test_a_refusal_by_number_spoils_no_call_on_graph(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults(on_token(7000222, times=1)):
        assert (await graph.send("GET", f"/users/{room}/events")).status == 200
        assert [(await ask(sim))[0] for _ in range(2)] == [401, 200]


async def test_a_correlation_id_that_was_sent_comes_back(sim: Simulator) -> None:
    own = "0b54d5b4-1e1c-4b06-8f3b-3d4f3a0c1a11"
    async with sim.http.post(
        f"{sim.authority}/oauth2/v2.0/token", data={"client_id": "x"}, headers={"client-request-id": own}
    ) as answer:
        assert (await answer.json())["correlation_id"] == own


@pytest.mark.parametrize(
    ("form", "number"),
    [
        ({"client_secret": "wrong"}, 7000215),
        ({"client_secret": ""}, 7000216),
        ({"client_id": "44444444-4444-4444-8444-444444444444"}, 700016),
        ({"grant_type": "password"}, 70003),
        ({"scope": "User.Read"}, 70011),
        ({"tenant": "44444444-4444-4444-8444-444444444444"}, 90002),
    ],
)
async def test_what_is_wrong_has_its_number_without_being_asked_for(
    sim: Simulator, form: dict[str, Any], number: int
) -> None:
    _, body = await ask(sim, **form)
    assert body["error_codes"] == [number]


async def test_a_tenant_that_does_not_exist_is_refused_at_discovery(sim: Simulator) -> None:
    unknown = sim.authority.replace(sim.tenant_id, "44444444-4444-4444-8444-444444444444")
    for path in ("/v2.0/.well-known/openid-configuration", "/discovery/v2.0/keys"):
        async with sim.http.get(unknown + path) as answer:
            body = await answer.json()
            assert (answer.status, body["error"], body["error_codes"]) == (400, "invalid_tenant", [90002])
    with pytest.raises(ValueError, match="double check your tenant") as refused:
        confidential_client(sim, sim.client_secret, authority=unknown)
    assert re.search(r"invalid_tenant.*AADSTS90002", str(refused.value.__context__))


@pytest.mark.parametrize("effect", [{"aadsts": 1}, {"aadsts": "expired"}, {"aadsts": 7000222, "status": 500}])
async def test_a_number_that_is_none_of_entras_is_refused(sim: Simulator, effect: Json) -> None:
    with pytest.raises(RequestRefused) as refused:
        await sim.ask("PUT", "/faults", [{"effect": effect}])
    assert refused.value.status == 400
