"""What is wrong with what is ours: rooms that were not proved, certificates, database, broker, clocks, settings."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from libs.graph.cloud import Cloud
from services.doctor.checks.broker import SeenBroker, judge_broker
from services.doctor.checks.clock import judge_clock
from services.doctor.checks.connection import SeenConnection, judge_connection, judge_scope
from services.doctor.checks.database import SeenDatabase, judge_database
from services.doctor.checks.rooms import judge_rooms
from services.doctor.checks.settings import judge_sentences, judge_settings
from services.doctor.checks.webhook import SeenCertificate, judge_certificate, judge_handshake, unusable
from services.doctor.installation import KnownInstallation
from services.findings.finding import FindingCode
from services.findings.registry import fill_in
from services.ingest.store.subscriptions import ShownSubscription
from tests.unit.doctor.rooms import AULA, CONNECTION, NOW, room

CLOUD = Cloud("https://login.example", "https://graph.example/v1.0")
ALL = frozenset({"Calendars.ReadWrite", "Place.Read.All", "MailboxSettings.Read"})
DATABASE = SeenDatabase("db.example", 160_004, "16.4", frozenset({"btree_gist", "pg_trgm"}), {"policy": "0040"})
BROKER = SeenBroker("mq.example", "4.1.2", queues=10)
DAY = timedelta(days=1)


def certificate(left: float, life: float = 365) -> list[FindingCode]:
    seen = SeenCertificate(NOW + (left - life) * DAY, NOW + left * DAY)
    return [each.code for each in judge_certificate("https://rooms.example", seen, now=NOW)]


def test_a_certificate_is_told_of_60_30_and_7_days_before_its_end() -> None:
    limits = {61: [], 60: ["RS223"], 31: ["RS223"], 30: ["RS224"], 8: ["RS224"], 7: ["RS225"], -1: ["RS225"]}

    assert {left: certificate(left) for left in limits} == limits


def test_a_certificate_that_machines_renew_a_month_before_its_end_is_told_of_later() -> None:
    assert [certificate(left, 90) for left in (30, 23, 22, 11, 7)] == [[], [], ["RS223"], ["RS224"], ["RS225"]]


@pytest.mark.parametrize(
    ("address", "is_usable"),
    [
        ("https://rooms.contoso.com", True),
        ("https://rooms.contoso.com:8443", True),
        ("http://rooms.contoso.com", False),
        ("https://rooms.contoso.com/hook", False),
        ("https://localhost", False),
        ("https://10.1.2.3", False),
        ("https://ingest.roomsync.internal", False),
        ("https://ingest", False),
    ],
)
def test_only_an_https_origin_on_the_internet_is_of_use_to_microsoft(address: str, is_usable: bool) -> None:
    assert (unusable(address) is None) == is_usable


def test_a_handshake_has_to_be_answered_with_the_token_as_plain_text() -> None:
    assert judge_handshake("/a", 200, "text/plain", True) is None
    assert all(
        judge_handshake("/a", *wrong)
        for wrong in ((502, "text/plain", True), (200, "text/html", True), (200, "text/plain", False))
    )


def known(**fields: Any) -> KnownInstallation:
    return replace(KnownInstallation(NOW, [CONNECTION], [AULA], {}, []), **fields)


def subscription(**fields: Any) -> ShownSubscription:
    lives = ShownSubscription(AULA.space_id, AULA.room_mailbox, "active", "id", NOW + DAY, None, NOW, 0, None)
    return replace(lives, **fields)


def codes_of_rooms(found: KnownInstallation, *subscriptions: ShownSubscription, interval_s: int = 300) -> list[str]:
    return [each.code for each in judge_rooms(found, subscriptions, timedelta(seconds=interval_s))]


def test_a_room_is_told_of_once_three_comparisons_were_due_without_a_proof() -> None:
    stale = known(rooms=[room(agreed_at=NOW - timedelta(minutes=16))])

    assert codes_of_rooms(known(), subscription()) == []
    assert codes_of_rooms(stale) == ["RS233"]
    assert codes_of_rooms(stale, interval_s=600) == []
    assert codes_of_rooms(known(rooms=[room(agreed_at=None, known_since=NOW - timedelta(hours=1))])) == ["RS233"]
    assert codes_of_rooms(known(rooms=[room(agreed_at=None)])) == []


def test_a_subscription_that_nobody_renewed_is_told_of_since_it_expired() -> None:
    [found] = judge_rooms(known(), [subscription(expires_at=NOW - DAY)], timedelta(minutes=5))

    assert (found.code, found.since) == (FindingCode.SUBSCRIPTION_EXPIRED, NOW - DAY)


def test_what_a_standing_finding_explains_is_not_told_again() -> None:
    stale = room(agreed_at=NOW - DAY)
    words = {"room_mailbox": "", "detail": "", "mailbox_word": "", "client_id": "", "space_id": ""}
    standing = fill_in(FindingCode.MAILBOX_OUT_OF_REACH, "a room", NOW, words)
    explained = standing.model_copy(update={"space_id": AULA.space_id})

    assert codes_of_rooms(known(rooms=[stale], standing=[explained])) == []


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, []),
        ({"version_number": 130_011, "version": "13.11"}, ["RS252"]),
        ({"extensions": frozenset({"btree_gist"})}, ["RS253"]),
        ({"newest": {"policy": "0038"}}, ["RS254"]),
        ({"newest": {"policy": None}}, ["RS254"]),
        ({"newest": {"policy": "0041"}}, ["RS255"]),
    ],
    ids=["well", "too-old", "no-extension", "behind", "not-migrated", "ahead"],
)
def test_a_database_is_judged_by_its_version_extensions_and_migrations(changed: Any, codes: list[str]) -> None:
    found = judge_database(replace(DATABASE, **changed), {"policy": ["0001", "0038", "0040"]}, now=NOW)

    assert [each.code for each in found] == codes


@pytest.mark.parametrize(
    ("changed", "alarm", "quorum", "codes"),
    [
        ({}, None, None, []),
        ({"version": "3.9.13"}, None, None, ["RS242"]),
        ({"version": "3.10.0"}, None, None, []),
        ({"lacking": ["roomsync.policy.0"]}, None, None, ["RS243"]),
        ({"unlike": [("roomsync.policy.0", "It is classic.")]}, None, None, ["RS244"]),
        ({}, "memory", None, ["RS245"]),
        ({"parked_count": 2}, None, None, ["RS246"]),
        ({}, None, "one node", ["RS247"]),
    ],
    ids=["well", "too-old", "old-enough", "lacking", "unlike", "alarm", "parked", "quorum"],
)
def test_a_broker_is_judged_by_what_it_shows(
    changed: Any, alarm: str | None, quorum: str | None, codes: list[str]
) -> None:
    assert [each.code for each in judge_broker(replace(BROKER, **changed), alarm, quorum, now=NOW)] == codes


@pytest.mark.parametrize(
    ("seen", "codes"),
    [
        (SeenConnection(CONNECTION, ALL), []),
        (SeenConnection(CONNECTION, ALL - {"Place.Read.All"}), ["RS203"]),
        (SeenConnection(CONNECTION, ALL - {"Calendars.ReadWrite"}), []),
        (SeenConnection(CONNECTION, ALL | {"Mail.ReadWrite"}), ["RS204"]),
        (SeenConnection(CONNECTION, refused="The secret has expired."), ["RS201"]),
        (SeenConnection(CONNECTION, away="No answer."), ["RS207"]),
    ],
    ids=["well", "no-places", "calendars-by-exchange", "unused", "refused", "away"],
)
def test_a_connection_is_judged_by_its_token(seen: SeenConnection, codes: list[str]) -> None:
    assert [each.code for each in judge_connection(seen, CLOUD, now=NOW)] == codes


def test_whoever_was_reached_is_named_only_if_somebody_named_the_mailbox() -> None:
    [named] = judge_scope(CONNECTION, "grace@example.org", is_named=True, now=NOW)
    [unnamed] = judge_scope(CONNECTION, "grace@example.org", is_named=False, now=NOW)

    assert "grace@example.org" in named.finding
    assert "grace" not in unnamed.model_dump_json()
    assert list(judge_scope(CONNECTION, None, is_named=True, now=NOW)) == []


def test_clocks_may_differ_by_half_a_minute() -> None:
    apart = {30: 0, 31: 1, -31: 1}
    found = {s: len(list(judge_clock("it", NOW + timedelta(seconds=s), NOW, now=NOW))) for s in apart}
    assert found == apart


SAME = SecretStr("s" * 40)


@pytest.mark.parametrize(
    ("values", "about"),
    [
        ({"series_ahead_days": 400, "sweep_look_ahead_days": 366}, "ROOMSYNC_SWEEP_LOOK_AHEAD_DAYS"),
        ({"history_days": 100, "personal_data_days": 400}, "ROOMSYNC_PERSONAL_DATA_DAYS"),
        ({"sweep_interval_s": 30.0, "sweep_polling_interval_s": 90.0}, "ROOMSYNC_SWEEP_POLLING_INTERVAL_S"),
        ({"client_state_secrets": SAME, "link_secrets": SAME}, "ROOMSYNC_LINK_SECRETS"),
        ({"ingest_public_url": "https://a/", "policy_public_url": "https://a"}, "ROOMSYNC_POLICY_PUBLIC_URL"),
        (
            {
                "api_issuer": "https://sts.windows.net/one/",
                "api_jwks_url": "https://login.microsoftonline.com/two/discovery/v2.0/keys",
            },
            "ROOMSYNC_API_JWKS_URL",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_settings_that_contradict_each_other_are_told_without_their_secrets(values: Any, about: str) -> None:
    [found] = judge_settings(values, now=NOW)

    assert (found.code, found.subject) == (FindingCode.SETTINGS_CONTRADICT, about)
    assert "ssss" not in found.model_dump_json()


def test_settings_that_agree_and_those_that_are_not_known_contradict_nothing() -> None:
    agreeing = {"series_ahead_days": 366, "sweep_look_ahead_days": 366, "history_days": 0, "personal_data_days": 400}

    assert list(judge_settings(agreeing, now=NOW)) == list(judge_settings({}, now=NOW)) == []
    assert [each.subject for each in judge_sentences(["ROOMSYNC_SHARDS must be a whole number."], now=NOW)] == [
        "ROOMSYNC_SHARDS"
    ]
