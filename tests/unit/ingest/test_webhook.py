"""The webhook as Graph meets it, on the in-memory bus."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given, settings
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from libs.common.bus.journal import NoJournal
from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import BrokerUnavailable, Envelope, Unroutable
from libs.common.codec import Codec
from libs.common.topology import Consumer, Topology
from libs.contracts.messages import CATALOGUE, LifecycleNotified, OutlookNotified
from libs.contracts.topology import LISTENERS
from services.ingest.core.client_state import sign
from services.ingest.core.queue_shares import AT_ONCE
from services.ingest.web.app import LARGEST_BODY, Webhook, create_app
from services.ingest.web.receipt import ENTRIES
from tests.unit.ingest.test_notifications import AS_REPORTED, OTHER_SPACE, SECRETS, SPACE, an_entry, any_json

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TOPOLOGY = Topology([Consumer(name, types) for name, types in LISTENERS.items()], shards=2)
CODEC = Codec(CATALOGUE, TOPOLOGY)
PATHS = ["/graph/notifications", "/graph/lifecycle"]


def client_of(bus: MemoryBus, secrets: Sequence[str] = SECRETS) -> httpx2.AsyncClient:
    app = create_app(Webhook(bus, CODEC, secrets, lambda: NOW), {})
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="https://hook.example.org")


class Recording(NoJournal):
    """A broker that confirms at once. `taken` empties it."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def add(self, deliveries: Sequence[tuple[str, Envelope]]) -> None:
        self.envelopes += [envelope for _, envelope in deliveries]

    def taken(self) -> list[Any]:
        """What was published since the last time."""
        messages = [CODEC.message(envelope) for envelope in self.envelopes]
        self.envelopes.clear()
        return messages


@pytest.fixture
def broker() -> Recording:
    return Recording()


@pytest.fixture
async def http(broker: Recording) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(MemoryBus(TOPOLOGY, broker)) as client:
        yield client


TOKEN = "Validation: Testing client application reachability for subscription Request-Id: 4ff97a3a +/%=&?#ä"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("token", "echo"),
    [
        pytest.param(TOKEN, TOKEN, id="as Graph sends it"),
        pytest.param("t" * 2048, "t" * 2048, id="long"),
        pytest.param("", "", id="empty"),
        pytest.param(
            "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", id="markup is nobody's to run"
        ),
    ],
)
async def test_the_handshake_echoes_the_decoded_token_as_plain_text(
    http: httpx2.AsyncClient, path: str, token: str, echo: str
) -> None:
    answer = await http.post(
        f"{path}?validationToken={quote(token, safe='')}", headers={"content-type": "text/plain; charset=utf-8"}
    )

    assert (answer.status_code, answer.text) == (200, echo)
    assert answer.headers["content-type"].partition(";")[0] == "text/plain"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_blank_of_the_token_may_come_as_a_plus(http: httpx2.AsyncClient) -> None:
    assert (await http.post("/graph/notifications?validationToken=a+b%2Bc")).text == "a b+c"


async def test_strangers_see_no_metrics(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/metrics")).status_code == 404


async def test_a_token_longer_than_any_of_graphs_is_refused(http: httpx2.AsyncClient) -> None:
    assert (await http.post("/graph/notifications?validationToken=" + "t" * 2049)).status_code == 400


async def test_a_change_is_queued_and_then_accepted(http: httpx2.AsyncClient, broker: Recording) -> None:
    answer = await http.post("/graph/notifications", json={"value": [an_entry("AA-_=")]})

    assert (answer.status_code, answer.content) == (202, b"")
    assert broker.taken() == [OutlookNotified(space_id=SPACE, event_id="AA-_=", change="updated", received_at=NOW)]


@pytest.mark.parametrize("path", PATHS)
async def test_either_address_takes_either_kind(http: httpx2.AsyncClient, broker: Recording, path: str) -> None:
    both = {"value": [an_entry("A"), {**AS_REPORTED, "lifecycleEvent": "missed"}]}

    assert (await http.post(path, json=both)).status_code == 202

    assert broker.taken() == [
        OutlookNotified(space_id=SPACE, event_id="A", change="updated", received_at=NOW),
        LifecycleNotified(space_id=SPACE, generation=5, event="missed"),
    ]


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(None, id="none"),
        pytest.param(7, id="a number"),
        pytest.param("forged", id="wrong"),
        pytest.param("\ud800", id="half a surrogate pair"),
        pytest.param("x" * 500_000, id="huge"),
        pytest.param(sign(["not our secret, but long enough"], SPACE, 1), id="by another secret"),
    ],
)
async def test_a_forged_entry_is_counted_and_answered_like_any_other(
    http: httpx2.AsyncClient, broker: Recording, forged: object
) -> None:
    before = ENTRIES.labels("forged")._value.get()
    body = _json({"value": [an_entry("A"), an_entry("B", clientState=forged), an_entry("C")]})

    answer = await http.post("/graph/notifications", content=body)

    assert (answer.status_code, answer.content) == (202, b"")
    assert [message.event_id for message in broker.taken()] == ["A", "C"]
    assert ENTRIES.labels("forged")._value.get() == before + 1


async def test_nothing_but_forged_entries_is_accepted_and_queues_nothing(
    http: httpx2.AsyncClient, broker: Recording
) -> None:
    assert (await http.post("/graph/notifications", json={"value": [an_entry(clientState="x")]})).status_code == 202
    assert broker.taken() == []


async def test_the_old_secret_counts_during_a_rotation_and_not_after(broker: Recording) -> None:
    old, new = "a secret of yesterday, long enough", "a secret of tomorrow, long enough"
    body = {"value": [an_entry("A", clientState=sign([old], SPACE, 1))]}

    async with client_of(MemoryBus(TOPOLOGY, broker), [new, old]) as during:
        await during.post("/graph/notifications", json=body)
    assert len(broker.taken()) == 1
    async with client_of(MemoryBus(TOPOLOGY, broker), [new]) as after:
        assert (await after.post("/graph/notifications", json=body)).status_code == 202
    assert broker.taken() == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"value=1", id="a form"),
        pytest.param(b"{", id="cut"),
        pytest.param(b"\xff\xfe\x00", id="not a text"),
        pytest.param(b"{}", id="no value"),
        pytest.param(b'{"value": {}}', id="a value that is no list"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deep"),
        pytest.param(b'{"value":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="deep inside"),
        pytest.param(b'{"value": ' + b"1" * 100_000 + b"}", id="a long number"),
    ],
)
async def test_what_is_no_collection_is_refused_with_the_reason(http: httpx2.AsyncClient, body: bytes) -> None:
    answer = await http.post("/graph/notifications", content=body)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("The body is not a collection of notifications: ")


@settings(max_examples=50)
@given(any_json)
def test_any_json_at_all_is_answered(body: object) -> None:
    async def answered() -> int:
        async with client_of(MemoryBus(TOPOLOGY)) as http:
            return (await http.post("/graph/notifications", content=_json(body))).status_code

    assert asyncio.run(answered()) in {202, 400}


async def test_a_body_that_is_too_large_is_refused_before_it_was_read(http: httpx2.AsyncClient) -> None:
    sent = 0

    async def two_megabytes() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(200):
            sent += 10_000
            yield b" " * 10_000

    assert (await http.post("/graph/notifications", content=b" " * 2_000_000)).status_code == 413
    assert (await http.post("/graph/notifications", content=two_megabytes())).status_code == 413
    assert LARGEST_BODY < sent <= LARGEST_BODY + 20_000


async def test_a_body_that_breaks_off_is_no_failure_of_ours(broker: Recording) -> None:
    app = create_app(Webhook(MemoryBus(TOPOLOGY, broker), CODEC, SECRETS, lambda: NOW), {})
    parts = [{"type": "http.request", "body": b'{"value": [', "more_body": True}, {"type": "http.disconnect"}]
    scope = {"type": "http", "method": "POST", "path": "/graph/notifications", "query_string": b"", "headers": []}
    sent: list[Any] = []

    async def receive() -> Any:
        return parts.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)

    assert sent[0]["status"] == 400
    assert broker.taken() == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", PATHS)
async def test_nothing_but_a_post_is_taken(http: httpx2.AsyncClient, method: str, path: str) -> None:
    answer = await http.request(method, f"{path}?validationToken=x")

    assert answer.status_code == 405
    assert "x" not in answer.text.partition("Method")[0]


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/openapi.json", "/graph", "/graph/notifications/"])
async def test_there_is_nothing_else_to_find(http: httpx2.AsyncClient, path: str) -> None:
    assert (await http.post(path, json={"value": []})).status_code in {404, 307}
    assert (await http.get(path)).status_code in {404, 307}


class Stalled(NoJournal):
    """A broker that never confirms."""

    async def add(self, *_: object) -> None:
        await asyncio.Event().wait()


class Broken(NoJournal):
    """A broker that fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def add(self, *_: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    "broker",
    [
        pytest.param(Stalled(), id="stalled"),
        pytest.param(Broken(BrokerUnavailable("away")), id="away"),
        pytest.param(Broken(Unroutable("no queue")), id="unroutable"),
        pytest.param(Broken(ConnectionResetError()), id="reset"),
    ],
)
async def test_what_the_broker_does_not_confirm_is_to_be_sent_again(broker: NoJournal) -> None:
    before = ENTRIES.labels("taken")._value.get()
    started = time.perf_counter()

    async with client_of(MemoryBus(TOPOLOGY, broker)) as http:
        answer = await http.post("/graph/notifications", json={"value": [an_entry()]})

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    assert time.perf_counter() - started < 2.5
    assert ENTRIES.labels("taken")._value.get() == before


async def test_a_handshake_needs_no_broker() -> None:
    async with client_of(MemoryBus(TOPOLOGY, Stalled())) as http:
        assert (await http.post("/graph/lifecycle?validationToken=t")).text == "t"


async def test_each_message_carries_the_receipts_correlation_id_and_its_own_number(
    http: httpx2.AsyncClient, broker: Recording
) -> None:
    with capture_logs() as lines:
        await http.post("/graph/notifications", json={"value": [an_entry("ONE"), an_entry("TWO")]})

    (line,) = lines
    assert (line["log_level"], line["status"], line["changes"]) == ("info", 202, 2)
    assert [each.correlation_id for each in broker.envelopes] == [
        f"{line['correlation_id']}.1",
        f"{line['correlation_id']}.2",
    ]


async def test_what_is_no_collection_is_logged_by_its_status_alone(http: httpx2.AsyncClient) -> None:
    with capture_logs() as lines:
        await http.post("/graph/lifecycle", content=b"hush")

    (line,) = lines
    assert (line["status"], line["changes"], line["spaces"]) == (400, 0, [])
    assert "hush" not in str(line)


async def test_posts_are_measured_by_route_and_status(http: httpx2.AsyncClient) -> None:
    def measured(route: str, status: str) -> float:
        labels = {"server": "webhook", "method": "POST", "route": route, "status": status}
        return REGISTRY.get_sample_value("roomsync_http_request_seconds_count", labels) or 0.0

    before = {each: measured(*each) for each in (("/graph/notifications", "202"), ("other", "404"))}
    await http.post("/graph/notifications", json={"value": [an_entry()]})
    await http.post("/made/up/by/a/stranger")
    await http.get("/readyz")

    assert {each: measured(*each) - before[each] for each in before} == dict.fromkeys(before, 1.0)
    assert measured("/made/up/by/a/stranger", "404") == 0


async def test_log_lines_carry_counts_and_no_client_state(http: httpx2.AsyncClient) -> None:
    genuine, forged = an_entry("EVENT-ID"), an_entry("EVENT-ID", clientState="a-state-that-is-forged")

    with capture_logs() as lines:
        await http.post("/graph/notifications", json={"value": [genuine, forged, None]})
        async with client_of(MemoryBus(TOPOLOGY, Broken(BrokerUnavailable("away")))) as broken:
            await broken.post("/graph/notifications", json={"value": [genuine]})

    (received, refused) = lines
    assert received["correlation_id"] != refused["correlation_id"]
    for line in lines:
        assert line["event"] == "notifications.received"
        assert line["spaces"] == [str(SPACE)]
        assert (line["changes"], line["lifecycle"]) == (1, 0)
    assert (received["status"], received["forged"], received["unreadable"]) == (202, 1, 1)
    assert (refused["status"], refused["forged"], refused["unreadable"]) == (503, 0, 0)
    assert refused["error"] == "BrokerUnavailable"
    assert [line["log_level"] for line in lines] == ["warning", "warning"]
    for secret in (genuine["clientState"], "a-state-that-is-forged", "EVENT-ID", genuine["resource"], SECRETS[0]):
        assert secret not in str(lines)


def _json(body: object) -> bytes:
    """Write JSON in ASCII, so that half a surrogate pair can stand in it."""
    return json.dumps(body).encode()


async def test_what_exceeds_the_share_of_a_mailbox_is_accepted_and_queued_as_missed(
    http: httpx2.AsyncClient, broker: Recording
) -> None:
    before = {outcome: ENTRIES.labels(outcome)._value.get() for outcome in ("taken", "left")}
    other = an_entry("B", clientState=sign(SECRETS, OTHER_SPACE, 4))
    await http.post("/graph/notifications", json={"value": [an_entry(f"A{each}") for each in range(AT_ONCE)]})
    assert len(broker.taken()) == AT_ONCE

    with capture_logs() as lines:
        answer = await http.post("/graph/notifications", json={"value": [an_entry("X"), an_entry("Y"), other]})

    assert answer.status_code == 202
    assert broker.taken() == [
        OutlookNotified(space_id=OTHER_SPACE, event_id="B", change="updated", received_at=NOW),
        LifecycleNotified(space_id=SPACE, generation=1, event="missed"),
    ]
    assert {name: ENTRIES.labels(name)._value.get() - count for name, count in before.items()} == {
        "taken": AT_ONCE + 1,
        "left": 2,
    }
    [line] = [each for each in lines if each["event"] == "notifications.received"]
    assert (line["changes"], line["left_to_sweep"], line["log_level"]) == (3, 2, "warning")
