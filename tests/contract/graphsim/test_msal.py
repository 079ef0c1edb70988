"""Tokens: MSAL gets them from the simulator as it would from Entra, and anybody can check those for our API."""

from typing import Any

import jwt
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.contract.graphsim.graph import Graph
from tests.contract.graphsim.microsoft import SCOPES, application_token, confidential_client
from tests.support.simulator import Simulator


def certificate(sim: Simulator) -> dict[str, Any]:
    """Our application's certificate in the form that MSAL takes."""
    pem = sim.certificate_file.read_text()
    key, separator, public = pem.partition("-----BEGIN CERTIFICATE-----")
    return {"private_key": key, "public_certificate": separator + public}


def by_thumbprint(sim: Simulator) -> dict[str, Any]:
    pem = x509.load_pem_x509_certificate(sim.certificate_file.read_bytes())
    return {"private_key": certificate(sim)["private_key"], "thumbprint": pem.fingerprint(hashes.SHA1()).hex()}  # noqa: S303


def stranger(sim: Simulator) -> dict[str, Any]:
    """Our certificate, with a key that does not belong to it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {**certificate(sim), "private_key": pem}


async def reads_a_room(sim: Simulator, token: str) -> bool:
    room = await sim.add_room("Birch")
    reply = await Graph(sim.http, sim.base_url, token).send("GET", f"/users/{room}/events")
    return reply.status == 200


async def test_a_secret_gets_a_token_that_graph_takes(sim: Simulator) -> None:
    assert await reads_a_room(sim, application_token(sim))


@pytest.mark.parametrize("form", [certificate, by_thumbprint])
async def test_a_certificate_gets_a_token_that_graph_takes(sim: Simulator, form: Any) -> None:
    assert await reads_a_room(sim, application_token(sim, form(sim)))


async def test_a_wrong_secret_is_refused_as_entra_refuses_it(sim: Simulator) -> None:
    answer = confidential_client(sim, "not the secret").acquire_token_for_client(SCOPES)
    assert answer["error"] == "invalid_client"
    assert answer["error_description"].startswith("AADSTS7000215: Invalid client secret provided.")
    assert answer["error_codes"] == [7000215]


async def test_an_assertion_of_another_key_is_refused(sim: Simulator) -> None:
    answer = confidential_client(sim, stranger(sim)).acquire_token_for_client(SCOPES)
    assert answer["error"] == "invalid_client"
    assert "AADSTS700027" in answer["error_description"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "https://login.example.org/token"},
        {"iss": "44444444-4444-4444-8444-444444444444"},
        {"sub": "44444444-4444-4444-8444-444444444444"},
        {"exp": 1_700_000_000},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_an_assertion_must_name_us_and_be_for_entra_and_be_fresh(sim: Simulator, wrong: dict[str, Any]) -> None:
    endpoint = f"{sim.authority}/oauth2/v2.0/token"
    claims = {"aud": endpoint, "iss": sim.client_id, "sub": sim.client_id, "jti": "1", "exp": 4_000_000_000, **wrong}
    form = {
        "client_id": sim.client_id,
        "grant_type": "client_credentials",
        "scope": SCOPES[0],
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims, certificate(sim)["private_key"], algorithm="PS256"),
    }
    async with sim.http.post(endpoint, data=form) as answer:
        assert answer.status == 401
        assert (await answer.json())["error"] == "invalid_client"


async def test_the_life_of_tokens_can_be_set(sim: Simulator) -> None:
    await sim.ask("PUT", "/tokens", {"expires_in": 120})
    answer = confidential_client(sim, sim.client_secret).acquire_token_for_client(SCOPES)
    assert answer["expires_in"] == 120
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["nbf"] in range(120, 130)


async def test_graph_refuses_tokens_that_are_out_of_date(sim: Simulator) -> None:
    await sim.ask("PUT", "/tokens", {"expires_in": -60})
    client = confidential_client(sim, sim.client_secret)
    reply = await Graph(sim.http, sim.base_url, client.acquire_token_for_client(SCOPES)["access_token"]).send(
        "GET", "/users/birch@example.org/events"
    )
    assert (reply.status, reply.code) == (401, "InvalidAuthenticationToken")
    assert "expired" in reply.message


@pytest.fixture
def keys(sim: Simulator) -> jwt.PyJWKSet:
    session = requests.Session()
    session.trust_env = False
    found = session.get(f"{sim.authority}/discovery/v2.0/keys", verify=str(sim.ca), timeout=5)
    return jwt.PyJWKSet.from_dict(found.json())


def checked(sim: Simulator, keys: jwt.PyJWKSet, token: str) -> dict[str, Any]:
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=["RS256"], audience="api://roomsync", issuer=f"{sim.authority}/v2.0"
    )
    return claims


async def test_tokens_for_our_api_name_the_user_and_the_roles(sim: Simulator, keys: jwt.PyJWKSet) -> None:
    claims = checked(sim, keys, await sim.api_token("ada@example.org", "admin", "desk"))
    assert claims["preferred_username"] == "ada@example.org"
    assert claims["roles"] == ["admin", "desk"]
    assert claims["tid"] == sim.tenant_id


@pytest.mark.parametrize(
    ("flaw", "refusal"),
    [
        ({"expires_in": -60}, jwt.ExpiredSignatureError),
        ({"tenant": "44444444-4444-4444-8444-444444444444"}, jwt.InvalidIssuerError),
        ({"key": "foreign"}, jwt.InvalidSignatureError),
    ],
    ids=["expired", "foreign", "badly signed"],
)
async def test_flawed_tokens_for_our_api_do_not_verify(
    sim: Simulator, keys: jwt.PyJWKSet, flaw: dict[str, Any], refusal: type[Exception]
) -> None:
    token = await sim.api_token("ada@example.org", "admin", **flaw)
    with pytest.raises(refusal):
        checked(sim, keys, token)
