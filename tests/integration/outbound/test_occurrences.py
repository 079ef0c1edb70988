"""Single dates of a series: each is answered by itself, by its own event, and the series never in its place."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from libs.common.handlers import Finished
from libs.common.topology import Lane
from libs.contracts.messages import IntentProblem, IntentSettled, Settlement
from libs.contracts.values import Window
from libs.graph.types import SeriesLimits
from services.outbound.handlers.intents import IntentHandlers
from tests.contract.graphsim.graph import Json
from tests.integration.outbound.world import HOUR, KEPT, REFUSED, Room, World, answering, edges

DONE, SUPERSEDED, GIVEN_UP = Settlement.DONE, Settlement.SUPERSEDED, Settlement.GIVEN_UP
WEEK = timedelta(weeks=1)
SECOND, THIRD = date(2027, 3, 8), date(2027, 3, 15)


def weeks_later(weeks: int, window: Window = KEPT) -> Window:
    return Window(start=window.start + weeks * WEEK, end=window.end + weeks * WEEK)


SECOND_TIME = weeks_later(1)


async def answered_series(world: World, room: Room) -> tuple[str, Json, Json]:
    """Have a room be invited to four Mondays and accept them; the organizer, their series, the room's copy."""
    organizer, event, _ = await world.invited_weekly(room)
    await world.settle(room.issued(answering(event)))
    await world.shows(organizer, event, "accepted")
    await world.mails(organizer)
    (copy,) = await world.copies(room, event)
    return organizer, event, copy


async def answers(world: World, mailbox: str, master: Json) -> list[str]:
    """Return what each date of a series shows as the mailbox's own answer, by its original date."""
    return [each["responseStatus"]["response"] for each in await world.dates(mailbox, master)]


async def answered_ids(world: World, room: Room) -> list[str]:
    """Return the ids of the events that were answered, in order."""
    paths = [each["path"] for each in await world.sim.requests(room.mailbox) if each["method"] == "POST"]
    return [match[1] for path in paths if (match := re.search(r"/events/([^/]+)/(?:accept|decline|tent)", path))]


@pytest.mark.parametrize("uids", ["own", "series"])
@pytest.mark.parametrize("pointer", ["right", "none", "another date", "the series", "gone", "another series"])
async def test_one_date_is_declined_and_the_others_stay(world: World, pointer: str, uids: str) -> None:
    await world.sim.ask("PUT", "/options", {"occurrence_uids": uids})
    room = await world.room()
    organizer, event, copy = await answered_series(world, room)
    _, _, (other,) = await world.invited_weekly(room)
    dates, others = await world.dates(room.mailbox, copy), await world.dates(room.mailbox, other)
    pointers = {
        "right": dates[1]["id"],
        "none": None,
        "another date": dates[2]["id"],
        "the series": copy["id"],
        "gone": "AAkAGONE",
        "another series": others[1]["id"],
    }
    goal = answering(event, "declined", SECOND_TIME, event_id=pointers[pointer])

    settled = await world.settle(room.issued(goal, date=SECOND))

    assert (settled.settlement, settled.has_written, settled.problem) == (DONE, True, None)
    assert settled.ical_uid == event["iCalUId"]
    (mail,) = [each for each in await world.mails(organizer) if each["response"] == "declined"]
    assert (mail["occurrence"], mail["comment"]) == ("2027-03-08", "So it was decided.")
    assert await answers(world, room.mailbox, copy) == ["accepted"] * 3
    assert await answers(world, room.mailbox, other) == ["notResponded"] * 4
    assert (await answered_ids(world, room))[1:] == [settled.event_id]


@pytest.mark.parametrize("answer", ["accepted", "tentativelyAccepted"])
async def test_one_date_is_given_an_answer_of_its_own(world: World, answer: str) -> None:
    room = await world.room()
    organizer, event, _ = await world.invited_weekly(room)
    await world.settle(room.issued(answering(event, "tentativelyAccepted" if answer == "accepted" else "accepted")))
    await world.mails(organizer)
    (copy,) = await world.copies(room, event)

    settled = await world.settle(room.issued(answering(event, answer, SECOND_TIME), date=SECOND))

    assert settled.settlement is DONE
    await world.mails(organizer)
    shown = await answers(world, room.mailbox, copy)
    assert [each == answer for each in shown] == [False, True, False, False]


async def test_another_time_is_proposed_for_one_date(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await answered_series(world, room)
    proposed = weeks_later(1, REFUSED)
    goal = answering(event, "tentativelyAccepted", SECOND_TIME, proposed=proposed)

    settled = await world.settle(room.issued(goal, date=SECOND))

    assert settled.settlement is DONE
    await world.mails(organizer)
    (row,) = (await world.dates(organizer, event))[1]["attendees"]
    assert row["proposedNewTime"]["start"]["dateTime"].startswith("2027-03-08T13:00")


async def test_a_date_is_declined_once_however_often_that_is_asked(world: World) -> None:
    room = await world.room()
    organizer, event, _ = await answered_series(world, room)
    message = room.issued(answering(event, "declined", SECOND_TIME), date=SECOND)
    await world.settle(message)
    await world.mails(organizer)

    again = await world.settle(message)

    assert (again.settlement, again.has_written) == (DONE, False)
    assert [each["response"] for each in await world.mails(organizer)] == ["accepted", "declined"]


@pytest.mark.parametrize(
    ("answer", "ended"), [("declined", (DONE, None)), ("accepted", (GIVEN_UP, IntentProblem.GONE))]
)
@pytest.mark.parametrize("gone", ["the date", "the series", "beyond the series"])
async def test_a_date_that_is_not_there_is_declined_already_and_cannot_be_accepted(
    world: World, gone: str, answer: str, ended: tuple[Settlement, IntentProblem | None]
) -> None:
    room = await world.room()
    _, event, copy = await answered_series(world, room)
    dates = await world.dates(room.mailbox, copy)
    if gone != "beyond the series":
        left = dates[1]["id"] if gone == "the date" else copy["id"]
        await world.outlook.call("DELETE", f"/users/{room.mailbox}/events/{left}", expect=204)
        await world.end_waits(room)
    day, at = (date(2027, 4, 5), weeks_later(5)) if gone == "beyond the series" else (SECOND, SECOND_TIME)

    settled = await world.settle(room.issued(answering(event, answer, at, event_id=dates[1]["id"]), date=day))

    assert (settled.settlement, settled.problem, settled.has_written) == (*ended, False)
    assert len(await answered_ids(world, room)) == 1


async def test_a_date_that_moved_since_is_not_answered_and_at_its_new_time_it_is(world: World) -> None:
    room = await world.room()
    organizer, event, copy = await answered_series(world, room)
    moved = weeks_later(1, REFUSED)
    await world.move_date(organizer, event, 1, moved)

    left = await world.settle(room.issued(answering(event, "declined", SECOND_TIME), date=SECOND))
    answered = await world.settle(room.issued(answering(event, "declined", moved), 2, date=SECOND))

    assert (left.settlement, left.problem) == (SUPERSEDED, IntentProblem.CHANGED_MEANWHILE)
    assert answered.settlement is DONE
    await world.mails(organizer)
    assert [each["start"]["dateTime"][:10] for each in await world.dates(room.mailbox, copy)] == [
        "2027-03-01",
        "2027-03-15",
        "2027-03-22",
    ]


async def test_a_date_is_the_one_of_the_zone_of_its_series(world: World) -> None:
    """At 08:00 on Tuesdays in Tokyo it is Monday in UTC."""
    room = await world.room()
    at = Window(start=datetime(2027, 3, 1, 23, tzinfo=UTC), end=datetime(2027, 3, 2, 0, tzinfo=UTC))
    zone = "Tokyo Standard Time"
    times = {
        "start": {"dateTime": "2027-03-02T08:00:00", "timeZone": zone},
        "end": {"dateTime": "2027-03-02T09:00:00", "timeZone": zone},
    }
    _, event, (copy,) = await world.invited_weekly(room, **times)
    await world.settle(room.issued(answering(event, judged=at)))
    second = (await world.dates(room.mailbox, copy))[1]["id"]

    settled = await world.settle_in_the_end(
        room.issued(answering(event, "declined", weeks_later(1, at)), date=date(2027, 3, 9))
    )

    assert (settled.settlement, settled.event_id) == (DONE, second)


async def test_a_date_that_was_over_before_it_could_be_answered_is_said_to_be(world: World) -> None:
    room = await world.room()
    began = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
    first = Window(start=began, end=began + HOUR)
    _, event, (copy,) = await world.invited_weekly(room, **edges(first))
    await world.settle(room.issued(answering(event, judged=first)))
    ids = [each["id"] for each in await world.dates(room.mailbox, copy)]

    for generation, pointer in enumerate([None, ids[0]], start=1):
        goal = answering(event, "declined", first, event_id=pointer)
        settled = await world.settle_in_the_end(room.issued(goal, generation, date=began.date()))
        assert (settled.settlement, settled.problem, settled.event_id) == (DONE, IntentProblem.OVER, ids[0])


async def test_a_series_that_began_before_now_is_answered_as_a_whole(world: World) -> None:
    room = await world.room()
    began = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=10)
    first = Window(start=began, end=began + HOUR)
    organizer, event, (copy,) = await world.invited_weekly(room, **edges(first))
    master_id = (await world.dates(room.mailbox, copy))[0]["seriesMasterId"]

    other = await world.settle(room.issued(answering(event, judged=weeks_later(2, first))))
    settled = await world.settle(room.issued(answering(event, judged=first), 2))

    assert (other.settlement, other.problem) == (SUPERSEDED, IntentProblem.CHANGED_MEANWHILE)
    assert (settled.settlement, settled.has_written) == (DONE, True)
    await world.shows(organizer, event, "accepted")
    assert await answered_ids(world, room) == [master_id]


@pytest.mark.parametrize("uids", ["own", "series"])
async def test_a_pointer_to_one_date_does_not_stand_for_the_series(world: World, uids: str) -> None:
    await world.sim.ask("PUT", "/options", {"occurrence_uids": uids})
    room = await world.room()
    _, event, (copy,) = await world.invited_weekly(room)
    first = (await world.dates(room.mailbox, copy))[0]

    settled = await world.settle(room.issued(answering(event, event_id=first["id"])))

    assert (settled.settlement, settled.event_id) == (DONE, first["seriesMasterId"])
    assert await answered_ids(world, room) == [first["seriesMasterId"]]


async def test_a_date_beyond_those_that_are_listed_is_found_by_its_pointer_only(world: World) -> None:
    room = await world.room()
    _, event, (copy,) = await world.invited_weekly(room)
    second = (await world.dates(room.mailbox, copy))[1]["id"]
    handlers = IntentHandlers(world.pool, world.clients, Lane.LIVE, SeriesLimits(timedelta(days=366), most=1))
    goals = [answering(event, "declined", SECOND_TIME, event_id=each) for each in (None, second)]

    became = [await handlers.on_intent_issued([room.issued(goal, date=SECOND)]) for goal in goals]

    settled = [each.caused[0] for (each,) in became if isinstance(each, Finished)]
    assert [each.has_written for each in settled if isinstance(each, IntentSettled)] == [False, True]
    assert await answered_ids(world, room) == [second]


async def test_a_single_meeting_has_no_dates_to_answer(world: World) -> None:
    room = await world.room()
    _, event, (copy,) = await world.invited(room)

    settled = await world.settle(room.issued(answering(event, event_id=copy["id"]), date=KEPT.start.date()))

    assert (settled.settlement, settled.problem) == (GIVEN_UP, IntentProblem.GONE)
    assert await world.writes(room.mailbox) == []
