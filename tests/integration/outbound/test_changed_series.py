"""A series that recurs otherwise than when it was judged is not answered, though its first date is where it was."""

import pytest

from libs.contracts.messages import IntentProblem, Settlement
from tests.contract.graphsim.graph import Json
from tests.integration.outbound.world import World, answering

CHANGED = (Settlement.SUPERSEDED, False, IntentProblem.CHANGED_MEANWHILE)
DAY = "2027-03-01"
LONGER = {"range": {"type": "numbered", "startDate": DAY, "numberOfOccurrences": 6}}
RARER = {"pattern": {"type": "weekly", "interval": 2, "daysOfWeek": ["monday"]}}


async def patched(world: World, organizer: str, event: Json, change: Json) -> Json:
    """Have the organizer change their event; return it once the room has it so."""
    await world.outlook.call("PATCH", f"/users/{organizer}/events/{event['id']}", change)
    await world.quiet()
    return await world.own(organizer, event)


@pytest.mark.parametrize("change", [LONGER, RARER], ids=["it ends later", "it is less often"])
@pytest.mark.parametrize("answer", ["accepted", "declined"])
async def test_an_answer_to_what_a_series_was_is_not_given_and_one_to_what_it_is_is(
    world: World, change: Json, answer: str
) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited_weekly(room)
    now = await patched(world, organizer, event, {"recurrence": event["recurrence"] | change})

    old = await world.settle(room.issued(answering(event, answer)))
    assert (old.settlement, old.has_written, old.problem) == CHANGED
    assert await world.mails(organizer) == []

    new = await world.settle(room.issued(answering(now, answer), 2))
    assert (new.settlement, new.has_written) == (Settlement.DONE, True)
    assert [each["response"] for each in await world.mails(organizer)] == [answer]


async def test_a_meeting_that_became_a_series_at_the_same_time_is_not_accepted_as_the_single_one(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited(room)
    weekly = {"pattern": RARER["pattern"], **LONGER}
    await patched(world, organizer, event, {"recurrence": weekly})

    old = await world.settle(room.issued(answering(event)))

    assert (old.settlement, old.has_written, old.problem) == CHANGED
    assert await world.mails(organizer) == []


async def test_a_series_that_only_got_another_title_is_answered(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited_weekly(room)
    await patched(world, organizer, event, {"subject": "Planning, changed"})

    settled = await world.settle(room.issued(answering(event)))

    assert (settled.settlement, settled.has_written) == (Settlement.DONE, True)
