"""Parked messages in the console: why they are there, what is in them, and what becomes of those that are seen to."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx2
import pytest
import pytest_asyncio

from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import BrokerUnavailable, Parked
from libs.common.clock import utc_now
from libs.common.topology import Lane, QueueName
from tests.integration.policy_console_pages.console import ORIGIN, Console, pages_of, said
from tests.support.listening import Listener, envelope

QUEUE = QueueName("outbound", Lane.LIVE, 0)
HOSTILE = "<script>alert(1)</script>{{ 7*7 }}"
PATH = "/operations/parked"


class BrokerAway(MemoryBus):
    """A bus whose broker does not answer."""

    async def count_parked(self) -> int:
        raise BrokerUnavailable("the queues cannot be measured")

    async def parked(self, *, at_most: int = 100) -> Sequence[Parked]:
        raise BrokerUnavailable(f"the {at_most} parked messages cannot be read at amqp://hush")


@pytest_asyncio.fixture(autouse=True)
async def nothing_is_parked(console: Console) -> AsyncIterator[None]:
    yield
    await console.bus.drop_parked(lambda _: True)


async def park(
    console: Console,
    body: bytes | str = b"{}",
    reason: str = "no sense in it",
    queue: str = str(QUEUE),
    message_id: UUID | None = None,
) -> str:
    """Park a message, and return what stands for it in forms."""
    parked = replace(envelope(body, kind="intent.issued.v2", message_id=message_id), attempt=4)
    await console.bus.park(queue, parked, reason)
    return f"{parked.message_id} {queue}"


def address(**chosen: str | Sequence[str]) -> str:
    return f"{PATH}/several?{urlencode(chosen, doseq=True)}"


def choose(action: str, *keys: str) -> Mapping[str, str]:
    """Return the fields of the form that sees to messages, with line ends as browsers send them."""
    return {"action": action, "keys": "\r\n".join(keys)}


async def test_what_is_parked_is_listed_by_reason_with_type_queue_and_time(console: Console) -> None:
    for reason in ("ValueError: no such room", "ValueError: no such room", "it cannot be read"):
        key = await park(console, reason=reason)

    text = await console.text(PATH, "admin")

    assert '<span class="count">2</span> ValueError: no such room' in text
    assert '<span class="count">1</span> it cannot be read' in text
    assert all(each in text for each in ("intent.issued.v2", "outbound.live.0", key.partition(" ")[0]))
    assert f'datetime="{utc_now():%Y-%m-%dT}' in text
    filtered = await console.text(f"{PATH}?reason=it+cannot+be+read", "admin")
    assert filtered.count('type="checkbox"') == 1
    assert "Shown are those with the reason" in filtered
    assert "No parked message fits this filter." in await console.text(f"{PATH}?reason=other", "admin")


async def test_where_nothing_is_parked_the_page_says_so(console: Console) -> None:
    assert "Nothing is parked." in await console.text(PATH, "admin")
    assert "Parked messages" not in await console.text("/", "admin")
    assert "Nothing that is parked was selected." in await console.text(f"{PATH}/several", "admin")


async def test_what_is_in_a_message_is_text_and_what_each_choice_does_is_said_before(console: Console) -> None:
    key = await park(console, HOSTILE + "\x00" + "x" * 5000, reason=HOSTILE)

    answer = await console.get(address(key=key), "admin")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}\N{REPLACEMENT CHARACTER}x" in answer.text
    assert "<script>alert" not in answer.text + (await console.get(PATH, "admin")).text
    assert "1,035 more characters are not shown." in said(answer)
    assert "sent back to its queue, and handled as if it had just come" in said(answer)
    assert "Outlook is made to show what was decided, unless something newer was decided since." in said(answer)
    assert "forgotten for good, and what it asks for is never done" in said(answer)
    assert len(await console.bus.parked()) == 1


async def test_a_message_is_replayed_to_its_queue_and_no_other_is(console: Console) -> None:
    key, other = await park(console, "this"), await park(console, "that")
    listener = Listener()

    answer = await console.post(f"{PATH}/several", choose("replay", key), role="admin")

    assert "1 message replayed" in said(answer)
    async with console.bus.consume(QUEUE, listener):
        [heard] = await listener.heard(1)
    assert (heard.body, heard.attempt) == (b"this", 0)
    assert [str(each.envelope.message_id) for each in await console.bus.parked()] == [other.partition(" ")[0]]


async def test_many_are_dropped_at_once_and_what_was_parked_since_stays(console: Console) -> None:
    for number in range(30):
        await park(console, str(number), reason="x & y")
    kept = await park(console, reason="of another kind")
    shown = await console.get(address(reason="x & y"), "admin")
    keys = re.search(r'name="keys" value="([^"]+)"', shown.text)
    assert keys is not None
    later = await park(console, reason="x & y")

    answer = await console.post(f"{PATH}/several", choose("drop", *keys[1].split("\n")), role="admin")

    assert "5 more messages with the same reason are seen to together with these." in said(shown)
    assert "Drop all 30" in said(shown)
    assert "30 messages dropped" in said(answer)
    left = [f"{each.envelope.message_id} {each.queue}" for each in await console.bus.parked()]
    assert left == [kept, later]


async def test_one_message_in_two_queues_is_seen_to_in_the_one_that_was_chosen(console: Console) -> None:
    message_id = uuid4()
    first, second = [
        await park(console, queue=queue, message_id=message_id)
        for queue in ("ingest-rooms.live.0", "reconciler.live.0")
    ]

    await console.post(f"{PATH}/several", choose("drop", first), role="admin")

    assert [f"{each.envelope.message_id} {each.queue}" for each in await console.bus.parked()] == [second]


async def test_what_is_gone_or_cannot_go_back_is_told_and_the_rest_is_done(console: Console) -> None:
    gone, lost, good = f"{uuid4()} {QUEUE}", await park(console, queue="old.live.0"), await park(console)

    shown = await console.text(address(key=[gone, good]), "admin")
    answer = await console.post(f"{PATH}/several", choose("replay", gone, lost, good), role="admin")

    assert "1 message that you selected is not parked any more." in shown
    assert "1 message replayed" in said(answer)
    assert "2 messages were left as they are" in said(answer)
    assert [each.queue for each in await console.bus.parked()] == ["old.live.0"]


async def test_parked_messages_are_paged(console: Console) -> None:
    keys = [await park(console) for _ in range(26)]

    first = await console.get(PATH, "admin")
    found = re.search(r'<a href="([^"]+)" rel="next"', first.text)
    assert found is not None
    second = await console.get(found[1].replace("&amp;", "&").removeprefix("/console"), "admin")

    shown = [re.findall(r'name="key" value="([^"]+)"', each.text) for each in (first, second)]
    assert [len(each) for each in shown] == [25, 1]
    assert sorted([*shown[0], *shown[1]]) == sorted(keys)
    assert "First page" in second.text


@pytest.mark.parametrize("role", ["viewer", "approver"])
async def test_only_administrators_see_and_see_to_what_is_parked(console: Console, role: str) -> None:
    key = await park(console, "a secret plan")

    today = await console.text("/", role)
    answers = [await console.get(PATH, role), await console.get(address(key=key), role)]
    answers.append(await console.post(f"{PATH}/several", choose("drop", key), role=role))

    assert 'Parked messages <span class="count">1</span>' in today
    assert PATH not in today
    assert [each.status_code for each in answers] == [403] * 3
    assert all("a secret plan" not in each.text for each in answers)
    assert len(await console.bus.parked()) == 1


async def test_today_counts_what_is_parked_and_leads_to_it(console: Console) -> None:
    await park(console)

    text = await console.text("/", "admin")

    assert "1 message could not be handled and waits for an administrator" in text
    assert f'<a href="/console{PATH}">All that are parked</a>' in text


@pytest.mark.parametrize(
    "fields",
    [
        {"keys": f"{uuid4()} {QUEUE}"},
        {"action": "eat", "keys": f"{uuid4()} {QUEUE}"},
        {"action": "drop", "keys": "x"},
        {"action": "drop"},
        {"action": "drop", "keys": f"{uuid4()} {QUEUE}", "csrf_token": "forged"},
    ],
)
async def test_a_form_of_nobodys_changes_nothing(console: Console, fields: Mapping[str, str]) -> None:
    await park(console)

    answer = await console.post(f"{PATH}/several", fields, role="admin")

    assert answer.status_code in {403, 422}
    assert "nothing was changed" in said(answer).lower()
    assert len(await console.bus.parked()) == 1


@pytest.mark.parametrize("query", ["?cursor=x", f"?reason={'x' * 1001}", "/several?key=x", f"/several?key={'x' * 301}"])
async def test_an_address_that_makes_no_sense_is_answered_with_a_page(console: Console, query: str) -> None:
    answer = await console.get(f"{PATH}{query}", "admin")

    assert answer.status_code == 422
    assert 'id="problem"' in answer.text


async def test_without_its_broker_each_page_says_so(console: Console) -> None:
    context, bus = console.world.app.state.context, BrokerAway(console.world.app.state.context.codec.topology)
    async with httpx2.AsyncClient(transport=pages_of(context, bus), base_url=ORIGIN) as http:
        today, listed = [
            await http.get(f"/console{path}", headers=console.signed_in_as("admin")) for path in ("/", PATH)
        ]

    assert today.status_code == 200
    assert "nobody knows whether messages are parked" in said(today)
    assert (listed.status_code, "retry-after" in listed.headers) == (503, True)
    assert "The message broker cannot be reached just now." in said(listed)
    assert "hush" not in listed.text
