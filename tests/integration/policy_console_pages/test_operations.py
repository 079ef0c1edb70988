"""Operations at a glance: rooms, brakes, drifts, subscriptions, queues and parked messages, in numbers and words."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
import pytest_asyncio

from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import BrokerUnavailable
from libs.common.settings import Settings
from libs.common.topology import Lane, QueueName
from services.bus import codec
from tests.integration.policy_api.braking import SINCE, braked_room
from tests.integration.policy_api.drifting import drift
from tests.integration.policy_api.world import World
from tests.integration.policy_console_pages.console import ORIGIN, Console, pages_of, said
from tests.support.listening import envelope

PATH = "/operations"
QUEUE = QueueName("outbound", Lane.LIVE, 0)
WELL, LOOK = '<span class="state approved">Well</span>', '<span class="level error">Look at this</span>'

_COMPARED = """
    INSERT INTO reconciler.rooms (space_id, room_mailbox, connection_id, compared_at, agreed_at, failing_since)
    SELECT space_id, room_mailbox, connection_id, now(), CASE WHEN $2 = 'agrees' THEN now() END,
        CASE WHEN $2 = 'failing' THEN now() END
    FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""
_NOTED = """
    INSERT INTO {}.messages_in_hand (consumer, lane, shard, age_s, measured_at)
    VALUES ($1, $2, $3, $4, now() - $5::interval)
"""
_WATCHED = """
    INSERT INTO ingest.watches (space_id, room_mailbox, connection_id, state, subscription_id, expires_at)
    SELECT space_id, room_mailbox, connection_id, $2, CASE WHEN $3::interval IS NOT NULL THEN 'sub' END,
        now() + $3::interval
    FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""


class BrokerAway(MemoryBus):
    """A bus whose broker does not answer."""

    async def count_parked(self) -> int:
        raise BrokerUnavailable("the queues cannot be measured")

    async def depths(self, queues: Sequence[QueueName]) -> Mapping[QueueName, int]:
        raise BrokerUnavailable(f"the {len(queues)} queues cannot be measured at amqp://hush")


@pytest_asyncio.fixture(autouse=True)
async def nothing_is_known(console: Console) -> AsyncIterator[None]:
    """Begin with no mapped room and nothing known about any: the page is about all there is."""
    await console.world.admin.execute(
        "TRUNCATE reconciler.rooms, reconciler.drifts, ingest.watches, ingest.messages_in_hand, "
        "policy.messages_in_hand, outbound.messages_in_hand, reconciler.messages_in_hand; DELETE FROM policy.outbox; "
        "UPDATE policy.spaces SET room_mailbox = NULL, connection_id = NULL"
    )
    yield
    await console.bus.drop_parked(lambda _: True)


async def compared(world: World, state: str) -> None:
    await world.admin.execute(_COMPARED, (await world.mapped_space())["id"], state)


async def watched(world: World, state: str, ends_in: timedelta | None = None) -> None:
    await world.admin.execute(_WATCHED, (await world.mapped_space())["id"], state, ends_in)


def heading(text: str, name: str) -> str:
    """Return what the page says of one thing: whether it is well."""
    return text.partition(f'<h2 id="{name}">')[2].partition("</h2>")[0]


def oldest(text: str, consumer: str, column: str = "The oldest") -> str:
    """Return what the page says of the oldest message of a consumer."""
    row = text.partition(f'<span class="soft">{consumer}</span>')[2].partition("</tr>")[0]
    return row.partition(f'data-label="{column}">')[2].partition("</td>")[0]


async def test_where_nothing_is_known_the_page_says_so_and_all_is_well(console: Console) -> None:
    text = await console.text(PATH, role="viewer")

    assert "No room is mapped to a mailbox yet" in text
    assert "No cancellations wait to be confirmed." in text
    assert "No drift is open." in text
    assert "none went away" in text
    assert "Nothing is parked." in text
    assert LOOK not in text
    assert '<a href="/console/operations" aria-current="page">Operations</a>' in text


async def test_rooms_are_counted_by_how_their_comparison_stands(console: Console) -> None:
    for state in ("agrees", "agrees", "differs"):
        await compared(console.world, state)
    calm = await console.text(PATH)
    await compared(console.world, "failing")
    await console.world.mapped_space()

    text = await console.text(PATH)

    assert WELL in heading(calm, "rooms")
    assert LOOK in heading(text, "rooms")
    assert "<dt>Agrees</dt><dd>2 rooms" in text
    assert "<dt>Unproved</dt><dd>1 room " in text
    assert "<dt>Failing</dt><dd>1 room " in text
    assert "<dt>Waiting</dt><dd>1 room " in text
    assert '<a href="/console/rooms?problem=yes">' in text


async def test_brakes_are_counted_and_the_oldest_are_named(console: Console) -> None:
    spaces = [await braked_room(console.world, 7, SINCE + timedelta(hours=number)) for number in range(6)]

    text = await console.text(PATH)

    assert LOOK in heading(text, "brakes")
    assert "In 6 rooms so many meetings are gone at once" in text
    assert [f"/console/operations/brakes/{each['id']}" in text for each in spaces] == [True] * 5 + [False]


async def test_time_to_heal_is_told_of_the_last_day_and_week_without_conflicts(console: Console) -> None:
    world, space = console.world, await console.world.mapped_space()
    for seconds in (10, 20, 50):
        await drift(world, space["id"], healed_after_s=seconds)
    await drift(world, space["id"], found_ago=timedelta(days=3), healed_after_s=600)
    await drift(world, space["id"], found_ago=timedelta(days=9), healed_after_s=6000)
    await drift(world, space["id"], "conflict", healed_after_s=30)
    await drift(world, space["id"], "conflict")

    text = await console.text(PATH)

    day = "half of them within 20 seconds, 95 of 100 within 47 seconds, the slowest after 50 seconds."
    assert f"Last day: 3 drifts went away, {day}" in text
    assert "Last week: 4 drifts went away" in text
    assert "the slowest after 10 minutes." in text
    assert "No drift is open." in text
    assert "1 other is a conflict" in text


async def test_a_drift_that_several_comparisons_did_not_end_is_to_be_looked_at(console: Console) -> None:
    world, space = console.world, await console.world.mapped_space()
    await drift(world, space["id"])
    calm = await console.text(PATH)
    await drift(world, space["id"], found_ago=timedelta(hours=2))

    text = await console.text(PATH)

    assert "1 drift is open" in calm
    assert WELL in heading(calm, "drifts")
    assert "2 drifts are open" in text
    assert "One of them is there longer" in text
    assert LOOK in heading(text, "drifts")


async def test_subscriptions_are_counted_by_how_they_are_doing(console: Console) -> None:
    world = console.world
    await watched(world, "active", timedelta(days=2))
    await watched(world, "active", timedelta(minutes=30))
    await watched(world, "connecting")
    calm = await console.text(PATH)
    await watched(world, "active", timedelta(minutes=-5))
    for state in ("polling", "quarantined"):
        await watched(world, state)

    text = await console.text(PATH)

    assert WELL in heading(calm, "subscriptions")
    assert LOOK in heading(text, "subscriptions")
    assert "<dt>Active</dt><dd>3 rooms, the next ends " in text
    assert "<dt>Ending soon</dt><dd>1 room " in text
    assert "<dt>Ended</dt><dd>1 room " in text
    assert "<dt>Connecting</dt><dd>1 room " in text
    assert "<dt>Failing</dt><dd>2 rooms " in text


async def test_what_waits_in_queues_and_for_outlook_is_counted(console: Console) -> None:
    world = console.world
    for shard in (0, 1):
        await console.bus.publish([replace(envelope(kind="intent.issued.v2"), shard=shard)])
    space = await world.mapped_space()
    await world.reservation(space["id"], 9, 10)

    text = await console.text(PATH)
    await world.admin.execute("UPDATE policy.intents SET awaited_until = now() - interval '1 minute'")
    late = await console.text(PATH)

    assert '<span class="soft">outbound</span></td> <td role="cell" data-label="Messages">2</td>' in text
    assert "Outlook is still to show 1 decision" in text
    assert "of the ledger wait to be sent, the oldest for" in text
    assert WELL in heading(text, "queues")
    assert LOOK in heading(late, "queues")
    assert "One of them is late." in late


async def test_the_age_of_the_oldest_message_of_each_queue_is_told_as_its_service_noted_it(console: Console) -> None:
    world = console.world
    for schema, consumer, lane, shard, age_s in (
        ("ingest", "ingest", "live", 0, 0.2),
        ("policy", "policy", "live", 0, 40),
        ("policy", "policy", "live", 1, 41),
        ("outbound", "outbound", "bulk", 0, 180),
        ("reconciler", "reconciler", "live", 0, 7200),
    ):
        await world.admin.execute(_NOTED.format(schema), consumer, lane, shard, age_s, timedelta(seconds=20))
    in_two_lanes = codec(Settings())

    async with httpx2.AsyncClient(
        transport=pages_of(replace(world.app.state.context, codec=in_two_lanes), MemoryBus(in_two_lanes.topology)),
        base_url=ORIGIN,
    ) as http:
        text = said(await http.get(f"/console{PATH}", headers=console.signed_in_as("viewer")))

    assert oldest(text, "ingest") == "Under a second"
    assert oldest(text, "policy") == "41 seconds"
    assert oldest(text, "outbound", "The oldest in bulk") == "3 minutes"
    assert oldest(text, "outbound") == "Nothing waits"
    assert oldest(text, "reconciler") == "2 hours"
    assert oldest(text, "outbound-mail", "The oldest in bulk") == "\N{EN DASH}"


async def test_an_age_that_nobody_measured_just_now_is_not_known_where_messages_wait(console: Console) -> None:
    await console.world.admin.execute(_NOTED.format("reconciler"), "reconciler", "live", 0, 5, timedelta(seconds=40))
    calm = await console.text(PATH)
    await console.bus.publish([envelope(kind="sweep.requested.v1")])

    text = await console.text(PATH)

    assert oldest(calm, "reconciler") == "Nothing waits"
    assert oldest(text, "reconciler") == "Not known"


async def test_parked_messages_are_counted_and_lead_administrators_to_their_reasons(console: Console) -> None:
    await console.bus.park(str(QUEUE), envelope(kind="intent.issued.v2"), "no sense in it")

    text, for_admin = await console.text(PATH, role="viewer"), await console.text(PATH, role="admin")

    assert LOOK in heading(text, "parked")
    assert "1 message could not be handled" in text
    assert "/console/operations/parked" not in text
    assert for_admin.count("/console/operations/parked") == 2


async def test_without_its_broker_the_page_says_what_is_not_known(console: Console) -> None:
    context, bus = console.world.app.state.context, BrokerAway(console.world.app.state.context.codec.topology)
    async with httpx2.AsyncClient(transport=pages_of(context, bus), base_url=ORIGIN) as http:
        answer = await http.get(f"/console{PATH}", headers=console.signed_in_as("admin"))

    assert answer.status_code == 200
    assert "nobody knows what waits in its queues" in said(answer)
    assert "nobody knows whether messages are parked" in said(answer)
    assert LOOK in heading(answer.text, "queues")
    assert "hush" not in answer.text


@pytest.mark.parametrize("role", ["viewer", "approver", "admin"])
async def test_everybody_who_reads_sees_operations_in_the_navigation(console: Console, role: str) -> None:
    assert '<a href="/console/operations">Operations</a>' in await console.text("/", role=role)
