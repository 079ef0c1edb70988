"""A14: what needs approval waits, on both sides, until an administrator decides or the deadline passes."""

from datetime import UTC, datetime, timedelta

import pytest

from deploy.driver.administrator import window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json, RequestRefused
from deploy.driver.looks import answered, asked, blocked, booked, cancelled, declined, mailed, unblocked
from deploy.driver.mailbox import attendee
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, slot, weeks
from tests.system.approving import asking_room, waiting


async def in_sync(cast: Cast, room: BookableRoom) -> None:
    """Wait until Outlook shows what was decided about the declined reservation of a room, and nothing more is to do."""

    async def look() -> None:
        [found] = await cast.administrator.reservations(room.space, "declined")
        expect(found["outlook"]["state"] == "in_sync", found["outlook"])

    await eventually(look, within_s=30)


async def pending(cast: Cast, room: BookableRoom) -> Json:
    [found] = await cast.administrator.reservations(room.space, "pending")
    return found


async def test_a14_what_needs_approval_is_tentative_and_pending_until_it_is_approved(cast: Cast) -> None:
    room, when = await asking_room(cast, before_start_minutes=60), slot()
    ada, event, question = await waiting(cast, room, when)

    deadline = when.start - timedelta(hours=1)
    assert datetime.fromisoformat(question["deadline_at"]) == deadline
    reservation = await pending(cast, room)
    assert (question["reservation_id"], reservation["decision"]["outcome"]) == (reservation["id"], "tentative")
    [mail] = await mailed(cast, ada, room, ["tentativelyAccepted"])
    assert "waits for the approval of an administrator, until" in mail["comment"]
    assert not await cast.administrator.is_free(room.space, when)

    await cast.administrator.approve(question, "The keys are at the desk")

    await answered(ada, event, room, "accepted")
    [confirmed] = await booked(cast, room, when)
    assert confirmed["id"] == reservation["id"]
    await blocked(room, when)
    mails = await mailed(cast, ada, room, ["tentativelyAccepted", "accepted"])
    assert "An administrator approved this booking. The keys are at the desk." in mails[-1]["comment"]
    await asked(cast, room)


async def test_a14_what_is_rejected_is_declined_with_the_comment_and_free_again(cast: Cast) -> None:
    room, when = await asking_room(cast), slot()
    ada, event, question = await waiting(cast, room, when)

    await cast.administrator.reject(question, "The hall is being painted.")

    await answered(ada, event, room, "declined")
    assert (await declined(cast, room))["id"] == question["reservation_id"]
    mails = await mailed(cast, ada, room, ["tentativelyAccepted", "declined"])
    assert "did not approve this booking. The hall is being painted." in mails[-1]["comment"]
    await unblocked(room, when)
    assert await cast.administrator.is_free(room.space, when)
    with pytest.raises(RequestRefused) as late:
        await cast.administrator.approve(question)
    assert late.value.status == 409


async def test_a14_with_organizer_access_what_is_rejected_is_off_the_organizers_event(cast: Cast) -> None:
    connection = await cast.administrator.connect("editing", edits_organizer_events=True)
    room, when = await asking_room(cast, connection=connection), slot()
    guest = await cast.user("guest")
    ada = await cast.user("ada")
    event = await ada.invite("Planning", when, room.calendar, people=[guest])
    await answered(ada, event, room, "tentativelyAccepted")
    [question] = await asked(cast, room, when)
    async with cast.tenant.organizers_reachable():
        await cast.administrator.reject(question, "The hall is being painted.")

        await answered(ada, event, room, "not invited", within_s=30)
        await in_sync(cast, room)
    assert await ada.answer_of(guest, event) == "none"
    assert (await declined(cast, room))["id"] == question["reservation_id"]
    assert len(await cast.administrator.reservations(room.space)) == 1
    mails = await mailed(cast, ada, room, ["tentativelyAccepted", "declined"])
    assert "did not approve this booking. The hall is being painted." in mails[-1]["comment"]
    assert await room.calendar.day(when) == []
    await asked(cast, room)


async def test_a14_a_room_that_was_taken_off_may_be_invited_and_asked_about_again(cast: Cast) -> None:
    connection = await cast.administrator.connect("editing", edits_organizer_events=True)
    room, when = await asking_room(cast, connection=connection), slot()
    ada, event, question = await waiting(cast, room, when)
    async with cast.tenant.organizers_reachable():
        await cast.administrator.reject(question)
        await answered(ada, event, room, "not invited", within_s=30)

        await ada.change(event, attendees=[attendee(room.calendar, "resource")])

        [anew] = await asked(cast, room, when)
        await cast.administrator.approve(anew)
        await answered(ada, event, room, "accepted")
    await booked(cast, room, when)


async def test_a14_an_organizer_out_of_reach_has_the_room_declined_on_the_event(cast: Cast) -> None:
    connection = await cast.administrator.connect("editing", edits_organizer_events=True)
    room, when = await asking_room(cast, connection=connection), slot()
    ada, event, question = await waiting(cast, room, when)

    await cast.administrator.reject(question)

    await answered(ada, event, room, "declined")
    await in_sync(cast, room)
    await answered(ada, event, room, "declined")
    await mailed(cast, ada, room, ["tentativelyAccepted", "declined"])


@pytest.mark.parametrize(("at_deadline", "answer"), [("reject", "declined"), ("approve", "accepted")])
async def test_a14_at_the_deadline_happens_what_is_set(cast: Cast, at_deadline: str, answer: str) -> None:
    room = await asking_room(cast, before_start_minutes=24 * 60, at_deadline=at_deadline)
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1, seconds=8)
    when = Slot(start, start + timedelta(hours=1))
    ada, event, question = await waiting(cast, room, when)

    await answered(ada, event, room, answer)

    [found] = await cast.administrator.questions(room.space)
    assert (found["id"], found["state"], found["decided_by"]) == (question["id"], "expired", None)
    await (booked(cast, room, when) if answer == "accepted" else booked(cast, room))


async def test_a14_a_meeting_that_is_cancelled_withdraws_its_question(cast: Cast) -> None:
    room, when = await asking_room(cast), slot()
    ada, event, question = await waiting(cast, room, when)

    await ada.cancel(event)

    await asked(cast, room)
    assert (await cancelled(cast, room))["id"] == question["reservation_id"]
    [found] = await cast.administrator.questions(room.space)
    assert (found["id"], found["state"]) == (question["id"], "withdrawn")


async def test_a14_a_longer_meeting_is_asked_about_anew_and_a_shorter_one_is_not(cast: Cast) -> None:
    room, when = await asking_room(cast), slot()
    ada, event, question = await waiting(cast, room, when)
    longer, shorter = when.longer(minutes=30), when.longer(minutes=-15)

    await ada.move(event, longer)
    [anew] = await asked(cast, room, longer)
    await ada.move(event, shorter)
    [same] = await asked(cast, room, shorter)

    assert anew["id"] != question["id"]
    assert (same["id"], same["asked_at"]) == (anew["id"], question["asked_at"])
    await cast.administrator.approve(same)
    await answered(ada, event, room, "accepted")
    await booked(cast, room, shorter)


async def test_a14_a_reservation_of_the_back_office_waits_with_a_hold(cast: Cast) -> None:
    room, when = await asking_room(cast), slot()

    made = await cast.administrator.reserve(room.space, when, "Board meeting")

    assert made["status"] == "pending"
    await blocked(room, when)
    [question] = await asked(cast, room, when)
    await cast.administrator.reject(question)
    await unblocked(room, when)
    assert (await declined(cast, room))["id"] == made["id"]


async def test_a14_a_decision_is_shown_though_nobody_is_notified(cast: Cast) -> None:
    room, when = await asking_room(cast), slot()
    ada, event, question = await waiting(cast, room, when)
    async with cast.tenant.delivery(silence=True):
        await cast.administrator.approve(question)
        await answered(ada, event, room, "accepted", within_s=90)

    async def is_in_sync() -> None:
        [found] = await cast.administrator.reservations(room.space, "confirmed")
        assert found["outlook"]["state"] == "in_sync", found

    await eventually(is_in_sync, within_s=90)


async def test_a14_a_series_is_one_question_with_its_dates(cast: Cast) -> None:
    room, ada, when = await asking_room(cast), await cast.user("ada"), slot()
    event = await ada.invite_series("Planning", when, weekly(when.start.date()).times(4), room.calendar)
    await answered(ada, event, room, "tentativelyAccepted")
    [question] = await asked(cast, room, when)
    assert (question["reservation_id"], question["asked"]["dates"]) == (None, 4)
    assert {each["status"] for each in await cast.administrator.reservations(room.space)} == {"pending"}

    await cast.administrator.approve(question)

    await answered(ada, event, room, "accepted")
    await booked(cast, room, *weeks(when, 4))
    mails = await mailed(cast, ada, room, ["tentativelyAccepted", "accepted"])
    assert "waits for the approval of an administrator" in mails[0]["comment"]
    assert "is booked for this recurring meeting on 4 dates" in mails[1]["comment"]


async def test_a14_a_series_that_is_rejected_is_free_on_every_date(cast: Cast) -> None:
    room, ada, when = await asking_room(cast), await cast.user("ada"), slot()
    event = await ada.invite_series("Planning", when, weekly(when.start.date()).times(4), room.calendar)
    await answered(ada, event, room, "tentativelyAccepted")
    [question] = await asked(cast, room, when)

    await cast.administrator.reject(question, "The hall is being painted.")

    await answered(ada, event, room, "declined")
    await booked(cast, room)
    for each in weeks(when, 4):
        await unblocked(room, each)
    mails = await mailed(cast, ada, room, ["tentativelyAccepted", "declined"])
    assert "The hall is being painted." in mails[1]["comment"]


async def test_a14_a_change_of_what_was_approved_waits_and_the_room_stays_booked_meanwhile(cast: Cast) -> None:
    room, when = await asking_room(cast), slot()
    ada, event, question = await waiting(cast, room, when)
    await cast.administrator.approve(question)
    await answered(ada, event, room, "accepted")
    later = when.later(hours=3)

    await ada.move(event, later)

    [change] = await asked(cast, room, later)
    await answered(ada, event, room, "tentativelyAccepted")
    await booked(cast, room, when)
    await blocked(room, when)
    assert not await cast.administrator.is_free(room.space, later)
    await cast.administrator.approve(change)
    await answered(ada, event, room, "accepted")
    await booked(cast, room, later)
    await blocked(room, later)
    await unblocked(room, when)
    mails = await mailed(cast, ada, room, ["tentativelyAccepted", "accepted", "tentativelyAccepted", "accepted"])
    assert "stays booked for you at the original time" in mails[2]["comment"]


async def test_a14_a_rejected_change_of_what_was_approved_keeps_the_approved_time(cast: Cast) -> None:
    room, when = await asking_room(cast), slot()
    ada, event, question = await waiting(cast, room, when)
    await cast.administrator.approve(question)
    await answered(ada, event, room, "accepted")
    later = when.later(hours=3)
    await ada.move(event, later)
    [change] = await asked(cast, room, later)

    await cast.administrator.reject(change, "The hall is needed.")

    mails = await mailed(cast, ada, room, ["tentativelyAccepted", "accepted", *["tentativelyAccepted"] * 2])
    assert "The hall is needed." in mails[3]["comment"]
    await booked(cast, room, when)
    await blocked(room, when)
    assert await cast.administrator.is_free(room.space, later)
    await ada.move(event, when)
    await answered(ada, event, room, "accepted")
    await booked(cast, room, when)


async def test_a14_with_organizer_access_a_series_that_is_rejected_is_off_the_organizers_event(cast: Cast) -> None:
    connection = await cast.administrator.connect("editing", edits_organizer_events=True)
    room, ada, when = await asking_room(cast, connection=connection), await cast.user("ada"), slot()
    event = await ada.invite_series("Planning", when, weekly(when.start.date()).times(4), room.calendar)
    await answered(ada, event, room, "tentativelyAccepted")
    [question] = await asked(cast, room, when)
    async with cast.tenant.organizers_reachable():
        await cast.administrator.reject(question, "The hall is being painted.")

        await answered(ada, event, room, "not invited", within_s=30)
    assert {each["attendees"] == [] for each in await ada.occurrences(event)} == {True}
    await booked(cast, room)
    for each in weeks(when, 4):
        await unblocked(room, each)
    mails = await mailed(cast, ada, room, ["tentativelyAccepted", "declined"])
    assert "The hall is being painted." in mails[1]["comment"]


async def test_a14_several_compete_for_a_time_and_the_one_that_is_approved_gets_it(cast: Cast) -> None:
    room, when = await asking_room(cast, mode="compete"), slot()
    ada, ben = await cast.user("ada"), await cast.user("ben")
    events = [await each.invite("Planning", when, room.calendar) for each in (ada, ben)]
    for user, event in zip((ada, ben), events, strict=True):
        await answered(user, event, room, "tentativelyAccepted")
    found = await asked(cast, room, when, when)
    ids = {each["reservation_id"] for each in found}
    assert [set(each["rivals"]) for each in found] == [ids - {each["reservation_id"]} for each in found]
    assert await cast.administrator.is_free(room.space, when)
    [question] = [each for each in found if each["asked"]["organizer"]["email"] == ada.address]

    await cast.administrator.approve(question)

    await answered(ada, events[0], room, "accepted")
    await answered(ben, events[1], room, "declined")
    await booked(cast, room, when)
    await asked(cast, room)
    mails = await mailed(cast, ben, room, ["tentativelyAccepted", "declined"])
    assert "The room is not held meanwhile" in mails[0]["comment"]
    assert "The next free time of this room is" in mails[1]["comment"]
    await blocked(room, when)


async def test_a14_a_booking_that_needs_no_approval_is_preferred_to_those_that_compete(cast: Cast) -> None:
    room, when = await asking_room(cast, mode="compete"), slot()
    ada, event, question = await waiting(cast, room, when)

    await cast.administrator.reserve(room.space, when, "Open day", override_reason="Open day")

    await answered(ada, event, room, "declined")
    await booked(cast, room, when)
    await blocked(room, when)
    with pytest.raises(RequestRefused) as late:
        await cast.administrator.approve(question)
    assert late.value.status == 409


async def test_a14_a_change_by_the_back_office_waits_and_its_hold_moves_once_it_is_approved(cast: Cast) -> None:
    room, when = await asking_room(cast), slot()
    made = await cast.administrator.reserve(room.space, when, "Open day", override_reason="Open day")
    await blocked(room, when)
    later = when.later(hours=3)

    waiting = await cast.administrator.move(made, later)

    [question] = await asked(cast, room, later)
    assert (window_of(waiting), window_of(waiting["requested_change"])) == (when, later)
    assert waiting["requested_change"]["approval_id"] == question["id"]
    await blocked(room, when)
    assert not await cast.administrator.is_free(room.space, later)
    await cast.administrator.approve(question)
    await booked(cast, room, later)
    await blocked(room, later)
    await unblocked(room, when)
