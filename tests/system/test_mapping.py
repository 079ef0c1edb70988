"""A18, C13: spaces are mapped to the rooms that Microsoft 365 knows, and follow them to other addresses."""

from uuid import uuid4

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.http import RequestRefused
from deploy.driver.looks import answered, blocked, booked, mailed
from deploy.driver.mapping import known, list_rooms_anew, proposed
from deploy.driver.room_calendar import RoomCalendar
from deploy.driver.slots import slot


def named() -> str:
    return f"Aurora{uuid4().hex[:8]}"


async def test_a18_a_space_is_proposed_the_room_that_is_called_like_it_and_mapped_by_a_file(cast: Cast) -> None:
    name = named()
    room = await cast.room_mailbox("north", display_name=f"{name} (North)", capacity=12, building="North")
    space = await cast.administrator.add_space(f"Room {name}", capacity=12, building="North")
    await list_rooms_anew(cast)

    proposal = await proposed(cast, space)

    assert (proposal["room_mailbox"], proposal["sureness"]) == (room.address, "certain")
    assert proposal["why"] == [
        f"the room is called {name} (North)",
        "both are in North",
        "both take 12 people",
    ]
    lines = f"id;name;room_mailbox;connection\n{space['id']};Room {name};{room.address};{proposal['connection']}\n"
    for dry_run in ("true", "false"):
        report = (await cast.administrator.api.send("POST", f"/v1/spaces:import?dry_run={dry_run}", csv=lines)).body
        assert [each["outcome"] for each in report["rows"]] == ["changed"]
    ada, when = await cast.user("ada"), slot()
    event = await ada.invite("Planning", when, room)
    await answered(ada, event, BookableRoom(space, room), "accepted", within_s=30)


async def test_a18_a_mailbox_that_is_mapped_twice_is_refused(cast: Cast) -> None:
    room = await cast.room()

    with pytest.raises(RequestRefused) as refused:
        await cast.administrator.add_space("second", room.calendar)

    assert refused.value.status == 409
    assert room.space["name"] in refused.value.body["detail"]


async def test_c13_a_renamed_mailbox_is_proposed_and_taken_without_a_mail_or_a_gap(cast: Cast) -> None:
    room, ada, first, second = await cast.room(), await cast.user("ada"), slot(hour=9), slot(hour=14)
    event = await ada.invite("Planning", first, room.calendar)
    await answered(ada, event, room, "accepted")
    await cast.administrator.reserve(room.space, second, "Board")
    await blocked(room, second)
    holds = [each["id"] for each in await room.calendar.day(second) if each["subject"] == "Board"]
    await list_rooms_anew(cast)
    await known(cast, room)
    renamed = RoomCalendar(room.calendar.graph, f"{cast.prefix}-renamed-{uuid4().hex[:8]}@contoso.example")
    await cast.tenant.change_mailbox(room.calendar, address=renamed.address, user_principal_name=renamed.address)
    await list_rooms_anew(cast)

    proposal = await proposed(cast, room.space)
    assert (proposal["room_mailbox"], proposal["sureness"]) == (renamed.address, "certain")
    assert proposal["instead_of"] == room.calendar.address
    path = f"/v1/spaces/{room.space['id']}"
    await cast.administrator.api.send("PATCH", path, body={"room_mailbox": proposal["room_mailbox"]})

    moved = BookableRoom(room.space, renamed)
    third = slot(hour=16)
    again = await ada.invite("Interview", third, renamed)
    await answered(ada, again, moved, "accepted", within_s=30)
    await booked(cast, moved, first, second, third)
    await blocked(moved, first)
    events = [each["subject"] for each in await renamed.day(second)]
    assert sorted(events) == ["Board", "Interview", "Planning"]
    assert [each["id"] for each in await renamed.day(second) if each["subject"] == "Board"] == holds
    await mailed(cast, ada, room, ["accepted"])
    await mailed(cast, ada, moved, ["accepted"])
