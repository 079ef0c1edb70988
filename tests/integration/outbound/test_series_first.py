"""The answer to a whole series comes before those to its dates, and holds them up no longer than it takes."""

import asyncio
from pathlib import Path

import pytest

from libs.contracts.messages import IntentIssued, IntentProblem, RetryRequested, Settlement
from tests.contract.graphsim.graph import Json
from tests.integration.outbound.test_occurrences import SECOND, SECOND_TIME, THIRD, weeks_later
from tests.integration.outbound.test_waiting import SELDOM, closed, opened, running
from tests.integration.outbound.world import KEPT, REFUSED, ComesAgain, Room, World, answering

DONE = Settlement.DONE
FIRST = KEPT.start.date()


@pytest.fixture
async def empty(world: World) -> World:
    await world.pool.execute("TRUNCATE waiting, outbox, inbox, intents")
    return world


def accepting(room: Room, event: Json, generation: int = 1) -> IntentIssued:
    return room.issued(answering(event), generation)


def declining_second(room: Room, event: Json) -> IntentIssued:
    return room.issued(answering(event, "declined", SECOND_TIME), date=SECOND)


async def heard(world: World, organizer: str) -> list[tuple[str, str | None]]:
    """Return what an organizer was told, in order, each with the date that it is about."""
    return [(each["response"], each["occurrence"]) for each in await world.mails(organizer)]


async def unsettled(world: World, message: IntentIssued) -> None:
    """Have a message be known to outbound, and end before anything else is done about it."""
    fault = {"match": {"mailbox": message.room_mailbox, "app": "roomsync"}, "effect": {"status": 503}}
    async with world.sim.faults(fault):
        with pytest.raises(ComesAgain):
            await world.handle(message)


async def test_a_date_waits_while_the_intent_of_its_series_is_open(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited_weekly(room)
    series, second = accepting(room, event), declining_second(room, event)
    await unsettled(world, series)

    for _ in range(2):
        with pytest.raises(ComesAgain, match="the whole series comes first"):
            await world.handle(second)
    assert await world.mails(organizer) == []

    await world.settle(series)
    assert (await world.settle_in_the_end(second)).settlement is DONE
    assert await heard(world, organizer) == [("accepted", None), ("declined", "2027-03-08")]


async def test_what_is_open_in_another_room_or_series_or_for_another_date_holds_nothing_up(world: World) -> None:
    rooms = [await world.room(), await world.room()]
    organizer, event, _ = await world.invited_weekly(rooms[0])
    _, other, _ = await world.invited_weekly(rooms[0])
    third = rooms[0].issued(answering(event, "declined", weeks_later(2)), date=THIRD)
    for each in (accepting(rooms[0], other), accepting(rooms[1], event), third):
        await unsettled(world, each)

    settled = await world.settle(declining_second(rooms[0], event))

    assert settled.settlement is DONE
    assert await heard(world, organizer) == [("declined", "2027-03-08")]


@pytest.mark.parametrize("ending", ["superseded", "given up"])
async def test_a_date_goes_on_however_the_intent_of_its_series_ended(world: World, ending: str) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited_weekly(room)
    series, second = room.issued(answering(event, judged=REFUSED)), declining_second(room, event)
    if ending == "given up":
        series = accepting(room, event)
    await unsettled(world, series)
    refusal = {"match": {"method": "POST", "mailbox": room.mailbox}, "effect": {"status": 403}}
    async with world.sim.faults(*([refusal] if ending == "given up" else [])):
        settled = await world.settle(series)

    assert settled.settlement.value.replace("_", " ") == ending
    assert (await world.settle(second)).settlement is DONE
    assert await heard(world, organizer) == [("declined", "2027-03-08")]


async def test_a_newer_intent_of_the_series_holds_its_dates_up_again(world: World) -> None:
    room = await world.room()
    _, event, _ = await world.invited_weekly(room)
    await world.settle(accepting(room, event))
    await unsettled(world, accepting(room, event, 2))

    with pytest.raises(ComesAgain, match="the whole series comes first"):
        await world.handle(declining_second(room, event))


def declining_three(room: Room, event: Json) -> list[IntentIssued]:
    return [
        room.issued(answering(event, "declined", weeks_later(weeks)), date=each)
        for weeks, each in enumerate((FIRST, SECOND, THIRD))
    ]


async def test_of_one_batch_the_series_is_answered_first(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited_weekly(room)
    dates = declining_three(room, event)

    await world.handlers().on_intent_issued([*dates, accepting(room, event)])
    for each in dates:
        await world.settle_in_the_end(each)

    told = await heard(world, organizer)
    assert told[0] == ("accepted", None)
    assert sorted(told[1:]) == [("declined", f"2027-03-{day}") for day in ("01", "08", "15")]


async def test_a_date_need_not_come_again_if_its_series_ends_in_the_same_batch(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited_weekly(room)
    await world.settle(accepting(room, event))
    await world.shows(organizer, event, "accepted")

    settled = await world.handle(*declining_three(room, event), accepting(room, event, 2))

    assert [each.settlement for each in settled] == [DONE] * 4
    assert [each.has_written for each in settled] == [False, True, True, True]


async def test_a_date_waits_until_the_answer_to_its_series_is_shown(world: World) -> None:
    """Exchange may take the room's copy away when it is accepted, and bring another one: the date is not gone."""
    room = await world.room()
    organizer, event, _ = await world.invited_weekly(room)
    change = {"processing": {}, "recreate_on_accept": {"delay_ms": [700, 700]}}
    await world.sim.ask("PATCH", f"/mailboxes/{room.mailbox}", change)
    await world.settle(accepting(room, event))
    second = declining_second(room, event)
    await asyncio.sleep(0.2)

    with pytest.raises(ComesAgain, match="the whole series comes first"):
        await world.handle(second)
    settled = await world.settle_in_the_end(second)

    assert (settled.settlement, settled.has_written) == (DONE, True)
    assert await heard(world, organizer) == [("accepted", None), ("declined", "2027-03-08")]


async def test_a_date_does_not_wait_for_ever_for_an_answer_to_its_series_that_never_shows(world: World) -> None:
    room = await world.room()
    _, event, (copy,) = await world.invited_weekly(room)
    await world.settle(accepting(room, event))
    await world.outlook.call("DELETE", f"/users/{room.mailbox}/events/{copy['id']}", expect=204)
    accepted_second = room.issued(answering(event, "accepted", SECOND_TIME), date=SECOND)
    with pytest.raises(ComesAgain, match="the whole series comes first"):
        await world.handle(accepted_second)

    await world.end_waits(room)
    settled = await world.settle(accepted_second)

    assert (settled.settlement, settled.problem) == (Settlement.GIVEN_UP, IntentProblem.GONE)


async def test_a_series_and_its_date_wait_for_a_mailbox_across_a_restart_and_keep_their_order(
    empty: World, migrated: str, tmp_path: Path
) -> None:
    room = await empty.room()
    organizer, event, _ = await empty.invited_weekly(room)
    series, second = accepting(room, event), declining_second(room, event)
    async with running(empty, migrated, tmp_path, SELDOM) as outbound:
        await closed(empty)
        await outbound.send(series)
        await outbound.waits(1)
        await outbound.send(second)
        await outbound.waits(2)

    async with running(empty, migrated, tmp_path, SELDOM) as outbound:
        await opened(empty)
        # The date comes first, and alone: the series still waits for the mailbox.
        await outbound.send(second)
        await asyncio.sleep(1)
        await outbound.send(RetryRequested(connection_id=room.connection_id, reason="administrator_asked"))
        await outbound.settle(series, second, within_s=25)
        assert await outbound.bus.parked() == []

    assert await heard(empty, organizer) == [("accepted", None), ("declined", "2027-03-08")]
