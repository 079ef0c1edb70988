"""Each way in which the two sides can differ: found, named, shown to policy, and gone in the end."""

from datetime import timedelta
from uuid import uuid4

from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.messages import DriftKind
from libs.contracts.values import Answer
from tests.integration.reconciler.world import World, at, daily, moment


async def test_an_invitation_nobody_told_of_is_found_and_booked(world: World) -> None:
    room = await world.room()
    event = await world.invite(room)

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_LEDGER, MeetingKey(room.space_id, event["iCalUId"]))
    assert asked.observation.meeting is not None
    assert asked.observation.ical_uid == event["iCalUId"]

    await world.until_agreed(room)
    assert await world.bookings(room) == [("confirmed", at(9), at(10))]
    copy = await world.copy(room, event)
    assert copy is not None
    assert copy["responseStatus"]["response"] == "accepted"


async def test_a_meeting_cancelled_in_silence_is_looked_up_and_frees_the_space(world: World) -> None:
    room = await world.room()
    event = await world.invite(room)
    await world.until_agreed(room)
    copy = await world.copy(room, event)
    assert copy is not None
    await world.graph("DELETE", f"/users/{room.address}/events/{copy['id']}")

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_OUTLOOK, MeetingKey(room.space_id, event["iCalUId"]))
    assert (asked.observation.ical_uid, asked.observation.meeting) == (event["iCalUId"], None)

    await world.until_agreed(room)
    assert await world.bookings(room) == [("cancelled", at(9), at(10))]


async def test_a_meeting_moved_in_silence_is_judged_at_its_new_time(world: World) -> None:
    room = await world.room()
    event = await world.invite(room)
    await world.until_agreed(room)
    await world.graph("PATCH", event["organizer_path"], {"start": moment(at(14)), "end": moment(at(15))})

    async def has_moved() -> bool:
        copy = await world.copy(room, event)
        return copy is not None and copy["start"]["dateTime"].startswith(f"{at(14):%Y-%m-%dT%H}")

    await world.eventually(has_moved)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, MeetingKey(room.space_id, event["iCalUId"]))
    assert asked.observation.meeting is not None
    assert asked.observation.meeting.start == at(14)

    await world.until_agreed(room)
    assert await world.bookings(room) == [("confirmed", at(14), at(15))]


async def test_an_answer_somebody_gave_in_the_rooms_name_is_put_right(world: World) -> None:
    room = await world.room()
    event = await world.invite(room)
    await world.until_agreed(room)
    copy = await world.copy(room, event)
    assert copy is not None
    await world.graph("POST", f"/users/{room.address}/events/{copy['id']}/tentativelyAccept", {"sendResponse": False})

    async def is_tentative() -> bool:
        found = await world.copy(room, event)
        return found is not None and found["responseStatus"]["response"] == "tentativelyAccepted"

    await world.eventually(is_tentative)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_ANSWER, MeetingKey(room.space_id, event["iCalUId"]))
    assert asked.observation.meeting is not None
    assert asked.observation.meeting.answer is Answer.TENTATIVE

    await world.until_agreed(room)
    found = await world.copy(room, event)
    assert found is not None
    assert found["responseStatus"]["response"] == "accepted"


async def test_a_meeting_renamed_in_silence_has_its_new_title(world: World) -> None:
    room = await world.room()
    event = await world.invite(room)
    await world.until_agreed(room)
    await world.graph("PATCH", event["organizer_path"], {"subject": "Lecture"})

    async def is_renamed() -> bool:
        copy = await world.copy(room, event)
        return copy is not None and copy["subject"] == "Lecture"

    await world.eventually(is_renamed)
    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TITLE, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    assert await world.titles(room) == ["Lecture"]


async def test_a_hold_somebody_renamed_has_its_title_again(world: World) -> None:
    room = await world.room()
    reservation = await world.reserve(room)
    await world.until_agreed(room)
    [hold] = await world.calendar(room)
    await world.graph("PATCH", f"/users/{room.address}/events/{hold['id']}", {"subject": "Mine"})

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TITLE, ReservationKey(room.space_id, reservation))

    await world.until_agreed(room)
    assert [each["subject"] for each in await world.calendar(room)] == [hold["subject"]]


async def test_a_hold_somebody_deleted_is_put_back(world: World) -> None:
    room = await world.room()
    reservation = await world.reserve(room)
    await world.until_agreed(room)
    [hold] = await world.calendar(room)
    await world.graph("DELETE", f"/users/{room.address}/events/{hold['id']}")

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_OUTLOOK, ReservationKey(room.space_id, reservation))
    assert (asked.observation.ical_uid, asked.observation.meeting) == (hold["iCalUId"], None)

    await world.until_agreed(room)
    assert len(await world.calendar(room)) == 1
    assert await world.bookings(room) == [("confirmed", at(9), at(10))]


async def test_a_hold_that_was_never_written_is_written(world: World) -> None:
    room = await world.room()
    async with world.simulator.faults(
        {"match": {"method": "POST", "mailbox": room.address}, "effect": {"status": 403}}
    ):
        reservation = await world.reserve(room)
        await world.eventually(lambda: world.intent_state(room, "given_up"))
    await world.let_pass(room)

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_OUTLOOK, ReservationKey(room.space_id, reservation))

    await world.until_agreed(room)
    assert len(await world.calendar(room)) == 1


async def test_a_hold_somebody_moved_is_moved_back(world: World) -> None:
    room = await world.room()
    reservation = await world.reserve(room)
    await world.until_agreed(room)
    [hold] = await world.calendar(room)
    await world.graph(
        "PATCH", f"/users/{room.address}/events/{hold['id']}", {"start": moment(at(14)), "end": moment(at(15))}
    )

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, ReservationKey(room.space_id, reservation))

    await world.until_agreed(room)
    [hold] = await world.calendar(room)
    assert hold["start"]["dateTime"].startswith(f"{at(9):%Y-%m-%dT%H:%M}")


async def test_a_hold_that_somebody_marked_as_free_blocks_again(world: World) -> None:
    room = await world.room()
    reservation = await world.reserve(room)
    await world.until_agreed(room)
    [hold] = await world.calendar(room)
    await world.graph("PATCH", f"/users/{room.address}/events/{hold['id']}", {"showAs": "free"})

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_ANSWER, ReservationKey(room.space_id, reservation))

    await world.until_agreed(room)
    [hold] = await world.calendar(room)
    assert hold["showAs"] == "busy"


async def test_a_hold_without_a_reservation_is_taken_away(world: World) -> None:
    room = await world.room()
    reservation = await world.reserve(room)
    await world.until_agreed(room)
    await world.cancel(reservation)
    await world.until_agreed(room)
    await world.put(room, reservation=reservation, generation=2)

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.ORPHAN_HOLD, ReservationKey(room.space_id, reservation))

    await world.until_agreed(room)
    assert await world.calendar(room) == []


async def test_a_second_hold_for_one_reservation_is_taken_away(world: World) -> None:
    room = await world.room()
    reservation = await world.reserve(room)
    await world.until_agreed(room)
    [hold] = await world.calendar(room)
    await world.database.execute("UPDATE policy.intents SET generation = 2 WHERE space_id = $1", room.space_id)
    second = await world.put(room, reservation=reservation, generation=2)

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DUPLICATE, ReservationKey(room.space_id, reservation))
    assert asked.observation.ical_uid == second["iCalUId"]

    await world.until_agreed(room)
    assert [each["id"] for each in await world.calendar(room)] == [hold["id"]]


async def test_an_event_with_our_property_that_we_did_not_make_is_somebodys_own(world: World) -> None:
    """Source: https://learn.microsoft.com/graph/api/resources/extended-properties-overview"""
    room, stranger = await world.room(), uuid4()
    reservation = await world.reserve(room)
    await world.until_agreed(room)
    copy = await world.put(room, 11, 12, reservation=reservation)
    await world.put(room, 13, 14, reservation=stranger)

    [asked, _] = sorted(await world.sweep(room), key=lambda each: each.observation.ical_uid != copy["iCalUId"])
    assert (asked.drift, asked.key) == (DriftKind.UNMANAGED, MeetingKey(room.space_id, copy["iCalUId"]))

    await world.until_agreed(room)
    assert len(await world.calendar(room)) == 3
    assert [each[:2] for each in await world.bookings(room)] == [
        ("confirmed", at(9)),
        ("confirmed", at(11)),
        ("confirmed", at(13)),
    ]


async def test_what_is_accepted_is_busy_though_its_organizer_shows_it_as_free(world: World) -> None:
    """Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/ (section 3.1.4.8.1)"""
    room = await world.room()
    event = await world.invite(room, 0, 24, isAllDay=True, showAs="free")

    await world.until_agreed(room)

    copy = await world.copy(room, event)
    assert copy is not None
    assert (copy["responseStatus"]["response"], copy["showAs"]) == ("accepted", "busy")


async def test_an_event_of_the_rooms_own_becomes_a_reservation(world: World) -> None:
    room = await world.room()
    event = await world.put(room)

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.UNMANAGED, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    assert await world.bookings(room) == [("confirmed", at(9), at(10))]


async def test_an_imported_event_that_was_deleted_frees_the_space(world: World) -> None:
    room = await world.room()
    event = await world.put(room)
    await world.until_agreed(room)
    await world.graph("DELETE", f"/users/{room.address}/events/{event['id']}")

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_OUTLOOK, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    assert await world.bookings(room) == [("cancelled", at(9), at(10))]


async def test_an_imported_event_that_was_moved_is_followed(world: World) -> None:
    room = await world.room()
    event = await world.put(room)
    await world.until_agreed(room)
    await world.graph(
        "PATCH", f"/users/{room.address}/events/{event['id']}", {"start": moment(at(14)), "end": moment(at(15))}
    )

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.DIFFERENT_TIME, MeetingKey(room.space_id, event["iCalUId"]))

    await world.until_agreed(room)
    assert await world.bookings(room) == [("confirmed", at(14), at(15))]


async def test_an_event_in_the_way_of_a_reservation_is_shown_once_and_left_alone(world: World) -> None:
    room = await world.room()
    await world.reserve(room)
    await world.until_agreed(room)
    event = await world.put(room, 9.25, 9.75)
    await world.sweep(room)
    await world.deliver()

    for _ in range(3):
        await world.sweep(room)
    assert await world.open_drifts(room) == [(DriftKind.UNMANAGED, MeetingKey(room.space_id, event["iCalUId"]))]
    assert len(await world.drifts(room)) == 1
    assert len(await world.calendar(room)) == 2
    assert [each[0] for each in await world.bookings(room)] == ["confirmed"]


async def test_an_event_partly_in_the_way_blocks_the_rest_and_all_of_its_time_once_it_can(world: World) -> None:
    room = await world.room()
    other = await world.reserve(room, 10, 11)
    await world.until_agreed(room)
    event = await world.put(room, 9, 11)
    unmanaged = [(DriftKind.UNMANAGED, MeetingKey(room.space_id, event["iCalUId"]))]
    await world.sweep(room)
    await world.deliver()

    async def blocks_the_rest() -> bool:
        return [each[:2] for each in await world.bookings(room)] == [("confirmed", at(9)), ("confirmed", at(10))]

    await world.eventually(blocks_the_rest)
    for _ in range(3):
        await world.sweep(room)
    assert await world.open_drifts(room) == unmanaged
    assert len(await world.drifts(room)) == 1

    await world.cancel(other)
    await world.let_pass(room, timedelta(hours=1))
    await world.until_agreed(room)
    assert await world.bookings(room) == [("confirmed", at(9), at(11)), ("cancelled", at(10), at(11))]
    assert [each["iCalUId"] for each in await world.calendar(room)] == [event["iCalUId"]]


async def test_an_event_partly_in_the_way_that_was_deleted_unseen_frees_what_it_blocked(world: World) -> None:
    room = await world.room()
    await world.reserve(room, 10, 11)
    await world.until_agreed(room)
    event = await world.put(room, 9, 11)
    await world.sweep(room)
    await world.deliver()

    async def blocks_the_rest() -> bool:
        return len(await world.bookings(room)) == 2

    await world.eventually(blocks_the_rest)
    await world.graph("DELETE", f"/users/{room.address}/events/{event['id']}")

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_OUTLOOK, MeetingKey(room.space_id, event["iCalUId"]))
    await world.until_agreed(room)
    assert await world.bookings(room) == [("cancelled", at(9), at(11)), ("confirmed", at(10), at(11))]


async def test_a_declined_meeting_that_left_the_calendar_is_agreement(world: World) -> None:
    room = await world.room()
    await world.reserve(room)
    await world.until_agreed(room)
    await world.invite(room)

    await world.until_agreed(room)
    assert sorted(each[0] for each in await world.bookings(room)) == ["confirmed", "declined"]
    assert await world.sweep(room) == []


async def test_a_series_is_one_drift_and_is_declined(world: World) -> None:
    room = await world.room()
    await world.set_rule(room, {"kind": "series", "allowed": False})
    event = await world.invite(room, recurrence=daily(4))

    [asked] = await world.sweep(room)
    assert (asked.drift, asked.key) == (DriftKind.MISSING_IN_LEDGER, MeetingKey(room.space_id, event["iCalUId"]))
    assert asked.observation.meeting is not None
    assert asked.observation.meeting.is_series

    await world.until_agreed(room)
    assert [each[0] for each in await world.bookings(room)] == ["declined"]
    assert await world.calendar(room) == []


async def test_the_time_from_finding_a_drift_to_its_end_is_recorded(world: World) -> None:
    room = await world.room()
    await world.invite(room)

    await world.until_agreed(room)

    [drift] = await world.drifts(room)
    assert (drift["kind"], drift["cause"]) == ("missing_in_ledger", "first_comparison")
    assert drift["healed_at"] > drift["found_at"]
    assert 0 < drift["seconds_to_heal"] == (drift["healed_at"] - drift["found_at"]).total_seconds()
