"""People sign in: Microsoft's own MSAL drives the simulated login page, and takes what it says for Entra's."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import jwt
import msal
import pytest
import pytest_asyncio
import requests

from deploy.driver.http import RequestRefused
from tests.contract.graphsim.graph import Json
from tests.support.login_page import LoginAnswer, LoginPage, open_login_page
from tests.support.proofs import certificate_pem
from tests.support.simulator import Simulator

BACK = "https://rooms.example.org/console/sign-in/callback"
SIGNED_OUT = "https://rooms.example.org/console/signed-out"
VIEWER = "viewer@example.org"


@dataclass(frozen=True)
class Application:
    """An application that people sign in to, by MSAL."""

    sim: Simulator
    client_id: str
    secret: str

    def msal(self, proof: object = None) -> Any:
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.sim.ca)
        return msal.ConfidentialClientApplication(
            self.client_id,
            client_credential=proof or self.secret,
            authority=self.sim.authority,
            instance_discovery=False,
            http_client=session,
            exclude_scopes=["offline_access"],
        )

    async def begin(self, **asked: Any) -> dict[str, Any]:
        """Begin a sign-in; the flow says where the browser goes."""

        def initiate() -> dict[str, Any]:
            flow: dict[str, Any] = self.msal().initiate_auth_code_flow([], redirect_uri=BACK, **asked)
            return flow

        return await asyncio.to_thread(initiate)

    async def finish(self, flow: dict[str, Any], answer: dict[str, str], proof: object = None) -> Json:
        """Redeem the code of an answer."""

        def acquire() -> Json:
            tokens: Json = self.msal(proof).acquire_token_by_auth_code_flow(dict(flow), answer)
            return tokens

        return await asyncio.to_thread(acquire)


@pytest_asyncio.fixture
async def application(sim: Simulator) -> Application:
    made = await sim.register_web_application(BACK, SIGNED_OUT)
    return Application(sim, made["client_id"], made["secret"])


@pytest_asyncio.fixture
async def page(sim: Simulator) -> AsyncIterator[LoginPage]:
    async with open_login_page(sim) as page:
        yield page


def changed(uri: str, **parameters: str | None) -> str:
    """An address with other parameters; None takes one away."""
    parts = urlsplit(uri)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | parameters
    return urlunsplit(parts._replace(query=urlencode({name: value for name, value in query.items() if value})))


def claims_in(sim: Simulator, token: str, client_id: str) -> dict[str, Any]:
    """The claims of an ID token, checked by the published keys."""
    session = requests.Session()
    session.trust_env = False
    found = session.get(f"{sim.authority}/discovery/v2.0/keys", verify=str(sim.ca), timeout=5).json()
    key = jwt.PyJWKSet.from_dict(found)[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=["RS256"], audience=client_id, issuer=f"{sim.authority}/v2.0"
    )
    return claims


def assert_refused(shown: LoginAnswer, number: int) -> None:
    """Check that the person is told a number of Entra's, and the application nothing."""
    assert (shown.status, shown.location) == (400, None)
    assert f"AADSTS{number}: " in shown.text


async def test_the_page_offers_everybody_with_their_roles(application: Application, page: LoginPage) -> None:
    shown = await page.open((await application.begin())["auth_uri"])

    assert shown.status == 200
    assert shown.people == ["administrator@example.org", "approver@example.org", VIEWER, "nobody@example.org"]
    assert "in the role admin" in shown.text
    assert "in no role" in shown.text


async def test_who_signed_in_is_told_by_an_id_token(sim: Simulator, application: Application, page: LoginPage) -> None:
    flow = await application.begin()
    answer = (await page.choose(flow["auth_uri"], VIEWER)).answer
    tokens = await application.finish(flow, answer)

    claims = claims_in(sim, tokens["id_token"], application.client_id)
    assert claims["preferred_username"] == VIEWER
    assert (claims["name"], claims["roles"], claims["tid"]) == ("Viewer", ["viewer"], sim.tenant_id)
    assert claims["sid"] == answer["session_state"]
    assert claims["exp"] > claims["iat"]


async def test_the_same_person_has_the_same_id_in_tokens_of_our_api(
    sim: Simulator, application: Application, page: LoginPage
) -> None:
    flow = await application.begin()
    tokens = await application.finish(flow, (await page.choose(flow["auth_uri"], VIEWER)).answer)
    api = jwt.decode(await sim.api_token(VIEWER), options={"verify_signature": False})
    assert tokens["id_token_claims"]["oid"] == api["oid"]


async def test_a_token_of_somebody_without_a_role_has_no_roles(application: Application, page: LoginPage) -> None:
    flow = await application.begin()
    tokens = await application.finish(flow, (await page.choose(flow["auth_uri"], "nobody@example.org")).answer)
    assert "roles" not in tokens["id_token_claims"]


async def test_people_and_their_roles_can_be_set(sim: Simulator, application: Application, page: LoginPage) -> None:
    await sim.set_people({"address": "desk@example.org", "name": "Desk", "roles": ["viewer", "approver"]})
    flow = await application.begin()
    assert (await page.open(flow["auth_uri"])).people == ["desk@example.org"]
    tokens = await application.finish(flow, (await page.choose(flow["auth_uri"], "desk@example.org")).answer)
    assert tokens["id_token_claims"]["roles"] == ["viewer", "approver"]


@pytest.mark.parametrize("wrong", [{"people": [{"name": "Desk"}]}, {"people": 7}, {"persons": []}])
async def test_what_are_no_people_is_refused(sim: Simulator, wrong: Json) -> None:
    with pytest.raises(RequestRefused) as refused:
        await sim.ask("PUT", "/people", wrong)
    assert refused.value.status == 400


async def test_whoever_has_signed_in_is_not_asked_again(application: Application, page: LoginPage) -> None:
    await page.choose((await application.begin())["auth_uri"], VIEWER)

    again = await application.begin()
    tokens = await application.finish(again, (await page.open(again["auth_uri"])).answer)

    assert tokens["id_token_claims"]["preferred_username"] == VIEWER


@pytest.mark.parametrize("prompt", ["login", "select_account"])
async def test_a_prompt_has_the_page_ask_again(application: Application, page: LoginPage, prompt: str) -> None:
    await page.choose((await application.begin())["auth_uri"], VIEWER)
    assert len((await page.open((await application.begin(prompt=prompt))["auth_uri"])).people) == 4


async def test_prompt_none_asks_nobody(application: Application, page: LoginPage) -> None:
    flow = await application.begin(prompt="none")
    answer = await application.finish(flow, (await page.open(flow["auth_uri"])).answer)
    assert answer["error"] == "login_required"
    assert answer["error_description"].startswith("AADSTS50058: ")


async def test_a_hint_offers_that_person_and_the_way_to_others(application: Application, page: LoginPage) -> None:
    hinted = await page.open((await application.begin(login_hint=VIEWER))["auth_uri"])
    assert hinted.people == [VIEWER]
    assert "Use another account" in hinted.text


async def test_a_hint_at_somebody_else_asks_although_one_has_signed_in(
    application: Application, page: LoginPage
) -> None:
    await page.choose((await application.begin())["auth_uri"], VIEWER)
    shown = await page.open((await application.begin(login_hint="approver@example.org"))["auth_uri"])
    assert shown.people == ["approver@example.org"]


async def test_whoever_cancels_is_not_signed_in(application: Application, page: LoginPage) -> None:
    flow = await application.begin()
    answer = await application.finish(flow, (await page.cancel(flow["auth_uri"])).answer)
    assert answer["error"] == "access_denied"


async def test_a_code_is_good_once(application: Application, page: LoginPage) -> None:
    flow = await application.begin()
    answer = (await page.choose(flow["auth_uri"], VIEWER)).answer
    await application.finish(flow, answer)
    again = await application.finish(flow, answer)
    assert (again["error"], again["error_codes"]) == ("invalid_grant", [54005])


async def test_a_code_expires(sim: Simulator, application: Application, page: LoginPage) -> None:
    await sim.ask("PUT", "/codes", {"expires_in": 0})
    flow = await application.begin()
    late = await application.finish(flow, (await page.choose(flow["auth_uri"], VIEWER)).answer)
    assert (late["error"], late["error_codes"]) == ("invalid_grant", [70008])


@pytest.mark.parametrize(("verifier", "number"), [("x" * 43, 501481), ("", 50148)])
async def test_a_code_needs_the_verifier_of_whoever_began(
    application: Application, page: LoginPage, verifier: str, number: int
) -> None:
    flow = await application.begin()
    answer = (await page.choose(flow["auth_uri"], VIEWER)).answer
    stolen = await application.finish({**flow, "code_verifier": verifier}, answer)
    assert (stolen["error"], stolen["error_codes"]) == ("invalid_grant", [number])


async def test_a_code_needs_the_secret_of_the_application(application: Application, page: LoginPage) -> None:
    flow = await application.begin()
    refused = await application.finish(flow, (await page.choose(flow["auth_uri"], VIEWER)).answer, proof="a guess")
    assert (refused["error"], refused["error_codes"]) == ("invalid_client", [7000215])


async def test_an_application_may_prove_itself_by_its_certificate(sim: Simulator, page: LoginPage) -> None:
    pem = certificate_pem()
    key, separator, public = pem.partition("-----BEGIN CERTIFICATE-----")
    proof = {"private_key": key, "public_certificate": separator + public}
    for certificate, outcome in ((separator + public, None), (None, [700027])):
        made = await sim.register_web_application(BACK, certificate=certificate)
        application = Application(sim, made["client_id"], made["secret"])
        flow = await application.begin()
        answer = await application.finish(flow, (await page.choose(flow["auth_uri"], VIEWER)).answer, proof)
        assert answer.get("error_codes") == outcome


async def test_a_code_is_of_no_use_to_another_application(
    sim: Simulator, application: Application, page: LoginPage
) -> None:
    made = await sim.register_web_application(BACK)
    other = Application(sim, made["client_id"], made["secret"])
    flow = await application.begin()
    stolen = await other.finish(flow, (await page.choose(flow["auth_uri"], VIEWER)).answer)
    assert (stolen["error"], stolen["error_codes"]) == ("invalid_grant", [9002313])


async def test_a_code_needs_the_address_that_it_was_sent_to(application: Application, page: LoginPage) -> None:
    flow = await application.begin()
    answer = (await page.choose(flow["auth_uri"], VIEWER)).answer
    refused = await application.finish({**flow, "redirect_uri": SIGNED_OUT}, answer)
    assert (refused["error"], refused["error_codes"]) == ("invalid_grant", [70000])


@pytest.mark.parametrize(
    "uri", ["https://evil.example/console/sign-in/callback", f"{BACK}/", f"{BACK}?more=1", BACK.upper(), None], ids=str
)
async def test_no_address_is_answered_but_one_that_is_registered(
    application: Application, page: LoginPage, uri: str | None
) -> None:
    asked = changed((await application.begin())["auth_uri"], redirect_uri=uri)
    assert_refused(await page.open(asked), 50011)
    assert_refused(await page.choose(asked, VIEWER), 50011)


async def test_an_application_that_nobody_knows_is_told_to_nobody(application: Application, page: LoginPage) -> None:
    asked = changed((await application.begin())["auth_uri"], client_id="44444444-4444-4444-8444-444444444444")
    assert_refused(await page.open(asked), 700016)


async def test_a_tenant_that_nobody_knows_is_refused(sim: Simulator, application: Application, page: LoginPage) -> None:
    asked = (await application.begin())["auth_uri"].replace(sim.tenant_id, "44444444-4444-4444-8444-444444444444")
    assert_refused(await page.open(asked), 90002)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "maybe"}, "invalid_request"),
    ],
    ids=str,
)
async def test_a_question_that_cannot_be_answered_is_refused_to_the_application(
    application: Application, page: LoginPage, wrong: dict[str, str], error: str
) -> None:
    flow = await application.begin()
    answer = (await page.open(changed(flow["auth_uri"], **wrong))).answer
    assert (answer["error"], answer["state"]) == (error, flow["state"])


async def test_signing_out_goes_back_to_a_registered_address_and_forgets_who_it_was(
    sim: Simulator, application: Application, page: LoginPage
) -> None:
    await page.choose((await application.begin())["auth_uri"], VIEWER)
    query = urlencode({"post_logout_redirect_uri": SIGNED_OUT})
    assert (await page.open(f"{sim.authority}/oauth2/v2.0/logout?{query}")).location == SIGNED_OUT
    assert len((await page.open((await application.begin())["auth_uri"])).people) == 4


async def test_signing_out_goes_to_no_address_that_is_not_registered(
    sim: Simulator, application: Application, page: LoginPage
) -> None:
    query = urlencode({"post_logout_redirect_uri": "https://evil.example"})
    shown = await page.open(f"{sim.authority}/oauth2/v2.0/logout?{query}")
    assert (shown.status, shown.location) == (200, None)


@pytest.mark.parametrize("retires", [False, True])
async def test_tokens_are_signed_by_the_new_key_after_a_rotation(
    sim: Simulator, application: Application, page: LoginPage, retires: bool
) -> None:
    old = await sim.api_token(VIEWER)
    await sim.rotate_keys(retires=retires)
    flow = await application.begin()
    tokens = await application.finish(flow, (await page.choose(flow["auth_uri"], VIEWER)).answer)

    claims_in(sim, tokens["id_token"], application.client_id)
    kids = [jwt.get_unverified_header(token)["kid"] for token in (old, tokens["id_token"])]
    assert kids[0] != kids[1]
    session = requests.Session()
    session.trust_env = False
    found = session.get(f"{sim.authority}/discovery/v2.0/keys", verify=str(sim.ca), timeout=5).json()
    assert (kids[0] in json.dumps(found)) is not retires


@pytest.mark.parametrize(
    ("flaw", "refusal"),
    [
        ({"key": "foreign"}, jwt.InvalidSignatureError),
        ({"audience": "44444444-4444-4444-8444-444444444444"}, jwt.InvalidAudienceError),
        ({"tenant": "44444444-4444-4444-8444-444444444444"}, jwt.InvalidIssuerError),
        ({"expires_in": -60}, jwt.ExpiredSignatureError),
    ],
    ids=str,
)
async def test_flawed_id_tokens_do_not_verify(
    sim: Simulator, application: Application, page: LoginPage, flaw: dict[str, Any], refusal: type[Exception]
) -> None:
    flow = await application.begin()
    async with sim.flawed_id_tokens(**flaw):
        tokens = await application.finish(flow, (await page.choose(flow["auth_uri"], VIEWER)).answer)
    with pytest.raises(refusal):
        claims_in(sim, tokens["id_token"], application.client_id)


async def test_msal_refuses_another_nonce(sim: Simulator, application: Application, page: LoginPage) -> None:
    flow = await application.begin()
    async with sim.flawed_id_tokens(nonce="another"):
        with pytest.raises(RuntimeError, match="nonce"):
            await application.finish(flow, (await page.choose(flow["auth_uri"], VIEWER)).answer)
