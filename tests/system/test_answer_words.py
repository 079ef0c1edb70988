"""C1: declines explain and offer what is free, in the words of the connection, and never offer what was taken since."""

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect, throughout
from deploy.driver.http import Json
from deploy.driver.looks import accepted_meeting, answered, mailed
from deploy.driver.slots import Slot, slot
from tests.support.stacks import SUGGESTIONS_S

LATE_S = 40
"""How long an answer may take that was refused some times: it waits on the ladder, and is worded anew."""


async def set_words(cast: Cast, connection: str, kind: str, template: str) -> str:
    """Set the words of one kind of answer, and return the connection's id."""
    known = (await cast.administrator.api.get("/v1/connections"))["items"]
    found: str = next(each["id"] for each in known if each["name"] == connection)
    await cast.administrator.api.send("PUT", f"/v1/connections/{found}/answers/{kind}", body={"template": template})
    return found


def says(free: Slot) -> str:
    return f"The next free time of this room is {free.start:%a %d %b %Y, %H:%M}-{free.end:%H:%M} (UTC)."


async def room_of_a_building(cast: Cast, name: str) -> BookableRoom:
    """Make a room that comes before the rooms of other tests where others of the same building are looked for."""
    return await cast.mapped(await cast.room_mailbox(name), name, capacity=8, building=cast.prefix)


async def test_c1_a_decline_says_who_has_the_room_and_offers_another_time_and_another_room(cast: Cast) -> None:
    room, other = await room_of_a_building(cast, "room"), await room_of_a_building(cast, "borealis")
    ada, ben = await cast.user("ada"), await cast.user("ben")
    when = slot()
    await accepted_meeting(ada, room, when, "Layoffs")

    event = await ben.invite("Interview", when, room.calendar)

    await answered(ben, event, room, "declined")
    [mail] = await mailed(cast, ben, room, ["declined"])
    asked = f"{when.start:%a %d %b %Y, %H:%M}-{when.end:%H:%M} (UTC)"
    assert f"could not be booked for this meeting, {asked}." in mail["comment"]
    assert f"It is taken by Ada, {asked}." in mail["comment"]
    assert says(when.later(hours=1)) in mail["comment"]
    assert other.space["name"] in mail["comment"]
    assert "Layoffs" not in mail["comment"]


async def test_an_organizer_reads_the_words_of_the_connection(cast: Cast) -> None:
    connection = await cast.administrator.connect(f"{cast.prefix}-words", conflict_detail="time")
    await set_words(cast, connection, "decline", "Sorry, {{ room }} is taken {{ when }}. {{ reasons | join(' ') }}")
    room = await cast.room(connection=connection)
    ada, ben = await cast.user("ada"), await cast.user("ben")
    when = slot()
    await accepted_meeting(ada, room, when)

    event = await ben.invite("Interview", when, room.calendar)

    await answered(ben, event, room, "declined")
    [mail] = await mailed(cast, ben, room, ["declined"])
    asked = f"{when.start:%a %d %b %Y, %H:%M}-{when.end:%H:%M} (UTC)"
    assert mail["comment"] == f"Sorry, {room.space['name']} is taken {asked}. It is taken, {asked}."


async def test_words_that_say_nothing_give_way_to_the_default_and_are_reported(cast: Cast) -> None:
    connection = await cast.administrator.connect(f"{cast.prefix}-mute")
    path = "/v1/connections/{}/answers/accept"
    empty = "{% if warnings %}Mind: {{ warnings | join(' ') }}{% endif %}"
    found = await set_words(cast, connection, "accept", empty)
    room, ada = await cast.room(connection=connection), await cast.user("ada")

    await accepted_meeting(ada, room, slot())

    [mail] = await mailed(cast, ada, room, ["accepted"])
    assert mail["comment"].startswith(f"{room.space['name']} is booked for this meeting, ")
    shown: Json = await cast.administrator.api.get(path.format(found))
    assert (shown["last_error"], shown["is_default"]) == ("says_nothing", False)
    assert shown["failing_since"] is not None


@pytest.mark.timeout(120)
async def test_a_time_that_was_taken_while_the_answer_waited_is_not_offered(swept_cast: Cast) -> None:
    cast = swept_cast
    room, ada, ben = await cast.room(), await cast.user("ada"), await cast.user("ben")
    when = slot()
    await accepted_meeting(ada, room, when)
    writes = {"mailbox": room.calendar.address, "app": "roomsync", "method": "POST"}

    async with cast.tenant.faults({"match": writes, "effect": {"status": 503}}):
        event = await ben.invite("Interview", when, room.calendar)

        async def was_tried() -> None:
            refused = [each for each in await cast.tenant.calls(room.calendar, "POST") if each["status"] == 503]
            expect(bool(refused), "no answer was tried")

        await eventually(was_tried, within_s=20)
        await cast.administrator.reserve(room.space, when.later(hours=1), "Board meeting")

        async def nobody_told() -> None:
            expect(not await cast.tenant.answers(ben, room.calendar), "an answer was given")

        await throughout(nobody_told, seconds=SUGGESTIONS_S)

    await answered(ben, event, room, "declined", within_s=LATE_S)
    [mail] = await mailed(cast, ben, room, ["declined"])
    assert says(when.later(hours=1)) not in mail["comment"]
    assert says(when.later(hours=2)) in mail["comment"]
