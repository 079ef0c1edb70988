"""C14: for each field, who wins: the rows of docs/fields.md that no other scenario proves."""

from typing import Any

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json, RequestRefused
from deploy.driver.looks import accepted_meeting, answered, blocked, booked, mailed
from deploy.driver.slots import Slot, slot

WHEN = slot()


async def only_event(room: BookableRoom, when: Slot, **fields: Any) -> Json:
    """Wait until the room's calendar shows one event on that day, with these fields, and return it."""

    async def look() -> Json:
        on_that_day = await room.calendar.day(when)
        expect(len(on_that_day) == 1, f"{len(on_that_day)} events are on the room's calendar, not one")
        found = on_that_day[0]
        shown = {name: found[name] for name in fields}
        expect(shown == fields, f"the room's calendar shows {shown}, not {fields}")
        return found

    return await eventually(look)


async def edited_by_hand(room: BookableRoom, event: Json, **fields: object) -> None:
    """Have somebody with rights on the room's calendar edit what stands there."""
    await room.calendar.graph.send("PATCH", f"{room.calendar.path}/events/{event['id']}", body=fields)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": "Mine"}, "change its title,"),
        ({"organizer": {"email": "ben@contoso.example"}}, "change its organizer,"),
        ({"attendee_count": 5}, "change its number of people,"),
    ],
    ids=["title", "organizer", "people"],
)
async def test_c14_what_is_the_organizers_cannot_be_changed_by_the_back_office(
    cast: Cast, change: Json, says: str
) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    event = await accepted_meeting(ada, room, WHEN)
    [before] = await booked(cast, room, WHEN)

    with pytest.raises(RequestRefused) as refusal:
        await cast.administrator.change(before, **change)

    assert refusal.value.status == 409
    assert says in refusal.value.body["detail"]
    assert "You can change its time here, or cancel it" in refusal.value.body["detail"]
    after = await cast.administrator.reservation(before)
    assert {**after, "outlook": None} == {**before, "outlook": None}
    assert (await ada.event(event))["subject"] == "Planning"


async def test_c14_place_and_text_of_a_meeting_are_the_organizers_alone(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    event = await accepted_meeting(ada, room, WHEN)
    [before] = await booked(cast, room, WHEN)
    place, text = {"displayName": "Behind the stairs"}, {"contentType": "text", "content": "Bring the slides."}

    await ada.change(event, location=place, body=text, subject="Retrospective")

    async def followed() -> Json:
        [after] = await booked(cast, room, WHEN)
        expect(after["title"] == "Retrospective", after)
        return after

    after = await eventually(followed)
    unchanged = {name for name in before if after[name] == before[name]}
    assert set(before) - unchanged - {"outlook"} == {"title", "version", "updated_at"}
    assert "slides" not in str(after)
    shown = await ada.event(event)
    assert (shown["location"]["displayName"], "slides" in shown["body"]["content"]) == (place["displayName"], True)
    await mailed(cast, ada, room, ["accepted"])


async def test_c14_a_meeting_that_is_made_private_leaves_no_title_and_one_made_public_again_has_it(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    event = await accepted_meeting(ada, room, WHEN)

    for sensitivity, title in (("private", "Private"), ("normal", "Planning")):
        await ada.change(event, sensitivity=sensitivity)

        async def followed(title: str = title, *, is_private: bool = sensitivity == "private") -> None:
            [found] = await booked(cast, room, WHEN)
            expect((found["title"], found["is_private"]) == (title, is_private), found)

        await eventually(followed)
    assert (await ada.event(event))["subject"] == "Planning"
    await mailed(cast, ada, room, ["accepted"])


async def test_c14_however_the_organizer_shows_a_meeting_its_room_is_busy(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")

    event = await ada.invite("Planning", WHEN, room.calendar, showAs="free")

    await answered(ada, event, room, "accepted")
    await blocked(room, WHEN)
    await only_event(room, WHEN, showAs="busy")
    assert (await ada.event(event))["showAs"] == "free"


async def test_c14_an_answer_that_somebody_gives_for_the_room_by_hand_is_given_back(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    event = await accepted_meeting(ada, room, WHEN)
    copy = await only_event(room, WHEN, showAs="busy")

    path = f"{room.calendar.path}/events/{copy['id']}/tentativelyAccept"
    await room.calendar.graph.send("POST", path, body={"sendResponse": True})

    await mailed(cast, ada, room, ["accepted", "tentativelyAccepted", "accepted"])
    await answered(ada, event, room, "accepted")
    await booked(cast, room, WHEN)


@pytest.mark.parametrize(
    "edit", [{"subject": "Mine"}, {"showAs": "free"}, {"subject": "Mine", "showAs": "tentative"}], ids=str
)
async def test_c14_what_is_edited_by_hand_of_a_hold_is_put_back(cast: Cast, edit: Json) -> None:
    room = await cast.room()
    await cast.administrator.reserve(room.space, WHEN, "Board meeting")
    hold = await only_event(room, WHEN, subject="Board meeting", showAs="busy")

    await edited_by_hand(room, hold, **edit)

    async def put_back() -> None:
        writes = [each["method"] for each in await cast.tenant.writes(room.calendar)]
        expect("PATCH" in writes, writes)

    await eventually(put_back)
    await only_event(room, WHEN, subject="Board meeting", showAs="busy")


async def test_c14_outlook_shows_title_and_time_of_a_back_office_reservation_and_nothing_else(cast: Cast) -> None:
    room = await cast.room()
    grace = {"name": "Grace", "email": "grace@contoso.example"}
    made = await cast.administrator.reserve(room.space, WHEN, "Board meeting", organizer=grace, attendee_count=5)
    await only_event(room, WHEN, subject="Board meeting")

    await cast.administrator.change(made, title="General meeting", attendee_count=6)

    hold = await only_event(room, WHEN, subject="General meeting", attendees=[])
    assert "grace" not in str(hold).lower()
    [after] = await booked(cast, room, WHEN)
    assert (after["title"], after["attendee_count"], after["organizer"]) == ("General meeting", 6, grace)
