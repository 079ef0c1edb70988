"""C12: two credentials at once, tried in order, replaced without a restart, and each one's state known."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.graph.auth import CredentialState, Tokens
from libs.graph.clients import ProcessLimits, open_clients
from libs.graph.cloud import cloud_of
from libs.graph.credentials import CredentialKind
from libs.graph.errors import AuthenticationFailed, CredentialUnusable
from libs.graph.settings import GraphSettings
from tests.contract.graph.tenant import SECRET, tenancy
from tests.support.proofs import certificate_pem, identity, trusted_identity
from tests.support.simulator import Simulator

NOW_S = 0.0
"""Ask Entra about every credential, however lately it accepted it."""

LATER_S = 3600.0
WRONG = "wrong~secret~that~nobody~registered"


class Tenant:
    """A directory of credentials, and the tokens that they get."""

    def __init__(self, sim: Simulator, settings: GraphSettings, secrets_dir: Path) -> None:
        self.sim = sim
        self._settings = settings
        self._secrets_dir = secrets_dir

    def put(self, name: str, text: str) -> str:
        (self._secrets_dir / name).write_text(text)
        return name

    def tokens(self, *names: str) -> Tokens:
        who = tenancy(self.sim, *names[1:], credential=names[0])
        return Tokens(who, cloud_of(who, self._settings), self._secrets_dir, self._settings.graph_ca_file)

    async def certificate(self) -> str:
        """A certificate that is registered."""
        pem = certificate_pem()
        await self.sim.add_credential(kind="certificate", pem=pem)
        return self.put("certificate", pem)

    async def secret(self, name: str = "another") -> tuple[str, str]:
        """Another secret that is registered; its name here, and its id in Entra."""
        added = await self.sim.add_credential(kind="secret")
        return self.put(name, added["secret"]), added["id"]

    async def identity(self) -> str:
        """A workload identity that is trusted."""
        await self.sim.add_credential(**trusted_identity())
        return self.put("identity", identity())


@pytest.fixture
def tenant(sim: Simulator, graph_settings: GraphSettings, secrets_dir: Path) -> Tenant:
    return Tenant(sim, graph_settings, secrets_dir)


async def states(tokens: Tokens, asked_again_after_s: float = NOW_S) -> dict[str, CredentialState]:
    return {each.name: each for each in await tokens.check(asked_again_after_s)}


async def in_use(tokens: Tokens) -> Sequence[str]:
    return [each.name for each in await tokens.check(LATER_S) if each.is_in_use]


@pytest.mark.parametrize("turned", [False, True], ids=["as named", "turned around"])
async def test_a_workload_identity_comes_before_a_certificate_and_that_before_a_secret(
    tenant: Tenant, *, turned: bool
) -> None:
    by_preference = [await tenant.identity(), await tenant.certificate(), SECRET]
    for pair in (by_preference[:2], by_preference[1:]):
        tokens = tenant.tokens(*(reversed(pair) if turned else pair))
        await tokens.get()
        assert await in_use(tokens) == [pair[0]]


async def test_of_two_secrets_the_one_that_is_named_first_is_used(tenant: Tenant) -> None:
    another, _ = await tenant.secret()
    tokens = tenant.tokens(another, SECRET)
    await tokens.get()
    assert await in_use(tokens) == [another]


@pytest.mark.parametrize(
    ("preferred", "problem"),
    [
        (WRONG, "AADSTS7000215"),
        (certificate_pem(), "AADSTS700027"),
        (certificate_pem(ends=timedelta(days=-1)), "certificate expired at"),
        (identity(lasts=timedelta(days=1)), "AADSTS70025"),
        (identity(lasts=timedelta(hours=-1)), "token of the workload identity expired at"),
        ("", "file is empty"),
        (None, "no such file"),
    ],
    ids=["secret", "certificate", "expired certificate", "identity", "expired identity", "empty file", "no file"],
)
async def test_the_other_credential_is_used_where_one_is_refused_which_is_told(
    tenant: Tenant, preferred: str | None, problem: str
) -> None:
    first = "preferred" if preferred is None else tenant.put("preferred", preferred)
    tokens = tenant.tokens(first, SECRET)

    assert await tokens.get()

    known = await states(tokens)
    assert problem in (known[first].problem or "")
    assert (known[SECRET].is_in_use, known[SECRET].is_accepted, known[SECRET].problem) == (True, True, None)
    assert not known[first].is_in_use
    assert WRONG not in f"{known} {tokens!r} {vars(tokens)}"


async def test_if_both_are_refused_both_are_told(tenant: Tenant) -> None:
    tokens = tenant.tokens(tenant.put("one", WRONG), tenant.put("two", certificate_pem()))
    with pytest.raises(AuthenticationFailed) as refused:
        await tokens.get()
    assert "'two' (AADSTS700027)" in str(refused.value)
    assert "'one' (AADSTS7000215)" in str(refused.value)
    assert not isinstance(refused.value, CredentialUnusable)


async def test_the_token_of_a_workload_identity_is_read_anew_for_each_token(tenant: Tenant, tmp_path: Path) -> None:
    await tenant.sim.add_credential(**trusted_identity())
    projected = tmp_path / "projected"
    projected.write_text(identity(lasts=timedelta(hours=-1)))
    tokens = tenant.tokens(tenant.put("identity", f'{{"federated_token_file": "{projected}"}}'))
    with pytest.raises(AuthenticationFailed, match="expired"):
        await tokens.get()

    projected.write_text(identity())

    assert await tokens.get()
    assert (await states(tokens))["identity"].expires_at is None


async def test_a_check_learns_that_a_credential_was_revoked_and_the_token_it_got_is_kept(tenant: Tenant) -> None:
    another, id_ = await tenant.secret()
    tokens = tenant.tokens(another, SECRET)
    token = await tokens.get()
    assert (await states(tokens))[another].problem is None

    await tenant.sim.revoke_credential(id_)

    assert (await states(tokens, LATER_S))[another].problem is None, "it was asked about just now"
    known = await states(tokens)
    assert "AADSTS7000215" in (known[another].problem or "")
    assert known[another].is_in_use
    assert await tokens.get() == token
    tokens.drop(token)
    assert await tokens.get() != token
    assert await in_use(tokens) == [SECRET]


async def test_a_check_asks_at_once_about_what_was_replaced(tenant: Tenant) -> None:
    name = tenant.put("renewed", WRONG)
    tokens = tenant.tokens(SECRET, name)
    assert "AADSTS7000215" in ((await states(tokens, LATER_S))[name].problem or "")

    tenant.put(name, tenant.sim.client_secret)

    assert (await states(tokens, LATER_S))[name].is_accepted


async def test_a_check_keeps_what_it_knew_while_entra_does_not_answer(tenant: Tenant) -> None:
    tokens = tenant.tokens(SECRET, tenant.put("wrong", WRONG))
    before = await states(tokens)
    async with tenant.sim.faults({"match": {"path": "/oauth2/"}, "effect": {"status": 503}}):
        assert await states(tokens) == before


async def test_a_check_shows_what_each_is_and_until_when(tenant: Tenant) -> None:
    certificate = await tenant.certificate()
    dated = tenant.put("dated", f'{{"secret": "{tenant.sim.client_secret}", "expires": "2030-01-01"}}')
    known = await states(tenant.tokens(certificate, dated))

    assert (known[certificate].kind, known[dated].kind) == (CredentialKind.CERTIFICATE, CredentialKind.SECRET)
    assert [each.expires_at is not None for each in known.values()] == [True, True]
    assert known[certificate].is_in_use, "without a token, the check gets one"
    assert tenant.sim.client_secret not in repr(known)
    listed = {each.get("thumbprint"): each["tokens"] for each in await tenant.sim.credentials()}
    assert listed[known[certificate].thumbprint] == 1


async def test_other_credentials_of_the_same_application_leave_the_token_in_use(
    tenant: Tenant, graph_settings: GraphSettings
) -> None:
    another, _ = await tenant.secret()
    async with open_clients(graph_settings, ProcessLimits(0.5)) as clients:
        before = clients.tokens_of(tenancy(tenant.sim))
        token = await before.get()

        after: Any = clients.tokens_of(tenancy(tenant.sim, credential=another))

        assert await after.get() == token
        after.drop(token)
        assert await after.get() != token
        assert await in_use(after) == [another]
        assert clients.of(tenancy(tenant.sim)) is clients.of(tenancy(tenant.sim, credential=another))
