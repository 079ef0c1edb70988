"""Series whose organizers are asked to move them: a sweep expects what is asked, and finds what they do in silence."""

from libs.contracts.keys import MeetingKey
from libs.contracts.messages import DriftKind
from tests.integration.reconciler.series import booked, days_of, windows
from tests.integration.reconciler.spoiler import Json
from tests.integration.reconciler.world import Room, World, at, moment


async def asked_to_move(world: World) -> tuple[Room, Json]:
    room, event = await booked(world)
    first = await world.database.fetchval(
        "SELECT id FROM policy.reservations WHERE space_id = $1 ORDER BY starts_at LIMIT 1", room.space_id
    )
    await world.move_dates(first, 14, 15)
    await world.until_agreed(room)
    assert await world.shows(room, event, "tentativelyAccepted")
    return room, event


async def test_a_series_whose_organizer_is_asked_to_move_it_is_as_expected(world: World) -> None:
    room, _ = await asked_to_move(world)
    before = len(await world.calls(room))

    assert await world.sweep(room) == []

    assert (await world.calls(room))[before:] == ["calendarView"]
    assert (await world.known(room))["state"] == "agrees"


async def test_an_answer_that_somebody_gives_meanwhile_is_put_back(world: World) -> None:
    room, event = await asked_to_move(world)
    copy = await world.copy(room, event)
    assert copy is not None
    await world.graph("POST", f"/users/{room.address}/events/{copy['id']}/accept", {"sendResponse": False})

    async def is_accepted() -> bool:
        return await world.shows(room, event, "accepted")

    await world.eventually(is_accepted)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_ANSWER, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    assert await world.shows(room, event, "tentativelyAccepted")


async def test_a_date_that_was_deleted_in_silence_is_free_at_both_times(world: World) -> None:
    room, event = await asked_to_move(world)
    dates = await world.graph(
        "GET",
        f"{event['organizer_path']}/instances?startDateTime={at(0):%Y-%m-%d}T00:00:00Z"
        f"&endDateTime={at(0, day=9):%Y-%m-%d}T00:00:00Z",
    )
    organizer = event["organizer_path"].rsplit("/", 1)[0]
    await world.graph("DELETE", f"{organizer}/{dates['value'][2]['id']}")

    async def is_gone() -> bool:
        shown = [each for each in await world.calendar(room) if not each["isCancelled"]]
        return not any(each["start"]["dateTime"].startswith(f"{at(9, day=2):%Y-%m-%dT%H}") for each in shown)

    await world.eventually(is_gone)
    [asked] = await world.sweep(room)
    assert (asked.drift, days_of(asked)) == (DriftKind.DIFFERENT_TIME, [0, 1, 3])
    await world.until_agreed(room)

    assert [each for each in await world.bookings(room) if each[0] == "confirmed"] == windows([0, 1, 3])
    assert await world.shows(room, event, "tentativelyAccepted")


async def test_a_series_that_was_moved_there_in_silence_is_found_and_accepted_there(world: World) -> None:
    room, event = await asked_to_move(world)
    await world.graph("PATCH", event["organizer_path"], {"start": moment(at(14)), "end": moment(at(15))})

    async def has_moved() -> bool:
        copy = await world.copy(room, event)
        return copy is not None and copy["start"]["dateTime"].startswith(f"{at(14):%Y-%m-%dT%H}")

    await world.eventually(has_moved)
    await world.until_agreed(room)

    assert await world.bookings(room) == windows(range(4), hour=14)
    assert await world.shows(room, event, "accepted")
    assert await world.sweep(room) == []
