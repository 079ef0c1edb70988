"""A6, A7: an organizer edits a meeting that holds a room."""

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually
from deploy.driver.looks import accepted_meeting, answered, blocked, booked, mailed, moved_back, unblocked
from deploy.driver.mailbox import attendee
from deploy.driver.slots import slot
from tests.system.both import Both


async def test_a6_a_moved_meeting_moves_its_reservation(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user()
    when, later = slot(hour=9), slot(hour=14)
    event = await accepted_meeting(ada, room, when)

    await ada.move(event, later)

    await booked(cast, room, later)
    await answered(ada, event, room, "accepted")
    await blocked(room, later)
    await unblocked(room, when)
    await mailed(cast, ada, room, ["accepted", "accepted"])


async def test_a6_a_longer_meeting_has_a_longer_reservation(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    event = await accepted_meeting(ada, room, when)

    await ada.move(event, when.longer(hours=1))

    await booked(cast, room, when.longer(hours=1))
    await answered(ada, event, room, "accepted")


async def test_a6_another_subject_is_another_title_and_no_new_answer(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    event = await accepted_meeting(ada, room, when)

    await ada.change(event, subject="Retrospective")

    async def retitled() -> None:
        [reservation] = await booked(cast, room, when)
        assert reservation["title"] == "Retrospective"

    await eventually(retitled)
    await answered(ada, event, room, "accepted")


async def test_a6_more_people_than_the_room_holds_are_refused(cast: Cast) -> None:
    room, ada, when = await cast.room(capacity=3), await cast.user(), slot()
    guests = [await cast.user(f"guest {number}") for number in range(3)]

    event = await ada.invite("Crowd", when, room.calendar, people=guests)

    await answered(ada, event, room, "declined")
    await booked(cast, room)
    [mail] = await mailed(cast, ada, room, ["declined"])
    assert "3" in mail["comment"]


async def test_a7_a_refused_move_keeps_the_original_time_blocks_it_and_proposes_it(cast: Cast) -> None:
    both = await _both_booked(cast)
    room, ada, event, when, taken = both.room, both.ada, both.event, both.when, both.taken

    await ada.move(event, taken)

    await answered(ada, event, room, "tentativelyAccepted")
    [kept, _] = await booked(cast, room, when, taken)
    assert not kept["kept_without_invitation"]
    assert (kept["decision"]["outcome"], kept["decision"]["reasons"]) == ("accept", [])
    assert kept["refused_request"]["start"] == f"{taken.start:%Y-%m-%dT%H:%M:%SZ}"
    assert [reason["rule"] for reason in kept["refused_request"]["reasons"]] == ["availability"]
    await blocked(room, when)
    [_, mail] = await mailed(cast, ada, room, ["accepted", "tentativelyAccepted"])
    assert f"{when.start:%H:%M}" in mail["comment"], mail
    await mailed(cast, both.ben, room, ["accepted"])


async def test_a7_a_meeting_whose_move_was_refused_is_cancelled_and_frees_the_room(cast: Cast) -> None:
    both = await _both_booked(cast)
    room, ada, event, when, taken = both.room, both.ada, both.event, both.when, both.taken
    await ada.move(event, taken)
    await answered(ada, event, room, "tentativelyAccepted")
    await blocked(room, when)

    await ada.cancel(event)

    await booked(cast, room, taken)
    await unblocked(room, when)


async def test_a7_more_people_than_fit_keep_the_room_for_those_who_did(cast: Cast) -> None:
    room, ada, when = await cast.room(capacity=2), await cast.user("ada"), slot()
    event = await accepted_meeting(ada, room, when)
    guests = [await cast.user(f"guest {number}") for number in range(2)]

    present = (await ada.event(event))["attendees"]
    invited = [*present, *(attendee(guest, "required") for guest in guests)]
    # Only with another place too is everybody told who else was invited.
    await ada.change(event, attendees=invited, location={"displayName": "The larger table"})

    await answered(ada, event, room, "tentativelyAccepted")
    [kept] = await booked(cast, room, when)
    assert (kept["status"], kept["attendee_count"]) == ("confirmed", 1)
    assert kept["refused_request"]["attendee_count"] == 3


async def test_a7_where_no_time_may_be_proposed_the_move_is_declined_and_the_room_held(cast: Cast) -> None:
    both = await _both_booked(cast)
    room, ada, event, when, taken = both.room, both.ada, both.event, both.when, both.taken
    await ada.change(event, allowNewTimeProposals=False)

    await ada.move(event, taken)

    await answered(ada, event, room, "declined")
    [kept, _] = await booked(cast, room, when, taken)
    assert kept["kept_without_invitation"]
    await blocked(room, when)
    [_, mail] = await mailed(cast, ada, room, ["accepted", "declined"])
    assert f"{when.start:%H:%M}" in mail["comment"], mail


async def test_a7_after_a_refused_move_the_organizer_may_move_back(cast: Cast) -> None:
    both = await _both_booked(cast)
    room, ada, event, when, taken = both.room, both.ada, both.event, both.when, both.taken
    await ada.move(event, taken)
    await answered(ada, event, room, "tentativelyAccepted")
    await blocked(room, when)

    await ada.move(event, when)

    await answered(ada, event, room, "accepted")
    await booked(cast, room, when, taken)

    async def only_the_meetings() -> None:
        assert len(await room.calendar.day(when)) == 2

    await eventually(only_the_meetings)


async def test_a7_with_organizer_access_a_refused_move_is_moved_back(cast: Cast) -> None:
    connection = await cast.administrator.connect("editing", edits_organizer_events=True)
    both = await _both_booked(cast, connection)
    room, ada, event, when, taken = both.room, both.ada, both.event, both.when, both.taken
    async with cast.tenant.organizers_reachable():
        await ada.move(event, taken)

        await moved_back(ada, event, when)
        await answered(ada, event, room, "accepted", within_s=10)
    await booked(cast, room, when, taken)
    await blocked(room, when)
    [_, mail] = await mailed(cast, ada, room, ["accepted", "accepted"])
    assert "moved back" in mail["comment"], mail


async def test_a7_an_organizer_out_of_reach_is_answered_as_without_access(cast: Cast) -> None:
    connection = await cast.administrator.connect("editing", edits_organizer_events=True)
    both = await _both_booked(cast, connection)
    room, ada, event, when, taken = both.room, both.ada, both.event, both.when, both.taken

    await ada.move(event, taken)

    await answered(ada, event, room, "tentativelyAccepted")
    await booked(cast, room, when, taken)
    await blocked(room, when)


async def test_a7_where_set_so_the_move_is_declined_and_the_room_held(cast: Cast) -> None:
    connection = await cast.administrator.connect("declining", refused_edit="decline")
    both = await _both_booked(cast, connection)
    room, ada, event, when, taken = both.room, both.ada, both.event, both.when, both.taken

    await ada.move(event, taken)

    await answered(ada, event, room, "declined")
    await booked(cast, room, when, taken)
    await blocked(room, when)


async def _both_booked(cast: Cast, connection: str = "simulator") -> Both:
    room, ada, ben = await cast.room(connection=connection), await cast.user("ada"), await cast.user("ben")
    when, taken = slot(hour=9), slot(hour=14)
    event = await accepted_meeting(ada, room, when)
    await accepted_meeting(ben, room, taken)
    return Both(room, ada, ben, event, when, taken)
