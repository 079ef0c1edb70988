"""Refused edits: the organizer's event is moved back once, unless it changed again, and only where that is allowed."""

import pytest

from libs.contracts.messages import IntentProblem, Settlement
from libs.contracts.values import Window
from services.outbound.handlers.settled import MAIL_ARRIVES
from tests.contract.graphsim.graph import Json
from tests.integration.outbound.world import HOUR, REFUSED, START, ComesAgain, Room, World, moving_back

THIRD = Window(start=START + 6 * HOUR, end=START + 7 * HOUR)
UNREACHABLE = (Settlement.GIVEN_UP, IntentProblem.ORGANIZER_UNREACHABLE)


async def moved_away(world: World, **more: object) -> tuple[Room, str, Json]:
    """Have an organizer move their meeting to a time that the room refuses."""
    await world.sim.ask("PUT", "/access", {"scope": "all"})
    room = await world.room(edits_organizer_events=True)
    organizer, event, _ = await world.invited(room, **more)
    await world.move(organizer, event, REFUSED, room)
    return room, organizer, event


async def starts(world: World, organizer: str, event: Json) -> str:
    return str((await world.own(organizer, event))["start"]["dateTime"][:16])


async def test_the_organizers_event_is_moved_back(world: World) -> None:
    room, organizer, event = await moved_away(world)

    settled = await world.settle(room.issued(moving_back(organizer, event)))

    assert (settled.settlement, settled.has_written) == (Settlement.DONE, True)
    assert settled.awaited_until == settled.settled_at + MAIL_ARRIVES
    assert await starts(world, organizer, event) == "2027-03-01T10:00"
    assert await world.writes(organizer) == ["PATCH 200"]


async def test_it_is_moved_back_once_however_often_that_is_asked(world: World) -> None:
    room, organizer, event = await moved_away(world)
    message = room.issued(moving_back(organizer, event))
    await world.settle(message)

    again = await world.settle(message)

    assert (again.settlement, again.has_written) == (Settlement.DONE, False)
    assert again.awaited_until == again.settled_at + MAIL_ARRIVES
    assert await world.writes(organizer) == ["PATCH 200"]


async def test_it_is_moved_back_once_although_the_answer_was_lost(world: World) -> None:
    room, organizer, event = await moved_away(world)
    fault = {"match": {"method": "PATCH", "mailbox": organizer, "app": "roomsync"}, "times": 1}
    async with world.sim.faults({**fault, "effect": {"drop_after_commit": True}}):
        settled = await world.settle_in_the_end(room.issued(moving_back(organizer, event)))

    assert (settled.settlement, settled.has_written) == (Settlement.DONE, True)
    assert (await world.writes(organizer)).count("PATCH 200") == 1


async def test_an_event_that_was_moved_on_is_left_alone(world: World) -> None:
    room, organizer, event = await moved_away(world)
    await world.move(organizer, event, THIRD)

    settled = await world.settle(room.issued(moving_back(organizer, event)))

    assert (settled.settlement, settled.problem) == (Settlement.SUPERSEDED, IntentProblem.CHANGED_MEANWHILE)
    assert await starts(world, organizer, event) == "2027-03-01T16:00"
    assert await world.writes(organizer) == []


async def test_an_event_that_changes_between_look_and_write_is_looked_at_again(world: World) -> None:
    room, organizer, event = await moved_away(world)
    fault = {"match": {"method": "PATCH", "mailbox": organizer, "app": "roomsync"}, "times": 1}
    async with world.sim.faults({**fault, "effect": {"status": 412}}):
        settled = await world.settle(room.issued(moving_back(organizer, event)))

    assert settled.settlement is Settlement.DONE
    assert await world.writes(organizer) == ["PATCH 412", "PATCH 200"]


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 504), ("PATCH", 412)], ids=["cannot be read now", "keeps changing"]
)
async def test_what_cannot_be_moved_back_now_is_tried_later_or_left(world: World, method: str, status: int) -> None:
    room, organizer, event = await moved_away(world)
    fault = {"match": {"method": method, "mailbox": organizer, "app": "roomsync"}, "effect": {"status": status}}
    async with world.sim.faults(fault):
        if method == "GET":
            with pytest.raises(ComesAgain):
                await world.handle(room.issued(moving_back(organizer, event)))
        else:
            settled = await world.settle(room.issued(moving_back(organizer, event)))
            assert settled.settlement is Settlement.GIVEN_UP
    assert await starts(world, organizer, event) == "2027-03-01T13:00"


async def test_a_whole_day_is_moved_back_as_a_whole_day(world: World) -> None:
    await world.sim.ask("PUT", "/access", {"scope": "all"})
    zone = "W. Europe Standard Time"

    def day(number: int) -> Json:
        return {
            name: {"dateTime": f"2027-07-{number + more:02d}T00:00:00", "timeZone": zone}
            for name, more in (("start", 0), ("end", 1))
        }

    def window(number: int) -> Window:
        midnight = START.replace(month=6, day=30, hour=22)
        start = midnight + (number - 1) * 24 * HOUR
        return Window(start=start, end=start + 24 * HOUR)

    room = await world.room(edits_organizer_events=True)
    organizer, event, _ = await world.invited(room, isAllDay=True, **day(8))
    goal = moving_back(organizer, event).model_copy(update={"kept": window(7), "refused": window(8)})

    settled = await world.settle(room.issued(goal))

    own = await world.own(organizer, event)
    assert settled.settlement is Settlement.DONE
    assert (own["isAllDay"], own["start"]["dateTime"][:16]) == (True, "2027-07-07T00:00")


async def test_without_leave_to_edit_organizers_nothing_is_even_read(world: World) -> None:
    _, organizer, event = await moved_away(world)
    other = await world.room()

    settled = await world.settle(other.issued(moving_back(organizer, event)))

    assert (settled.settlement, settled.problem) == UNREACHABLE
    assert await world.sim.requests(other.mailbox) == []


@pytest.mark.parametrize("scope", ["rooms", "none"])
async def test_an_organizer_out_of_reach_is_given_up(world: World, scope: str) -> None:
    room, organizer, event = await moved_away(world)
    await world.sim.ask("PUT", "/access", {"scope": scope})

    settled = await world.settle(room.issued(moving_back(organizer, event)))

    assert (settled.settlement, settled.problem) == UNREACHABLE
    assert await starts(world, organizer, event) == "2027-03-01T13:00"


async def test_an_organizer_without_a_mailbox_here_is_given_up(world: World) -> None:
    room, _, event = await moved_away(world)

    settled = await world.settle(room.issued(moving_back("guest@example.com", event)))

    assert (settled.settlement, settled.problem) == UNREACHABLE


async def test_an_event_that_may_be_read_and_not_written_is_given_up(world: World) -> None:
    room, organizer, event = await moved_away(world)
    fault = {"match": {"method": "PATCH", "mailbox": organizer, "app": "roomsync"}, "effect": {"status": 403}}
    async with world.sim.faults(fault):
        settled = await world.settle(room.issued(moving_back(organizer, event)))

    assert (settled.settlement, settled.problem) == UNREACHABLE


async def test_an_event_of_which_they_are_a_guest_is_not_theirs_to_move(world: World) -> None:
    room, organizer, event = await moved_away(world)
    guest = await world.sim.add_user("Bob")
    await world.outlook.call(
        "PATCH",
        f"/users/{organizer}/events/{event['id']}",
        {"attendees": [{"emailAddress": {"address": each}} for each in (room.mailbox, guest)]},
    )
    await world.outlook.copy(guest, event)

    settled = await world.settle(room.issued(moving_back(guest, event)))

    assert (settled.settlement, settled.problem) == UNREACHABLE
    assert await world.writes(guest) == []
