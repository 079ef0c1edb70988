"""Copies that come back late, or cannot be read yet: Exchange has them, and Graph does not show them."""

from typing import Any

import pytest

from tests.graphsim.control.mailboxes import change_mailbox
from tests.graphsim.exchange.world import EventChange, World
from tests.unit.graphsim.conftest import ADA, BIRCH, add_room
from tests.unit.graphsim.outlook import IMMUTABLE, Json, Outlook, answers, eventually, meeting

WINDOW = "startDateTime=2026-12-01T00:00:00Z&endDateTime=2026-12-02T00:00:00Z"
MAPLE = "maple@example.org"


@pytest.fixture
def told(world: World) -> list[EventChange]:
    """What subscribers of anybody would hear of."""
    heard: list[EventChange] = []
    world.listeners.append(heard.append)
    return heard


def change(world: World, address: str = BIRCH, **how: Any) -> None:
    change_mailbox(world.directory, address, how)


async def accepted(outlook: Outlook, world: World, verb: str = "accept") -> tuple[Json, Json, Json]:
    """A meeting of Ada's that the room has just answered, and the ids of its copy until then."""
    event = await outlook.invite(ADA, BIRCH)
    copy = await outlook.copy(BIRCH, event)
    immutable = await outlook.call("GET", f"{BIRCH}/events/{copy['id']}", headers=IMMUTABLE)
    await outlook.respond(BIRCH, copy, verb)
    await outlook.gone(BIRCH, event)
    return event, copy, immutable


@pytest.mark.parametrize("verb", ["accept", "tentativelyAccept"])
async def test_a_copy_is_gone_at_once_and_comes_back_as_a_new_item(
    outlook: Outlook, world: World, told: list[EventChange], verb: str
) -> None:
    change(world, recreate_on_accept={"delay_ms": [100, 120]})
    event, copy, immutable = await accepted(outlook, world, verb)
    for ident in (copy["id"], immutable["id"]):
        await outlook.call("GET", f"{BIRCH}/events/{ident}", expect=404)
    assert (await outlook.call("GET", f"{BIRCH}/calendarView?{WINDOW}"))["value"] == []

    back = await outlook.copy(BIRCH, event)
    new = await outlook.call("GET", f"{BIRCH}/events/{back['id']}", headers=IMMUTABLE)
    assert (back["iCalUId"], back["start"]) == (copy["iCalUId"], copy["start"])
    assert {back["id"], new["id"]}.isdisjoint({copy["id"], immutable["id"]})
    expected = {"accept": ("accepted", "busy"), "tentativelyAccept": ("tentativelyAccepted", "tentative")}[verb]
    assert (back["responseStatus"]["response"], back["showAs"]) == expected
    in_room = [(each.change, each.event_id) for each in told if each.mailbox.address == BIRCH]
    assert in_room == [("created", immutable["id"]), ("deleted", immutable["id"]), ("created", new["id"])]
    await outlook.status(ADA, event, BIRCH, expected[0])


async def test_a_decline_brings_nothing_back(outlook: Outlook, world: World) -> None:
    change(world, recreate_on_accept={"delay_ms": [1, 2]})
    event, _, _ = await accepted(outlook, world, "decline")
    await outlook.quiet()
    assert await outlook.find(BIRCH, event["iCalUId"]) is None


async def test_a_cancellation_meanwhile_counts_once_the_copy_is_back(outlook: Outlook, world: World) -> None:
    change(world, recreate_on_accept={"delay_ms": [60, 80]}, processing={"remove_canceled_meetings": True})
    event, _, _ = await accepted(outlook, world)
    await outlook.call("POST", f"{ADA}/events/{event['id']}/cancel", {}, expect=202)
    await outlook.quiet()
    assert await outlook.find(BIRCH, event["iCalUId"]) is None


async def test_an_update_meanwhile_makes_no_second_copy(outlook: Outlook, world: World) -> None:
    change(world, recreate_on_accept={"delay_ms": [60, 80]})
    event, _, _ = await accepted(outlook, world)
    later = {edge: meeting(hours=(14, 15))[edge] for edge in ("start", "end")}
    await outlook.call("PATCH", f"{ADA}/events/{event['id']}", later)
    await outlook.quiet()
    [back] = (await outlook.call("GET", f"{BIRCH}/events"))["value"]
    assert back["start"]["dateTime"] == "2026-12-01T14:00:00.0000000"
    assert back["responseStatus"]["response"] == "notResponded"


async def test_a_room_that_answers_by_itself_rewrites_the_copy_that_came_back(outlook: Outlook, world: World) -> None:
    add_room(world, MAPLE)
    change(world, MAPLE, recreate_on_accept={"delay_ms": [20, 30]})
    event = await outlook.invite(ADA, MAPLE)
    await outlook.status(ADA, event, MAPLE, "accepted")
    await outlook.quiet()
    [copy] = (await outlook.call("GET", f"{MAPLE}/events"))["value"]
    assert (copy["subject"], copy["responseStatus"]["response"]) == ("Ada", "accepted")


async def test_a_new_copy_is_told_of_before_it_can_be_read(
    outlook: Outlook, world: World, told: list[EventChange]
) -> None:
    change(world, readable_after_ms=[150, 160])
    event = await outlook.invite(ADA, BIRCH)

    async def look() -> EventChange | None:
        return next((each for each in told if each.mailbox.address == BIRCH), None)

    news = await eventually(look)
    assert news is not None
    for ident in (news.default_id, news.event_id):
        await outlook.call("GET", f"{BIRCH}/events/{ident}", expect=404)
    await outlook.call("POST", f"{BIRCH}/events/{news.default_id}/accept", {}, expect=404)
    assert await outlook.find(BIRCH, event["iCalUId"]) is None
    assert (await outlook.call("GET", f"{BIRCH}/calendarView?{WINDOW}"))["value"] == []

    copy = await outlook.copy(BIRCH, event)
    assert copy["id"] == news.default_id
    assert len((await outlook.call("GET", f"{BIRCH}/calendarView?{WINDOW}"))["value"]) == 1
    assert [each.change for each in told if each.mailbox.address == BIRCH] == ["created"]
    await outlook.respond(BIRCH, copy, "accept")
    await outlook.status(ADA, event, BIRCH, "accepted")


async def test_what_cannot_be_read_yet_still_takes_the_time(outlook: Outlook, world: World) -> None:
    add_room(world, MAPLE)
    change(world, MAPLE, readable_after_ms=[100, 120])
    first = await outlook.invite(ADA, MAPLE)
    await outlook.status(ADA, first, MAPLE, "accepted")
    second = await outlook.invite(ADA, MAPLE)
    await outlook.status(ADA, second, MAPLE, "declined")
    await outlook.quiet()
    assert answers(await outlook.copy(ADA, first)) == {MAPLE: "accepted"}


async def test_a_series_that_cannot_be_read_yet_shows_its_occurrences_later(outlook: Outlook, world: World) -> None:
    change(world, readable_after_ms=[60, 80])
    daily = {
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "startDate": "2026-12-01", "numberOfOccurrences": 3},
    }
    event = await outlook.invite(ADA, BIRCH, recurrence=daily)

    async def stored() -> bool:
        return world.mailbox(BIRCH).copy_of(event["iCalUId"]) is not None

    await eventually(stored)
    assert (await outlook.call("GET", f"{BIRCH}/calendarView?{WINDOW}"))["value"] == []
    await outlook.quiet()
    [occurrence] = (await outlook.call("GET", f"{BIRCH}/calendarView?{WINDOW}"))["value"]
    await outlook.call("GET", f"{BIRCH}/events/{occurrence['id']}")
