"""Imports of rooms that cannot be read, that are paused or mapped otherwise in the middle, and that overlap."""

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect, throughout
from deploy.driver.http import Json, RequestRefused
from deploy.driver.looks import blocked, booked, mailed, unblocked
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.room_calendar import RoomCalendar
from deploy.driver.slots import slot


def listing_fails(calendar: RoomCalendar, **effect: object) -> Json:
    """Return a rule by which the calendar of a room cannot be listed."""
    return {"match": {"method": "GET", "path": "/calendarView", "mailbox": calendar.address}, "effect": effect}


async def reading(cast: Cast, import_id: str, detail: str) -> None:
    """Wait until the only room of an import tells of this trouble while it is tried again."""

    async def look() -> None:
        (room,) = await cast.imports.rooms(import_id)
        expect(room["state"] == "reading" and detail in (room["detail"] or ""), room)

    await eventually(look)


@pytest.mark.parametrize(("status", "code"), [(403, "ErrorAccessDenied"), (404, "ErrorInvalidUser")])
async def test_a_mailbox_that_is_closed_fails_its_room_with_a_remedy_and_is_tried_again_by_resuming(
    cast: Cast, status: int, code: str
) -> None:
    ada = await cast.user("ada")
    calendar = await cast.room_mailbox()
    await calendar.accept(await ada.invite("Planning", slot(), calendar))
    async with cast.tenant.faults(listing_fails(calendar, status=status, code=code)):
        room = await cast.mapped(calendar, "Orion")
        import_id = room.space["mapping"]["import_id"]
        failed = await cast.imports.ended(import_id)
        (part,) = await cast.imports.rooms(import_id)
    assert (failed["state"], failed["rooms_failed"], part["state"]) == ("failed", 1, "failed")
    assert calendar.address in part["detail"]
    assert "then resume this import" in part["detail"]

    await cast.imports.resume(import_id)
    ended = await cast.imports.ended(import_id)

    assert (ended["state"], ended["rooms_failed"]) == ("finished", 0)
    await booked(cast, room, slot())
    await mailed(cast, ada, room, ["accepted"])
    with pytest.raises(RequestRefused) as refused:
        await cast.imports.pause(import_id)
    assert refused.value.status == 409
    with pytest.raises(RequestRefused) as refused:
        await cast.imports.resume(import_id)
    assert refused.value.status == 409


@pytest.mark.parametrize("effect", [{"status": 429, "code": "ApplicationThrottled", "retry_after": 1}, {"reset": True}])
async def test_a_mailbox_that_asks_for_patience_or_says_nothing_is_read_once_it_answers(
    cast: Cast, effect: dict[str, object]
) -> None:
    ada = await cast.user("ada")
    calendar = await cast.room_mailbox()
    await calendar.accept(await ada.invite("Planning", slot(), calendar))
    async with cast.tenant.faults(listing_fails(calendar, **effect)):
        room = await cast.mapped(calendar, "Orion")
        import_id = room.space["mapping"]["import_id"]
        await reading(cast, import_id, "tried again by itself")

    ended = await cast.imports.ended(import_id)

    assert (ended["state"], ended["counts"]["created_in_ledger"]) == ("finished", 1)


async def test_a_paused_import_takes_nothing_more_and_goes_on_when_it_is_resumed(cast: Cast) -> None:
    ada = await cast.user("ada")
    calendar = await cast.room_mailbox()
    space = await cast.administrator.add_space("Orion")
    await cast.administrator.reserve(space, slot(hour=15), "Board meeting")
    await calendar.accept(await ada.invite("Planning", slot(), calendar))
    async with cast.tenant.faults(listing_fails(calendar, reset=True)):
        mapped = await cast.administrator.map(space, calendar)
        import_id = mapped["mapping"]["import_id"]
        paused = await cast.imports.pause(import_id)
        assert (await cast.imports.pause(import_id))["state"] == paused["state"] == "paused"
    room = await cast.watched(BookableRoom(space, calendar))
    assert await cast.tenant.calls(calendar, "POST") == []
    await booked(cast, room, slot(hour=15))

    await cast.imports.resume(import_id)
    ended = await cast.imports.ended(import_id)

    assert ended["counts"] | {"past": 0} == {
        "created_in_ledger": 1,
        "created_in_outlook": 1,
        "agreed": 0,
        "declined": 0,
        "grandfathered": 0,
        "conflicts": 0,
        "failed": 0,
        "past": 0,
    }


async def test_b22_importing_a_room_again_finds_both_sides_agreed_and_mails_and_writes_nothing(cast: Cast) -> None:
    ada = await cast.user("ada")
    room = await cast.room("Orion")
    await cast.imports.ended(room.space["mapping"]["import_id"])
    await ada.invite("Planning", slot(), room.calendar)
    await cast.administrator.reserve(room.space, slot(hour=15), "Board meeting")
    await mailed(cast, ada, room, ["accepted"])
    await blocked(room, slot(hour=15))
    writes = len(await cast.tenant.writes(room.calendar))

    first, second = [await cast.imports.begin(rehearsal=False, space_ids=[room.space["id"]]) for _ in range(2)]
    ended = [await cast.imports.ended(each["id"]) for each in (first, second)]

    for each in ended:
        assert each["state"] == "finished"
        assert {name: count for name, count in each["counts"].items() if count} == {"agreed": 2}
    assert len(await cast.tenant.writes(room.calendar)) == writes
    await mailed(cast, ada, room, ["accepted"])


async def test_b22_mapping_a_room_through_a_second_connection_mails_nobody_and_doubles_nothing(cast: Cast) -> None:
    ada = await cast.user("ada")
    room = await cast.room("Orion")
    await cast.imports.ended(room.space["mapping"]["import_id"])
    await ada.invite("Planning", slot(), room.calendar)
    await cast.administrator.reserve(room.space, slot(hour=15), "Board meeting")
    await mailed(cast, ada, room, ["accepted"])
    await blocked(room, slot(hour=15))

    second = await cast.administrator.connect(f"{cast.prefix}-second")
    mapped = await cast.administrator.map(room.space, room.calendar, connection=second)
    ended = await cast.imports.ended(mapped["mapping"]["import_id"])

    assert (ended["state"], ended["counts"]["failed"], ended["counts"]["conflicts"]) == ("finished", 0, 0)
    await cast.watched(room)
    await only_these_stand(cast, room, ada)


async def test_mapping_again_after_holds_were_kept_takes_them_up_instead_of_making_others(cast: Cast) -> None:
    ada = await cast.user("ada")
    room = await cast.room("Orion")
    await cast.imports.ended(room.space["mapping"]["import_id"])
    await ada.invite("Planning", slot(), room.calendar)
    await cast.administrator.reserve(room.space, slot(hour=15), "Board meeting")
    await mailed(cast, ada, room, ["accepted"])
    await blocked(room, slot(hour=15))

    await cast.administrator.unmap(room.space, holds="keep")
    mapped = await cast.administrator.map(room.space, room.calendar)
    await cast.imports.ended(mapped["mapping"]["import_id"])

    await cast.watched(room)
    await only_these_stand(cast, room, ada)


async def only_these_stand(cast: Cast, room: BookableRoom, ada: OutlookUser) -> None:
    """Wait until both sides have Ada's meeting and the board's, each once; she was mailed once, at first."""
    await booked(cast, room, slot(), slot(hour=15))

    async def each_once() -> None:
        stored = [each["subject"] for each in await cast.tenant.stored(room.calendar) if not each.get("deleted")]
        expect(sorted(stored) == ["Board meeting", "Planning"], f"the calendar has {stored}")

    await eventually(each_once)
    await throughout(each_once, seconds=2)
    await mailed(cast, ada, room, ["accepted"])


async def test_unmapping_keeps_reservations_ends_the_import_and_mapping_again_leaves_no_ghosts(cast: Cast) -> None:
    ada = await cast.user("ada")
    calendar = await cast.room_mailbox()
    space = await cast.administrator.add_space("Orion")
    await cast.administrator.reserve(space, slot(hour=15), "Board meeting")
    await calendar.accept(await ada.invite("Planning", slot(), calendar))
    async with cast.tenant.faults(listing_fails(calendar, reset=True)):
        mapped = await cast.administrator.map(space, calendar)
        first = mapped["mapping"]["import_id"]
        await cast.administrator.unmap(space)
        ended = await cast.imports.ended(first)
    (part,) = await cast.imports.rooms(first)
    assert (ended["state"], part["state"]) == ("failed", "failed")
    assert "unmapped" in part["detail"]

    room = BookableRoom(space, calendar)
    again = await cast.administrator.map(space, calendar)
    await cast.imports.ended(again["mapping"]["import_id"])
    await booked(cast, room, slot(), slot(hour=15))
    await blocked(room, slot(hour=15))
    await cast.administrator.unmap(space)
    await unblocked(room, slot(hour=15))
    await booked(cast, room, slot(), slot(hour=15))

    third = await cast.administrator.map(space, calendar)
    await cast.imports.ended(third["mapping"]["import_id"])

    await blocked(room, slot(hour=15))
    await booked(cast, room, slot(), slot(hour=15))
    await mailed(cast, ada, room, ["accepted"])
    shown = [each["subject"] for each in await calendar.day(slot())]
    assert len(shown) == 2


async def test_a_booking_that_breaks_a_rule_is_taken_over_and_judged_only_when_it_changes(cast: Cast) -> None:
    ada = await cast.user("ada")
    calendar = await cast.room_mailbox()
    space = await cast.administrator.add_space("Orion")
    await cast.administrator.set_policy(space, "maximum_duration", {"minutes": 60})
    event = await ada.invite("Workshop", slot(minutes=180), calendar)
    await calendar.accept(event)
    room = BookableRoom(space, calendar)

    mapped = await cast.administrator.map(space, calendar)
    ended = await cast.imports.ended(mapped["mapping"]["import_id"])

    assert ended["counts"]["grandfathered"] == 1
    (taken_over,) = await booked(cast, room, slot(minutes=180))
    assert taken_over["decision"]["grandfathered"]
    await ada.change(event, subject="Workshop, part one")
    await cast.watched(room)
    await mailed(cast, ada, room, ["accepted"])

    await ada.move(event, slot(hour=14))
    (judged,) = await booked(cast, room, slot(hour=14))
    assert not judged["decision"]["grandfathered"]
    await ada.move(event, slot(hour=12, minutes=240))

    async def refused() -> None:
        (found,) = await cast.administrator.reservations(space, "confirmed")
        expect(found["refused_request"] is not None, found)

    await eventually(refused)
