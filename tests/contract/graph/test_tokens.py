"""Tokens from the simulated Entra: fetched once for all, renewed, and never in anybody's log."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from libs.graph.auth import Tokens
from libs.graph.client import GraphClient
from libs.graph.clients import ProcessLimits, open_clients
from libs.graph.cloud import cloud_of
from libs.graph.errors import AuthenticationFailed, CredentialUnusable, GraphError, LoginUnreachable, Transient
from libs.graph.settings import GraphSettings
from tests.contract.graph.tenant import SECRET, settings_for, tenancy
from tests.contract.graphsim.graph import Json
from tests.support.simulator import Simulator

ENTRA = {"path": "/oauth2/"}


@pytest.fixture
def tokens(sim: Simulator, graph_settings: GraphSettings) -> Tokens:
    return tokens_of(sim, graph_settings)


def tokens_of(sim: Simulator, settings: GraphSettings, credential: str = SECRET) -> Tokens:
    who = tenancy(sim, credential=credential)
    return Tokens(who, cloud_of(who, settings), settings.secrets_dir, settings.graph_ca_file)


def foreign_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


async def test_many_who_ask_at_once_get_one_token(tokens: Tokens) -> None:
    assert len(set(await asyncio.gather(*(tokens.get() for _ in range(20))))) == 1


async def test_many_who_ask_at_once_share_one_failure(sim: Simulator, tokens: Tokens) -> None:
    async with sim.faults({"match": ENTRA, "effect": {"status": 503, "code": "temporarily_unavailable"}, "times": 1}):
        failed = await asyncio.gather(*(tokens.get() for _ in range(20)), return_exceptions=True)

    assert {type(each) for each in failed} == {LoginUnreachable}
    assert await tokens.get()


async def test_whoever_leaves_takes_nobody_elses_token_away(sim: Simulator, tokens: Tokens) -> None:
    async with sim.faults({"match": ENTRA, "effect": {"delay_ms": 300}, "times": 1}):
        leaving, staying = asyncio.create_task(tokens.get()), asyncio.create_task(tokens.get())
        await asyncio.sleep(0)
        leaving.cancel()
        assert await staying


async def test_a_token_is_kept_until_it_is_dropped(tokens: Tokens) -> None:
    first = await tokens.get()
    assert await tokens.get() == first
    tokens.drop("another")
    assert await tokens.get() == first
    tokens.drop(first)
    assert await tokens.get() != first


@pytest.mark.parametrize("form", ["as given", "certificate first"])
async def test_a_certificate_counts_as_much_as_a_secret(
    sim: Simulator, secrets_dir: Path, graph_settings: GraphSettings, form: str
) -> None:
    pem = sim.certificate_file.read_text()
    key, begin, certificate = pem.partition("-----BEGIN CERTIFICATE-----")
    (secrets_dir / "certificate").write_text(pem if form == "as given" else begin + certificate + key)
    room = await sim.add_room("Birch")

    async with open_clients(graph_settings, ProcessLimits(0.5)) as clients:
        client = clients.of(tenancy(sim, credential="certificate"))
        assert await client.find_events(room, "0400") == []


async def test_a_key_that_is_not_the_certificates_is_refused(
    sim: Simulator, secrets_dir: Path, graph_settings: GraphSettings
) -> None:
    _, begin, certificate = sim.certificate_file.read_text().partition("-----BEGIN CERTIFICATE-----")
    (secrets_dir / "stranger").write_text(foreign_key() + begin + certificate)
    with pytest.raises(AuthenticationFailed, match="AADSTS700027"):
        await tokens_of(sim, graph_settings, "stranger").get()


async def test_a_refused_secret_is_named_and_not_quoted(sim: Simulator, secrets_dir: Path, tokens: Tokens) -> None:
    (secrets_dir / SECRET).write_text("wrong~secret")
    for _ in range(2):
        with pytest.raises(AuthenticationFailed, match="AADSTS7000215") as refused:
            await tokens.get()
        assert "wrong~secret" not in f"{refused.value!r} {refused.value.__cause__!r} {tokens!r} {vars(tokens)!r}"


async def test_a_secret_that_was_replaced_counts_at_once(sim: Simulator, secrets_dir: Path, tokens: Tokens) -> None:
    (secrets_dir / SECRET).write_text("wrong~secret")
    with pytest.raises(AuthenticationFailed):
        await tokens.get()

    (secrets_dir / SECRET).write_text(sim.client_secret)

    assert await tokens.get()


async def test_a_refused_credential_is_not_offered_again_and_again(
    sim: Simulator, secrets_dir: Path, tokens: Tokens
) -> None:
    (secrets_dir / SECRET).write_text("wrong~secret")
    with pytest.raises(AuthenticationFailed):
        await tokens.get()
    async with sim.faults({"match": ENTRA, "effect": {"status": 503, "code": "temporarily_unavailable"}}):
        with pytest.raises(AuthenticationFailed, match="AADSTS7000215"):
            await tokens.get()


async def test_a_credential_that_is_not_there_is_an_authentication_failure(
    sim: Simulator, graph_settings: GraphSettings
) -> None:
    with pytest.raises(CredentialUnusable) as missing:
        await tokens_of(sim, graph_settings, "elsewhere").get()
    assert str(missing.value) == (
        "The credential 'elsewhere' cannot be used: there is no such file in ROOMSYNC_SECRETS_DIR. Put the secret or "
        "the certificate into a file of this name there; Microsoft was not asked, and it is used at once."
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            "tenant_id",
            "(AADSTS90002): there is no such tenant. Correct the tenant id or the cloud of this connection.",
        ),
        (
            "client_id",
            "(AADSTS700016): the application is not known in this tenant. Check the client id and the tenant id of",
        ),
    ],
    ids=["tenant", "client"],
)
async def test_a_connection_with_a_wrong_id_says_which(
    sim: Simulator, graph_settings: GraphSettings, wrong: str, told: str
) -> None:
    other = "11111111-2222-4333-8444-555555555555"
    who = replace(tenancy(sim), tenant_id=other) if wrong == "tenant_id" else replace(tenancy(sim), client_id=other)
    tokens = Tokens(who, cloud_of(who, graph_settings), graph_settings.secrets_dir, graph_settings.graph_ca_file)

    with pytest.raises(AuthenticationFailed) as refused:
        await tokens.get()

    assert str(refused.value).startswith(f"Microsoft refuses the credential {SECRET!r} {told}")


@pytest.mark.parametrize(
    "effect", [{"status": 503, "code": "temporarily_unavailable"}, {"status": 429, "retry_after": 1}, {"reset": True}]
)
async def test_an_issuer_on_a_bad_day_is_asked_again_later(sim: Simulator, tokens: Tokens, effect: Json) -> None:
    async with sim.faults({"match": ENTRA, "effect": effect}):
        with pytest.raises(Transient):
            await tokens.get()
    assert await tokens.get()


async def test_an_issuer_that_is_not_there_is_a_matter_of_time(sim: Simulator, secrets_dir: Path) -> None:
    settings = settings_for(sim, secrets_dir, graph_simulator_login="https://127.0.0.1:9")
    with pytest.raises(LoginUnreachable, match="Check the network, the proxy and the firewall"):
        await tokens_of(sim, settings).get()


async def test_an_issuer_whose_certificate_is_not_trusted_is_told_apart(sim: Simulator, secrets_dir: Path) -> None:
    settings = settings_for(sim, secrets_dir, graph_ca_file=None)
    with pytest.raises(LoginUnreachable, match="its TLS certificate cannot be verified"):
        await tokens_of(sim, settings).get()


async def test_the_environment_does_not_decide_whom_to_trust(
    tokens: Tokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none.pem").write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert await tokens.get()


async def test_a_refused_token_is_replaced_once_and_the_call_works(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults({"match": {"mailbox": room}, "effect": {"status": 401}, "times": 1}):
        assert await client.find_events(room, "0400") == []
    assert [call["status"] for call in await sim.requests(room)] == [401, 200]


async def test_a_token_refused_twice_says_that_the_credential_does_not_count(
    sim: Simulator, client: GraphClient
) -> None:
    room = await sim.add_room("Birch")
    async with sim.faults({"match": {"mailbox": room}, "effect": {"status": 401}}):
        with pytest.raises(AuthenticationFailed):
            await client.find_events(room, "0400")
    assert len(await sim.requests(room)) == 2


async def test_tokens_that_are_out_of_date_on_arrival_are_an_authentication_failure(
    sim: Simulator, client: GraphClient
) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/tokens", {"expires_in": -60})
    with pytest.raises(AuthenticationFailed):
        await client.find_events(room, "0400")
    await sim.ask("PUT", "/tokens", {"expires_in": 3599})
    assert await client.find_events(room, "0400") == []


async def test_a_server_of_another_authority_is_not_trusted(sim: Simulator, secrets_dir: Path) -> None:
    settings = settings_for(sim, secrets_dir, graph_ca_file=None)
    async with open_clients(settings, ProcessLimits(0.5)) as clients:
        with pytest.raises(GraphError):
            await clients.of(tenancy(sim)).find_events("birch@example.org", "0400")
