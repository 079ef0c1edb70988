"""Which tokens count. The issuer's keys come over HTTPS from a server of its own."""

import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.policy.api.tokens import TokenVerifier, open_verifier
from services.policy.commands.callers import Caller, KeysUnavailable, Role, TokenRefused
from tests.integration.policy_api.issuer import AUDIENCE, Issuer, open_issuer


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


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Grace Hopper", "preferred_username": "grace@example.org"}, "Grace Hopper"),
        ({"preferred_username": "grace@example.org"}, "grace@example.org"),
        ({"app_displayname": "Catering"}, "Catering"),
        ({"name": 7}, None),
        ({"name": "Grace\x00\n  Hopper\u202e"}, "Grace Hopper"),
        ({"name": "\x00"}, None),
        ({"name": "x" * 300}, "x" * 255),
        ({}, None),
    ],
    ids=str,
)
async def test_a_caller_has_the_name_that_people_know_it_by(
    issuer: Issuer, verifier: TokenVerifier, claims: dict[str, object], name: str | None
) -> None:
    caller = await verifier.caller(issuer.token("admin", **claims))

    assert caller.name == name


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
        {"exp": 1_000_000_000},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": 4_000_000_000},
        {"nbf": "now"},
        {"aud": []},
        {"aud": ["api://another", "api://roomsync/"]},
        {"aud": {"api://roomsync": True}},
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


async def test_one_audience_of_several_suffices(issuer: Issuer, verifier: TokenVerifier) -> None:
    await verifier.caller(issuer.token("viewer", aud=["api://another", AUDIENCE]))


async def test_tokens_of_both_versions_count_where_both_are_named(issuer: Issuer, clock: Clock) -> None:
    first, second = ("https://sts.windows.net/tenant/", AUDIENCE), (f"{issuer.url}/v2.0", "the client id")
    both = {"api_issuer": f"{first[0]}, {second[0]}", "api_audience": f"{first[1]},{second[1]}"}
    async with open_verifier(issuer.settings().model_copy(update=both), clock) as verifier:
        for iss, aud in (first, second):
            await verifier.caller(issuer.token("viewer", iss=iss, aud=aud))
        for name, value in (("iss", "https://sts.windows.net/other/"), ("aud", both["api_audience"])):
            with pytest.raises(TokenRefused):
                await verifier.caller(issuer.token("viewer", **{name: value}))


@pytest.mark.parametrize("roles", [None, [], "admin", {"admin": True}, ["Admin", "owner", 7, None]], ids=str)
async def test_a_token_without_a_role_of_ours_names_a_caller_who_may_do_nothing(
    issuer: Issuer, verifier: TokenVerifier, roles: object
) -> None:
    assert (await verifier.caller(issuer.token(roles=roles))).roles == frozenset()


@pytest.mark.parametrize(
    ("changed", "counts"),
    [({"exp": -29}, True), ({"exp": -31}, False), ({"nbf": 29}, True), ({"nbf": 31}, False)],
    ids=str,
)
async def test_half_a_minute_of_skew_is_forgiven(issuer: Issuer, changed: dict[str, int], *, counts: bool) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    token = issuer.token("viewer", **{name: int(now.timestamp()) + seconds for name, seconds in changed.items()})
    async with open_verifier(issuer.settings(), lambda: now) as verifier:
        with contextlib.nullcontext() if counts else pytest.raises(TokenRefused):
            await verifier.caller(token)


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


async def test_a_key_set_of_any_usual_size_is_read_whole(issuer: Issuer, verifier: TokenVerifier) -> None:
    issuer.padding = 500_000
    assert (await verifier.caller(issuer.token("viewer"))).roles == {Role.VIEWER}


async def test_a_key_set_without_end_is_not_read(issuer: Issuer, verifier: TokenVerifier) -> None:
    issuer.padding = 2_000_000
    with pytest.raises(KeysUnavailable):
        await verifier.caller(issuer.token("viewer"))


async def test_an_issuer_that_hangs_keeps_nobody_waiting_whose_key_is_known(
    issuer: Issuer, verifier: TokenVerifier, clock: Clock
) -> None:
    token = issuer.token("viewer", exp=int(time.time()) + 48 * 3600)
    await verifier.caller(token)
    issuer.hanging, clock.ahead = asyncio.Event(), timedelta(hours=25)
    first = asyncio.create_task(verifier.caller(token))
    async with asyncio.timeout(3):
        await issuer.hanging.wait()
        assert (await verifier.caller(token)).roles == {Role.VIEWER}
    assert not first.done()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


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
