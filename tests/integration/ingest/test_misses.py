"""Looks that find nothing: when they are repeated, by whom, and when they come to an end."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import orjson
import pytest

from libs.common.bus.port import Envelope
from libs.common.observed import observed_together
from libs.common.topology import Lane
from libs.contracts.messages import OutlookNotified
from services.ingest.core.absence import UNKNOWN_AGAIN_AFTER
from services.ingest.handlers.reader import Reader
from services.ingest.loops.look_again import repeat_due
from tests.integration.ingest.reading import look, notified, reads
from tests.integration.ingest.world import Json, Space, World

GRACE_S = 30.0


@pytest.fixture
def reader(world: World) -> Reader:
    return another_process(world)


def another_process(world: World) -> Reader:
    """A reader that remembers nothing of what others saw."""
    return Reader(world.pool, world.clients, Lane.LIVE, GRACE_S, 16)


async def vanished(world: World, reader: Reader) -> tuple[Space, Json]:
    """A meeting that was read and then deleted, whose absence was seen once."""
    space = await world.room()
    event = await world.put(space)
    assert len(await look(reader, notified(space, event["id"]))) == 1
    await world.graph("DELETE", f"/users/{space.address}/events/{event['id']}")
    assert await look(reader, notified(space, event["id"], "deleted")) == []
    return space, event


async def asked_again(world: World) -> list[str]:
    """The event ids that are to be looked at now, as the loop puts them into the outbox."""
    await repeat_due(world.pool, world.codec)
    rows = await world.admin.fetch("DELETE FROM ingest.outbox RETURNING type, body")
    return [orjson.loads(row["body"])["event_id"] for row in rows if row["type"] == OutlookNotified.type]


async def test_a_look_is_repeated_under_the_correlation_id_of_the_notification_that_asked_for_it(
    world: World, reader: Reader
) -> None:
    space = await world.room()
    event = await world.put(space)
    await look(reader, notified(space, event["id"]))
    await world.graph("DELETE", f"/users/{space.address}/events/{event['id']}")
    batch = [(envelope(f"post.{number}"), notified(space, event["id"], "deleted")) for number in (1, 2)]

    with observed_together("ingest", OutlookNotified.type, batch):
        await look(reader, *(message for _, message in batch))
    await world.missed_long_ago(space, GRACE_S)
    await world.admin.execute("UPDATE ingest.misses SET look_again_at = received_at WHERE space_id = $1", space.id)
    await repeat_due(world.pool, world.codec)

    owed = "DELETE FROM ingest.outbox WHERE body LIKE $1 RETURNING correlation_id"
    assert await world.admin.fetchval(owed, f"%{event['id']}%") == "post.1"


def envelope(correlation_id: str) -> Envelope:
    return Envelope(uuid4(), OutlookNotified.type, b"{}", 0, datetime.now(UTC), correlation_id)


async def test_a_meeting_is_absent_when_a_second_look_misses_it_in_any_process(world: World, reader: Reader) -> None:
    space, event = await vanished(world, reader)
    assert await look(another_process(world), notified(space, event["id"])) == [], "the grace is not over"

    await world.missed_long_ago(space, GRACE_S)
    (observed,) = await look(another_process(world), notified(space, event["id"]))

    assert (observed.ical_uid, observed.meeting) == (event["iCalUId"], None)
    assert await world.misses(space) == []


async def test_a_miss_does_not_outlive_its_conclusion(world: World, reader: Reader) -> None:
    space, event = await vanished(world, reader)
    await world.missed_long_ago(space, GRACE_S)
    assert len(await look(reader, notified(space, event["id"]))) == 1

    assert await look(reader, notified(space, event["id"])) == []

    (miss,) = await world.misses(space)
    assert miss["looks"] == 1


async def test_a_meeting_that_is_found_again_under_another_id_is_missed_no_longer(world: World, reader: Reader) -> None:
    space, event = await vanished(world, reader)
    again = await world.put(space)
    await world.admin.execute("UPDATE ingest.misses SET ical_uid = $2 WHERE space_id = $1", space.id, again["iCalUId"])

    assert len(await look(reader, notified(space, again["id"]))) == 1

    assert await world.misses(space) == []
    assert event["id"] != again["id"]


async def test_ids_of_one_meeting_share_the_first_look(world: World, reader: Reader) -> None:
    space, event = await vanished(world, reader)
    await world.admin.execute(
        "INSERT INTO ingest.pointers (space_id, event_id, ical_uid) VALUES ($1, 'OLD', $2)", space.id, event["iCalUId"]
    )
    await world.missed_long_ago(space, GRACE_S)

    (observed,) = await look(reader, notified(space, "OLD"))

    assert (observed.ical_uid, observed.meeting) == (event["iCalUId"], None)
    assert await world.misses(space) == []


async def test_no_absence_stands_while_an_answer_of_ours_is_in_flight(world: World, reader: Reader) -> None:
    """Source: https://github.com/OfficeDev/ews-managed-api/issues/255"""
    space, event = await vanished(world, reader)
    await world.answering(space, event["iCalUId"], awaited_for_s=15)
    await world.missed_long_ago(space, GRACE_S)

    assert await look(reader, notified(space, event["id"])) == []
    (miss,) = await world.misses(space)
    assert datetime.now(UTC) < miss["look_again_at"] < datetime.now(UTC) + timedelta(seconds=15)

    await world.answering(space, event["iCalUId"], awaited_for_s=-1)
    (observed,) = await look(reader, notified(space, event["id"]))
    assert (observed.ical_uid, observed.meeting) == (event["iCalUId"], None)


async def test_a_look_that_is_due_is_asked_for_once(world: World, reader: Reader) -> None:
    space, event = await vanished(world, reader)
    assert await asked_again(world) == []

    await world.admin.execute("UPDATE ingest.misses SET look_again_at = now() WHERE space_id = $1", space.id)

    assert [await asked_again(world), await asked_again(world)] == [[event["id"]], []]


async def test_an_id_that_nobody_has_read_is_looked_at_a_few_times_and_then_no_more(
    world: World, reader: Reader
) -> None:
    space = await world.room()
    for earlier in range(len(UNKNOWN_AGAIN_AFTER)):
        assert await look(reader, notified(space, "AAMkAGI2THVSAAA=", "created")) == []
        (miss,) = await world.misses(space)
        assert miss["look_again_at"] == miss["first_missed_at"] + UNKNOWN_AGAIN_AFTER[earlier]

    assert await look(reader, notified(space, "AAMkAGI2THVSAAA=", "created")) == []

    assert await world.misses(space) == []
    assert len(await reads(world, space)) == len(UNKNOWN_AGAIN_AFTER) + 1


async def test_an_id_that_can_be_read_in_the_end_is_observed(world: World, reader: Reader) -> None:
    space = await world.room()
    event = await world.put(space)
    async with world.simulator.faults(
        {"match": {"mailbox": space.address, "path": "/events/"}, "effect": {"status": 404}}
    ):
        assert await look(reader, notified(space, event["id"], "created")) == []

    (observed,) = await look(reader, notified(space, event["id"], "created"))

    assert observed.ical_uid == event["iCalUId"]
    assert await world.misses(space) == []


async def test_a_notification_keeps_the_time_it_came(world: World, reader: Reader) -> None:
    space = await world.room()
    first = notified(space, "AAMkAGI2THVSAAA=", "created")
    await look(reader, first)

    await world.admin.execute("UPDATE ingest.misses SET look_again_at = now() WHERE space_id = $1", space.id)
    await repeat_due(world.pool, world.codec)

    body = await world.admin.fetchval("DELETE FROM ingest.outbox RETURNING body")
    assert OutlookNotified.model_validate_json(body) == first
