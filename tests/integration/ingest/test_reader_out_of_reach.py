"""The reader while a mailbox or its connection cannot be reached, or does not answer in time."""

import asyncio

import pytest

from libs.common.handlers import Waits
from libs.common.topology import Lane
from libs.common.waiting import Remote
from services.ingest.handlers.reader import Reader
from tests.integration.ingest.reading import GRACE_S, look, look_partly, notified
from tests.integration.ingest.world import World


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_a_room_that_cannot_be_read_is_read_later_and_stops_no_other(
    world: World, reader: Reader, status: int
) -> None:
    bad, good = await world.room(), await world.room()
    bad_event, good_event = await world.put(bad), await world.put(good)

    async with world.simulator.faults({"match": {"mailbox": bad.address}, "effect": {"status": status}}):
        seen, again, why = await look_partly(
            reader,
            notified(bad, bad_event["id"]),
            notified(good, good_event["id"]),
            notified(bad, bad_event["id"], "deleted"),
        )

    assert [each.space_id for each in seen] == [good.id]
    assert again == [bad_event["id"], bad_event["id"]]
    assert f"status {status}" in why
    assert len(await look(reader, notified(bad, bad_event["id"]))) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(401, None), (403, None), (404, "MailboxNotSupportedForRESTAPI"), (503, None)]
)
async def test_a_notification_waits_for_the_mailbox_or_the_connection_that_cannot_be_reached(
    world: World, reader: Reader, status: int, code: str | None
) -> None:
    space = await world.room()
    event = await world.put(space)
    message = notified(space, event["id"])
    effect = {"status": status} if code is None else {"status": status, "code": code}

    async with world.simulator.faults({"match": {"mailbox": space.address}, "effect": effect}):
        (became,) = await reader.on_outlook_notified([message])

    assert isinstance(became, Waits)
    assert became.message is message
    assert became.target == Remote(world.connection_id, None if status == 401 else space.address)


async def test_a_mailbox_that_is_gone_proves_no_absence(world: World, reader: Reader) -> None:
    space = await world.room()
    event = await world.put(space)
    await look(reader, notified(space, event["id"]))

    async with world.simulator.faults({"match": {"mailbox": space.address}, "effect": {"status": 404}}):
        for _ in range(2):
            seen, again, _ = await look_partly(reader, notified(space, event["id"], "deleted"))
            assert (seen, again) == ([], [event["id"]])


async def test_a_slow_room_holds_up_the_others_no_longer_than_it_must(world: World, reader: Reader) -> None:
    slow, good = await world.room(), await world.room()
    slow_event, good_event = await world.put(slow), await world.put(good)
    began = asyncio.get_running_loop().time()

    async with world.simulator.faults({"match": {"mailbox": slow.address}, "effect": {"delay_ms": 9000}}):
        seen, again, why = await look_partly(reader, notified(slow, slow_event["id"]), notified(good, good_event["id"]))

    assert asyncio.get_running_loop().time() - began < 7
    assert [each.space_id for each in seen] == [good.id]
    assert (again, "did not answer within" in why) == ([slow_event["id"]], True)


async def test_a_room_is_not_charged_with_the_time_that_it_waited_for_others(world: World) -> None:
    """One look at a time; another room's mailbox does not answer, and is asked once, not for each of its events."""
    one_by_one = Reader(world.pool, world.clients, Lane.LIVE, GRACE_S, 1)
    slow, good = await world.room(), await world.room()
    events = [await world.put(slow, 9 + number) for number in range(4)]
    good_event = await world.put(good)
    began = asyncio.get_running_loop().time()

    async with world.simulator.faults({"match": {"mailbox": slow.address}, "effect": {"delay_ms": 9000}}):
        _, again, _ = await look_partly(
            one_by_one, *[notified(slow, each["id"]) for each in events], notified(good, good_event["id"])
        )

    assert sorted(again) == sorted(each["id"] for each in events)
    assert asyncio.get_running_loop().time() - began < 7
    (observed,) = await look(one_by_one, notified(good, good_event["id"]))
    assert observed.space_id == good.id
    assert not (await world.watch(good))["is_sweep_owed"]
