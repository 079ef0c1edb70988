"""A decline that is final: the room is taken off the organizer's own event afterwards, once, and only where allowed."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.intents import AnswerMeeting
from libs.contracts.messages import IntentSettled, Settlement
from services.outbound.core.taking_off import PATIENCE
from services.outbound.store import intents
from tests.contract.graphsim.graph import Json, eventually
from tests.integration.outbound.test_occurrences import SECOND, weeks_later
from tests.integration.outbound.world import REFUSED, ComesAgain, Room, World, answering

DECLINED = (Settlement.DONE, True, None)


def rejecting(organizer: str, event: Json, **more: Any) -> AnswerMeeting:
    """Decline for good, and have the organizer's event lose the room."""
    return answering(event, "declined", takes_room_off=organizer, **more)


async def asking(world: World, *guests: str, **more: Any) -> tuple[Room, str, Json]:
    """Have somebody invite a room, in another case than it is known by, with guests, where any mailbox is open."""
    await world.sim.ask("PUT", "/access", {"scope": "all"})
    room = await world.room(edits_organizer_events=True, **more)
    organizer = await world.sim.add_user("Ada")
    event = await world.outlook.invite(organizer, room.mailbox.upper(), *guests, **dates())
    await world.outlook.copy(room.mailbox, event)
    return room, organizer, event


def dates() -> Json:
    at = {"start": "2027-03-01T10:00:00", "end": "2027-03-01T11:00:00"}
    return {name: {"dateTime": value, "timeZone": "UTC"} for name, value in at.items()}


async def invited(world: World, organizer: str, event: Json) -> list[str]:
    rows = (await world.own(organizer, event))["attendees"]
    return [row["emailAddress"]["address"].lower() for row in rows]


async def decline(world: World, room: Room, organizer: str, event: Json) -> None:
    """Have the decline sent and shown, before the room is taken off."""
    with pytest.raises(ComesAgain):
        await world.handle(room.issued(rejecting(organizer, event)))
    await world.quiet()


async def has_read(world: World, mailbox: str, times: int) -> bool:
    """Whether our application has read from a mailbox so often, at least."""
    calls = [call for call in await world.sim.requests(mailbox) if call["app"] == "roomsync"]
    return len([call for call in calls if call["method"] == "GET"]) >= times


def ended(settled: IntentSettled) -> tuple[Settlement, bool, str | None]:
    return settled.settlement, settled.has_written, settled.detail


async def test_the_room_declines_first_and_is_off_the_event_then(world: World) -> None:
    guest = await world.sim.add_user("Bob")
    room, organizer, event = await asking(world, guest)
    _, *others = (await world.own(organizer, event))["attendees"]

    await decline(world, room, organizer, event)
    shown = {row["emailAddress"]["address"].lower(): row for row in (await world.own(organizer, event))["attendees"]}
    settled = await world.settle(room.issued(rejecting(organizer, event)))

    assert shown[room.mailbox.lower()]["status"]["response"] == "declined"
    assert ended(settled) == DECLINED
    assert (await world.own(organizer, event))["attendees"] == others
    assert await world.writes(room.mailbox) == ["POST 202"]
    assert await world.writes(organizer) == ["PATCH 200"]
    assert [(mail["response"], mail["comment"]) for mail in await world.mails(organizer)] == [
        ("declined", "So it was decided.")
    ]
    assert await world.copies(room, event) == []


async def test_however_often_it_is_asked_it_is_declined_once_and_taken_off_once(world: World) -> None:
    room, organizer, event = await asking(world)
    message = room.issued(rejecting(organizer, event))

    await world.settle_in_the_end(message)
    again = await world.settle(message)

    assert (again.settlement, again.detail) == (Settlement.DONE, None)
    assert await world.writes(room.mailbox) == ["POST 202"]
    assert await world.writes(organizer) == ["PATCH 200"]


async def test_it_is_taken_off_once_although_the_answer_was_lost(world: World) -> None:
    room, organizer, event = await asking(world)
    await decline(world, room, organizer, event)
    fault = {"match": {"method": "PATCH", "mailbox": organizer, "app": "roomsync"}, "times": 1}
    async with world.sim.faults({**fault, "effect": {"drop_after_commit": True}}):
        settled = await world.settle(room.issued(rejecting(organizer, event)))

    assert ended(settled) == DECLINED
    assert (await world.writes(organizer)).count("PATCH 200") == 1
    assert await invited(world, organizer, event) == []


async def test_the_room_stays_while_the_organizers_event_does_not_show_the_decline(world: World) -> None:
    room, organizer, event = await asking(world)
    await world.sim.ask("PUT", "/options", {"mail_delay": [3, 3]})
    with pytest.raises(ComesAgain):
        await world.handle(room.issued(rejecting(organizer, event)))

    async def has_left() -> bool:
        return await world.copies(room, event) == []

    await eventually(has_left)
    with pytest.raises(ComesAgain, match="does not show it yet"):
        await world.handle(room.issued(rejecting(organizer, event)))
    assert await world.writes(organizer) == []

    await world.quiet()
    assert ended(await world.settle(room.issued(rejecting(organizer, event)))) == DECLINED


async def test_an_organizer_who_asked_for_no_response_loses_the_room_when_the_wait_is_over(world: World) -> None:
    room, organizer, event = await asking(world)
    await world.outlook.call("PATCH", f"/users/{organizer}/events/{event['id']}", {"responseRequested": False})
    await world.quiet()
    await decline(world, room, organizer, event)
    with pytest.raises(ComesAgain):
        await world.handle(room.issued(rejecting(organizer, event)))

    await world.end_waits(room)
    settled = await world.settle(room.issued(rejecting(organizer, event)))

    assert ended(settled) == DECLINED
    assert await invited(world, organizer, event) == []


async def test_an_event_that_changes_between_look_and_write_is_looked_at_again(world: World) -> None:
    room, organizer, event = await asking(world)
    await decline(world, room, organizer, event)
    fault = {"match": {"method": "PATCH", "mailbox": organizer, "app": "roomsync"}, "times": 1}
    async with world.sim.faults({**fault, "effect": {"status": 412}}):
        settled = await world.settle(room.issued(rejecting(organizer, event)))

    assert ended(settled) == DECLINED
    assert await world.writes(organizer) == ["PATCH 412", "PATCH 200"]


async def test_a_guest_who_is_invited_at_that_very_moment_stays_invited(world: World) -> None:
    room, organizer, event = await asking(world)
    await decline(world, room, organizer, event)
    guest = await world.sim.add_user("Bob")
    rows = [*(await world.own(organizer, event))["attendees"], {"emailAddress": {"address": guest}}]
    fault = {"match": {"method": "PATCH", "mailbox": organizer, "app": "roomsync"}, "times": 1}
    async with world.sim.faults({**fault, "effect": {"delay_ms": 2000}}):
        settling = asyncio.create_task(world.settle(room.issued(rejecting(organizer, event))))
        await eventually(lambda: has_read(world, organizer, 3))
        await world.outlook.call("PATCH", f"/users/{organizer}/events/{event['id']}", {"attendees": rows})
        settled = await settling

    assert ended(settled) == DECLINED
    assert await invited(world, organizer, event) == [guest.lower()]
    assert await world.writes(organizer) == ["PATCH 412", "PATCH 200"]


async def test_an_intent_that_is_overtaken_before_the_write_takes_nobody_off(world: World) -> None:
    room, organizer, event = await asking(world)
    await decline(world, room, organizer, event)
    message = room.issued(rejecting(organizer, event))
    fault = {"match": {"method": "GET", "mailbox": organizer, "app": "roomsync"}, "times": 1}
    async with world.sim.faults({**fault, "effect": {"answer_delay_ms": 1500}}):
        settling = asyncio.create_task(world.settle(message))
        await eventually(lambda: has_read(world, room.mailbox, 2))
        async with world.pool.acquire() as conn:
            await intents.note(conn, [(message.key, 2)])
        settled = await settling

    assert settled.settlement is Settlement.SUPERSEDED
    assert await world.writes(organizer) == []


async def test_an_organizers_mailbox_that_hangs_counts_as_out_of_reach(world: World) -> None:
    room, organizer, event = await asking(world)
    await decline(world, room, organizer, event)
    fault = {"match": {"method": "GET", "mailbox": organizer, "app": "roomsync"}, "effect": {"delay_ms": 20_000}}
    async with world.sim.faults(fault):
        with pytest.raises(ComesAgain, match="organizer's mailbox cannot be reached"):
            await world.handle(room.issued(rejecting(organizer, event)))


@pytest.mark.parametrize("is_on_its_way", [False, True], ids=["the room has heard of it", "the room has not"])
async def test_an_event_that_was_moved_after_the_decline_keeps_the_room(world: World, *, is_on_its_way: bool) -> None:
    room, organizer, event = await asking(world)
    await decline(world, room, organizer, event)
    if is_on_its_way:
        await world.sim.ask("PUT", "/options", {"mail_delay": [5, 5]})
    await world.move(organizer, event, REFUSED, None if is_on_its_way else room)

    settled = await world.settle(room.issued(rejecting(organizer, event)))

    if is_on_its_way:
        assert settled.settlement is Settlement.DONE
        assert "has changed the meeting" in str(settled.detail)
    else:
        assert settled.settlement is Settlement.SUPERSEDED
    assert await world.writes(organizer) == []
    assert await invited(world, organizer, event) == [room.mailbox.lower()]


@pytest.mark.parametrize("what", ["removed", "cancelled"])
async def test_what_the_organizer_has_done_meanwhile_leaves_nothing_to_do(world: World, what: str) -> None:
    room, organizer, event = await asking(world)
    await decline(world, room, organizer, event)
    path = f"/users/{organizer}/events/{event['id']}"
    if what == "removed":
        await world.outlook.call("PATCH", path, {"attendees": []})
    else:
        await world.outlook.call("POST", f"{path}/cancel", {"comment": "Off."}, expect=202)

    settled = await world.settle(room.issued(rejecting(organizer, event)))

    assert ended(settled) == DECLINED
    assert await world.writes(organizer) == []


@pytest.mark.parametrize("status", [403, 404, 412])
async def test_where_the_event_cannot_be_edited_the_decline_is_enough(world: World, status: int) -> None:
    room, organizer, event = await asking(world)
    await decline(world, room, organizer, event)
    fault = {"match": {"method": "PATCH", "mailbox": organizer, "app": "roomsync"}, "effect": {"status": status}}
    async with world.sim.faults(fault):
        settled = await world.settle(room.issued(rejecting(organizer, event)))

    assert (settled.settlement, settled.has_written, settled.problem) == (Settlement.DONE, True, None)
    assert settled.detail is not None
    assert "stays on the organizer's event" in settled.detail
    assert await invited(world, organizer, event) == [room.mailbox.lower()]
    assert await world.writes(room.mailbox) == ["POST 202"]


async def test_an_organizers_mailbox_that_is_closed_to_us_leaves_the_decline(world: World) -> None:
    room, organizer, event = await asking(world)
    await world.sim.ask("PUT", "/access", {"scope": "rooms"})

    settled = await world.settle_in_the_end(room.issued(rejecting(organizer, event)))

    assert (settled.settlement, settled.problem) == (Settlement.DONE, None)
    assert "may not be edited" in str(settled.detail)
    await world.shows(organizer, event, "declined")


async def test_an_organizers_mailbox_that_cannot_be_read_now_is_tried_for_a_while(world: World) -> None:
    room, organizer, event = await asking(world)
    await decline(world, room, organizer, event)
    fault = {"match": {"method": "GET", "mailbox": organizer, "app": "roomsync"}, "effect": {"status": 504}}
    async with world.sim.faults(fault):
        with pytest.raises(ComesAgain, match="cannot be reached"):
            await world.handle(room.issued(rejecting(organizer, event)))
        await world.pool.execute(
            "UPDATE intents SET awaited_until = clock_timestamp() - $2::interval WHERE space_id = $1",
            room.space_id,
            PATIENCE + timedelta(seconds=1),
        )
        settled = await world.settle(room.issued(rejecting(organizer, event)))

    assert settled.settlement is Settlement.DONE
    assert "cannot be reached" in str(settled.detail)
    assert await world.writes(organizer) == []


async def test_a_newer_intent_keeps_the_room_on_the_event(world: World) -> None:
    room, organizer, event = await asking(world)
    await decline(world, room, organizer, event)

    await world.settle(room.issued(answering(event, "declined"), generation=2))
    settled = await world.settle(room.issued(rejecting(organizer, event)))

    assert settled.settlement is Settlement.SUPERSEDED
    assert await invited(world, organizer, event) == [room.mailbox.lower()]


async def test_without_leave_to_edit_organizers_the_room_only_declines(world: World) -> None:
    await world.sim.ask("PUT", "/access", {"scope": "all"})
    room = await world.room()
    organizer, event, _ = await world.invited(room)

    settled = await world.settle(room.issued(rejecting(organizer, event)))

    assert ended(settled) == DECLINED
    await world.shows(organizer, event, "declined")
    assert await world.writes(organizer) == []
    assert not [call for call in await world.sim.requests(organizer) if call["app"] == "roomsync"]


async def test_a_room_that_keeps_what_it_declined_has_it_cancelled_and_that_is_the_end(world: World) -> None:
    room, organizer, event = await asking(
        world, processing={"automate": "AutoUpdate", "preserve_declined_meetings": True}
    )
    message = room.issued(rejecting(organizer, event))
    await decline(world, room, organizer, event)
    settled = await world.settle(message)
    await world.quiet()

    assert ended(settled) == DECLINED
    assert [copy["isCancelled"] for copy in await world.copies(room, event)] == [True]
    assert (await world.settle(message)).settlement is Settlement.DONE
    assert await world.writes(room.mailbox) == ["POST 202"]
    assert await world.writes(organizer) == ["PATCH 200"]


async def test_a_series_loses_the_room_as_a_whole(world: World) -> None:
    await world.sim.ask("PUT", "/access", {"scope": "all"})
    room = await world.room(edits_organizer_events=True)
    organizer, event, _ = await world.invited_weekly(room)

    settled = await world.settle_in_the_end(room.issued(rejecting(organizer, event)))

    assert ended(settled) == DECLINED
    assert [row for each in await world.dates(organizer, event) for row in each["attendees"]] == []
    assert await world.writes(organizer) == ["PATCH 200"]


async def test_one_date_of_a_series_loses_the_room_alone(world: World) -> None:
    await world.sim.ask("PUT", "/access", {"scope": "all"})
    room = await world.room(edits_organizer_events=True)
    organizer, event, _ = await world.invited_weekly(room)
    goal = rejecting(organizer, event, judged=weeks_later(1))

    settled = await world.settle_in_the_end(room.issued(goal, date=SECOND))

    assert ended(settled) == DECLINED
    assert [len(each["attendees"]) for each in await world.dates(organizer, event)] == [1, 0, 1, 1]
