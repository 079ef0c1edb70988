"""What our application has registered may be added to, expire and be revoked, and Entra refuses the rest by number."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from deploy.driver.http import RequestRefused
from tests.contract.graphsim.graph import Graph, Json
from tests.contract.graphsim.microsoft import SCOPES, application_token, confidential_client
from tests.support.proofs import certificate_pem, identity, new_key, trusted_identity
from tests.support.simulator import Simulator


def ask(sim: Simulator, proof: Any) -> Json:
    answer: Json = confidential_client(sim, proof).acquire_token_for_client(SCOPES)
    return answer


def certificate(pem: str) -> Json:
    key, separator, public = pem.partition("-----BEGIN CERTIFICATE-----")
    return {"private_key": key, "public_certificate": separator + public}


async def test_a_secret_that_was_added_counts_until_it_is_revoked(sim: Simulator) -> None:
    added = await sim.add_credential(kind="secret")
    assert "access_token" in ask(sim, added["secret"])

    await sim.revoke_credential(added["id"])

    assert ask(sim, added["secret"])["error_codes"] == [7000215]
    assert "access_token" in ask(sim, sim.client_secret)


async def test_a_secret_that_expired_is_refused_as_such(sim: Simulator) -> None:
    added = await sim.add_credential(kind="secret")
    await sim.expire_credential(added["id"])
    assert ask(sim, added["secret"])["error_codes"] == [7000222]


async def test_a_certificate_that_was_added_counts_until_it_is_revoked(sim: Simulator) -> None:
    pem = certificate_pem()
    assert ask(sim, certificate(pem))["error_codes"] == [700027]
    added = await sim.add_credential(kind="certificate", pem=pem)
    assert "access_token" in ask(sim, certificate(pem))

    await sim.revoke_credential(added["id"])

    assert ask(sim, certificate(pem))["error_codes"] == [700027]


async def test_a_certificate_that_expired_is_refused_as_such(sim: Simulator) -> None:
    pem = certificate_pem(ends=timedelta(minutes=-1))
    await sim.add_credential(kind="certificate", pem=pem)
    assert ask(sim, certificate(pem))["error_codes"] == [1000502]


async def test_an_identity_of_another_issuer_gets_a_token_that_graph_takes(sim: Simulator) -> None:
    await sim.add_credential(**trusted_identity())
    room = await sim.add_room("Birch")
    token = application_token(sim, {"client_assertion": identity})
    assert (await Graph(sim.http, sim.base_url, token).send("GET", f"/users/{room}/events")).status == 200


@pytest.mark.parametrize(
    ("wrong", "number"),
    [
        ({"issuer": "https://elsewhere.example"}, 700211),
        ({"subject": "system:serviceaccount:roomsync:another"}, 700213),
        ({"audience": "api://elsewhere"}, 700212),
        ({"lasts": timedelta(seconds=-1)}, 700024),
        ({"key": new_key()}, 50013),
    ],
    ids=["issuer", "subject", "audience", "expired", "signature"],
)
async def test_an_identity_that_is_not_the_trusted_one_is_refused_by_what_differs(
    sim: Simulator, wrong: Any, number: int
) -> None:
    await sim.add_credential(**trusted_identity())
    assert ask(sim, {"client_assertion": partial(identity, **wrong)})["error_codes"] == [number]


async def test_an_identity_is_refused_where_none_is_trusted(sim: Simulator) -> None:
    assert ask(sim, {"client_assertion": identity})["error_codes"] == [70025]


async def test_it_is_told_which_credential_got_tokens_and_no_secret(sim: Simulator) -> None:
    ask(sim, sim.client_secret)
    listed = await sim.credentials()
    assert {each["kind"]: each["tokens"] for each in listed} == {"secret": 1, "certificate": 0}
    assert sim.client_secret not in str(listed)


async def test_tokens_that_were_revoked_count_no_longer_and_new_ones_do(sim: Simulator) -> None:
    room = await sim.add_room("Birch")
    old = application_token(sim)
    await sim.revoke_tokens()
    statuses = [
        (await Graph(sim.http, sim.base_url, token).send("GET", f"/users/{room}/events")).status
        for token in (old, application_token(sim))
    ]
    assert statuses == [401, 200]


@pytest.mark.parametrize("body", [{}, {"kind": "pfx"}, {"kind": "certificate", "pem": "none"}, {"kind": "federated"}])
async def test_what_is_no_credential_is_refused(sim: Simulator, body: Json) -> None:
    with pytest.raises(RequestRefused) as refused:
        await sim.ask("POST", "/credentials", body)
    assert refused.value.status == 400
