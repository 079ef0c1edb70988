"""Which tokens count. The issuer's keys come over HTTPS from a server of its own."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.policy.api.keys import KeysUnavailable
from services.policy.api.tokens import Caller, Role, TokenRefused, TokenVerifier, open_verifier
from tests.integration.policy_api.issuer import Issuer, open_issuer


class Clock:
    """A wall clock that tests can set forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with open_issuer(tmp_path) as issuer:
        yield issuer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def verifier(issuer: Issuer, clock: Clock) -> AsyncIterator[TokenVerifier]:
    async with open_verifier(issuer.settings(), clock) as verifier:
        yield verifier


async def test_a_token_of_the_issuer_names_its_caller_and_roles(issuer: Issuer, verifier: TokenVerifier) -> None:
    caller = await verifier.caller(issuer.token("admin", "viewer", "something-else", oid="someone", tid="tenant"))
    assert caller == Caller("tenant:someone", frozenset({Role.ADMIN, Role.VIEWER}))


async def test_ps256_counts_too(issuer: Issuer, verifier: TokenVerifier) -> None:
    caller = await verifier.caller(issuer.signed(issuer.claims("viewer"), algorithm="PS256"))
    assert caller.roles == {Role.VIEWER}


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "api://another"},
        {"aud": None},
        {"iss": "https://sts.example.org/v2.0"},
        {"iss": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": int(time.time()) + 3600},
        {"oid": None},
        {"oid": 7},
    ],
    ids=str,
)
async def test_a_token_with_wrong_claims_does_not_count(
    issuer: Issuer, verifier: TokenVerifier, changed: dict[str, object]
) -> None:
    with pytest.raises(TokenRefused):
        await verifier.caller(issuer.token("admin", **changed))


async def test_a_token_is_refused_once_its_time_has_passed(
    issuer: Issuer, verifier: TokenVerifier, clock: Clock
) -> None:
    token = issuer.token("viewer")
    await verifier.caller(token)
    clock.ahead = timedelta(hours=2)
    with pytest.raises(TokenRefused):
        await verifier.caller(token)


async def test_a_token_of_a_foreign_key_does_not_count(issuer: Issuer, verifier: TokenVerifier) -> None:
    foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    token = jwt.encode(issuer.claims("admin"), foreign, algorithm="RS256", headers={"kid": next(iter(issuer.keys))})
    with pytest.raises(TokenRefused):
        await verifier.caller(token)


async def test_the_algorithm_is_not_the_tokens_to_choose(issuer: Issuer, verifier: TokenVerifier) -> None:
    claims, (key_id, key) = issuer.claims("admin"), next(iter(issuer.keys.items()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": key_id})
    stripped = unsigned.rsplit(".", 1)[0] + "." + issuer.token("admin").rsplit(".", 1)[1]
    header = base64.urlsafe_b64encode(orjson.dumps({"alg": "HS256", "typ": "JWT", "kid": key_id})).rstrip(b"=")
    body = base64.urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=")
    digest = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    mac = base64.urlsafe_b64encode(digest.sign(header + b"." + body, public)).rstrip(b"=")
    confused = b".".join((header, body, mac)).decode()
    for token in (unsigned, stripped, confused):
        with pytest.raises(TokenRefused):
            await verifier.caller(token)
    assert issuer.asked == 0


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ä.ö.ü", "." * 300, "x" * 20_000])
async def test_what_is_no_token_is_refused_without_asking_the_issuer(
    issuer: Issuer, verifier: TokenVerifier, token: str
) -> None:
    with pytest.raises(TokenRefused):
        await verifier.caller(token)
    assert issuer.asked == 0


async def test_many_callers_at_once_fetch_the_keys_once(issuer: Issuer, verifier: TokenVerifier) -> None:
    await asyncio.gather(*(verifier.caller(issuer.token("viewer")) for _ in range(20)))
    assert issuer.asked == 1


async def test_a_new_key_is_found_and_the_old_one_no_longer_counts(
    issuer: Issuer, verifier: TokenVerifier, clock: Clock
) -> None:
    old = issuer.token("viewer")
    await verifier.caller(old)
    issuer.rotate("key-2")
    clock.ahead = timedelta(seconds=11)
    await verifier.caller(issuer.token("viewer"))
    with pytest.raises(TokenRefused):
        await verifier.caller(old)


async def test_unknown_keys_cannot_make_us_ask_often(issuer: Issuer, verifier: TokenVerifier) -> None:
    await verifier.caller(issuer.token("viewer"))
    for number in range(20):
        with pytest.raises(TokenRefused):
            await verifier.caller(issuer.signed(issuer.claims("viewer"), key_id=f"unknown-{number}"))
    assert issuer.asked == 1


async def test_known_keys_outlive_an_issuer_that_is_away(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    await verifier.caller(issuer.token("viewer"))
    issuer.is_away = True
    clock.ahead = timedelta(hours=25)
    claims = issuer.claims("viewer", exp=int(time.time()) + 48 * 3600)
    assert (await verifier.caller(issuer.signed(claims))).roles == {Role.VIEWER}


async def test_without_any_keys_nothing_can_be_told(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    issuer.is_away = True
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            await verifier.caller(issuer.token("viewer"))
    assert issuer.asked == 1
    issuer.is_away, clock.ahead = False, timedelta(seconds=2)
    await verifier.caller(issuer.token("viewer"))


async def test_an_issuer_under_another_authority_is_not_believed(issuer: Issuer, clock: Clock) -> None:
    settings = issuer.settings().model_copy(update={"api_ca_file": None})
    async with open_verifier(settings, clock) as verifier:
        with pytest.raises(KeysUnavailable):
            await verifier.caller(issuer.token("viewer"))
