"""C15: the back office changes meetings that were made in Outlook: it moves them there, or proposes another time."""

from datetime import UTC, datetime, timedelta

import pytest

from deploy.driver.administrator import window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json, RequestRefused
from deploy.driver.looks import (
    accepted_meeting,
    accepted_series,
    answered,
    blocked,
    booked,
    cancelled,
    mailed,
    moved_back,
    unblocked,
)
from deploy.driver.mailbox import when_of
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot, slot, weeks
from deploy.local.options import Mode
from deploy.local.stack import LocalStack

WHEN, LATER, ELSEWHERE = slot(hour=9), slot(hour=13), slot(hour=16)
WITHIN_S = 90


async def editing_room(cast: Cast) -> BookableRoom:
    """Make a room whose connection may edit organizers' events."""
    return await cast.room(connection=await cast.administrator.connect("editing", edits_organizer_events=True))


async def meeting_in(cast: Cast, room: BookableRoom, when: Slot = WHEN) -> tuple[OutlookUser, Json, Json]:
    """Have a meeting accepted in a room; return the organizer, the event and the reservation."""
    ada = await cast.user("ada")
    event = await accepted_meeting(ada, room, when)
    [reservation] = await booked(cast, room, when)
    return ada, event, reservation


async def proposed_to(user: OutlookUser, event: Json) -> Slot | None:
    """Return the time that the room proposes on the organizer's event."""
    [room] = (await user.event(event))["attendees"]
    shown = room.get("proposedNewTime")
    return when_of(shown) if shown is not None else None


async def proposes(cast: Cast, room: BookableRoom, user: OutlookUser, event: Json, when: Slot) -> None:
    """Wait until both sides show that the room proposes this time and keeps it free."""

    async def look() -> None:
        expect(await proposed_to(user, event) == when, await user.event(event))

    await answered(user, event, room, "tentativelyAccepted")
    await eventually(look)
    await blocked(room, when)
    assert not await cast.administrator.is_free(room.space, when)


async def in_sync(cast: Cast, reservation: Json) -> None:
    async def look() -> None:
        found = (await cast.administrator.reservation(reservation))["outlook"]
        expect(found["state"] == "in_sync", found)

    await eventually(look, within_s=WITHIN_S)


async def test_c15_without_organizer_access_another_time_is_proposed_and_both_are_held(cast: Cast) -> None:
    room = await cast.room()
    ada, event, reservation = await meeting_in(cast, room)

    changed = await cast.administrator.move(reservation, LATER)

    assert (window_of(changed), window_of(changed["proposed_change"])) == (WHEN, LATER)
    assert datetime.fromisoformat(changed["proposed_change"]["until"]) <= WHEN.start
    await proposes(cast, room, ada, event, LATER)
    assert when_of(await ada.event(event)) == WHEN
    assert not await cast.administrator.is_free(room.space, WHEN)
    [_, mail] = await mailed(cast, ada, room, ["accepted", "tentativelyAccepted"])
    assert "asks you to move this meeting" in mail["comment"]
    await in_sync(cast, reservation)
    ben = await cast.user("ben")
    other = await ben.invite("Board", LATER, room.calendar)
    await answered(ben, other, room, "declined")


async def test_c15_an_organizer_who_accepts_the_proposal_has_the_room_there(cast: Cast) -> None:
    room = await cast.room()
    ada, event, reservation = await meeting_in(cast, room)
    await cast.administrator.move(reservation, LATER)
    await proposes(cast, room, ada, event, LATER)

    await ada.move(event, LATER)

    [after] = await booked(cast, room, LATER)
    assert (after["id"], after["proposed_change"]) == (reservation["id"], None)
    await answered(ada, event, room, "accepted")
    await unblocked(room, WHEN)
    assert await cast.administrator.is_free(room.space, WHEN)
    await mailed(cast, ada, room, ["accepted", "tentativelyAccepted", "accepted"])

    async def only_the_meeting() -> None:
        assert len(await room.calendar.day(LATER)) == 1

    await eventually(only_the_meeting)


async def test_c15_an_organizer_who_moves_elsewhere_is_judged_as_usual(cast: Cast) -> None:
    room = await cast.room()
    ada, event, reservation = await meeting_in(cast, room)
    await cast.administrator.move(reservation, LATER)
    await proposes(cast, room, ada, event, LATER)

    await ada.move(event, ELSEWHERE)

    [after] = await booked(cast, room, ELSEWHERE)
    assert after["proposed_change"] is None
    await answered(ada, event, room, "accepted")
    for each in (WHEN, LATER):
        await unblocked(room, each)
        assert await cast.administrator.is_free(room.space, each)


async def test_c15_a_proposal_that_nobody_accepts_in_time_is_withdrawn(cast: Cast) -> None:
    room = await cast.room()
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=15)
    soon = Slot(start, start + timedelta(hours=1))
    ada, event, reservation = await meeting_in(cast, room, soon)
    await cast.administrator.move(reservation, LATER)
    await proposes(cast, room, ada, event, LATER)

    await answered(ada, event, room, "accepted", within_s=60)

    [after] = await booked(cast, room, soon)
    assert after["proposed_change"] is None
    await unblocked(room, LATER)
    mails = await mailed(cast, ada, room, ["accepted", "tentativelyAccepted", "accepted"])
    assert "no longer stands" in mails[-1]["comment"]


async def test_c15_a_second_change_replaces_the_proposal_and_one_back_withdraws_it(cast: Cast) -> None:
    room = await cast.room()
    ada, event, reservation = await meeting_in(cast, room)
    await cast.administrator.move(reservation, LATER)
    await proposes(cast, room, ada, event, LATER)

    await cast.administrator.move(reservation, ELSEWHERE)
    await proposes(cast, room, ada, event, ELSEWHERE)
    await unblocked(room, LATER)
    await cast.administrator.move(reservation, WHEN)

    await answered(ada, event, room, "accepted")
    await unblocked(room, ELSEWHERE)
    await booked(cast, room, WHEN)
    await mailed(cast, ada, room, ["accepted", "tentativelyAccepted", "tentativelyAccepted", "accepted"])


async def test_c15_a_cancellation_withdraws_the_proposal_and_declines_with_the_comment(cast: Cast) -> None:
    room = await cast.room()
    ada, event, reservation = await meeting_in(cast, room)
    await cast.administrator.move(reservation, LATER)
    await proposes(cast, room, ada, event, LATER)

    await cast.administrator.cancel(reservation, "The hall is being painted.")

    await answered(ada, event, room, "declined")
    for each in (WHEN, LATER):
        await unblocked(room, each)
    mails = await mailed(cast, ada, room, ["accepted", "tentativelyAccepted", "declined"])
    assert "The hall is being painted." in mails[-1]["comment"]


async def test_c15_where_no_time_may_be_proposed_the_change_is_refused_with_what_to_do(cast: Cast) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    event = await ada.invite("Planning", WHEN, room.calendar, allowNewTimeProposals=False)
    await answered(ada, event, room, "accepted")
    [reservation] = await booked(cast, room, WHEN)

    with pytest.raises(RequestRefused) as refusal:
        await cast.administrator.move(reservation, LATER)

    assert refusal.value.status == 409
    assert "Ask the organizer to move it, or cancel the reservation" in refusal.value.body["detail"]
    assert await cast.administrator.is_free(room.space, LATER)


async def test_c15_with_organizer_access_the_organizers_event_is_moved(cast: Cast) -> None:
    room = await editing_room(cast)
    ada, event, reservation = await meeting_in(cast, room)
    async with cast.tenant.organizers_reachable():
        changed = await cast.administrator.move(reservation, LATER)
        assert (window_of(changed), changed["proposed_change"]) == (LATER, None)

        await moved_back(ada, event, LATER)
        await answered(ada, event, room, "accepted")
    [after] = await booked(cast, room, LATER)
    assert (after["id"], after["changed_by"]["kind"]) == (reservation["id"], "administrator")
    await blocked(room, LATER)
    await unblocked(room, WHEN)
    assert await cast.administrator.is_free(room.space, WHEN)
    mails = await mailed(cast, ada, room, ["accepted", "accepted"])
    assert "moved this meeting from" in mails[-1]["comment"]
    await in_sync(cast, reservation)


async def test_c15_an_organizer_out_of_reach_is_proposed_the_time_instead(cast: Cast) -> None:
    room = await editing_room(cast)
    ada, event, reservation = await meeting_in(cast, room)

    await cast.administrator.move(reservation, LATER)

    await proposes(cast, room, ada, event, LATER)
    [after] = await booked(cast, room, WHEN)
    assert window_of(after["proposed_change"]) == LATER
    await ada.move(event, LATER)
    await booked(cast, room, LATER)
    await answered(ada, event, room, "accepted")


async def test_c15_an_organizer_who_moves_the_meeting_in_the_same_moment_is_judged_as_usual(cast: Cast) -> None:
    room = await editing_room(cast)
    ada, event, reservation = await meeting_in(cast, room)
    ours = {"method": "PATCH", "mailbox": ada.address, "app": "roomsync"}
    slow = {"match": ours, "effect": {"delay_ms": 2000}, "times": 1}
    async with cast.tenant.organizers_reachable(), cast.tenant.faults(slow):
        await cast.administrator.move(reservation, LATER)

        async def looked_at() -> None:
            assert await cast.tenant.calls(ada, "GET")

        await eventually(looked_at)
        await ada.move(event, ELSEWHERE)

        await booked(cast, room, ELSEWHERE)
        await answered(ada, event, room, "accepted")
        assert [each["status"] for each in await cast.tenant.writes(ada)] == [412]
    assert when_of(await ada.event(event)) == ELSEWHERE
    for each in (WHEN, LATER):
        await unblocked(room, each)
        assert await cast.administrator.is_free(room.space, each)


async def test_c15_a_time_that_is_taken_is_refused_and_nothing_is_proposed(cast: Cast) -> None:
    room = await cast.room()
    ada, event, reservation = await meeting_in(cast, room)
    await accepted_meeting(await cast.user("ben"), room, LATER)

    with pytest.raises(RequestRefused) as refusal:
        await cast.administrator.move(reservation, LATER)

    assert [each["rule"] for each in refusal.value.body["reasons"]] == ["availability"]
    await answered(ada, event, room, "accepted")
    await booked(cast, room, WHEN, LATER)


async def test_c15_one_date_of_a_series_is_proposed_another_time(cast: Cast) -> None:
    room = await cast.room()
    ada, series = await accepted_series(cast, room, WHEN, 4)
    [_, second, *_] = await booked(cast, room, *weeks(WHEN, 4))
    later = weeks(LATER, 4)[1]

    await cast.administrator.move(second, later)

    day = weeks(WHEN, 4)[1].start.date()
    date_of = await ada.occurrence(series, day)
    await answered(ada, date_of, room, "tentativelyAccepted")
    await blocked(room, later)
    await ada.move(await ada.occurrence(series, day), later)
    await booked(cast, room, *weeks(WHEN, 4, without=1), later)
    await answered(ada, await ada.occurrence(series, day), room, "accepted")
    await unblocked(room, weeks(WHEN, 4)[1])


async def test_c15_with_organizer_access_one_date_of_a_series_is_moved(cast: Cast) -> None:
    room = await editing_room(cast)
    ada, series = await accepted_series(cast, room, WHEN, 4)
    [_, second, *_] = await booked(cast, room, *weeks(WHEN, 4))
    later, day = weeks(LATER, 4)[1], weeks(WHEN, 4)[1].start.date()
    async with cast.tenant.organizers_reachable():
        await cast.administrator.move(second, later)

        async def moved() -> None:
            assert when_of(await ada.occurrence(series, day)) == later

        await eventually(moved)
        await answered(ada, await ada.occurrence(series, day), room, "accepted")
    await booked(cast, room, *weeks(WHEN, 4, without=1), later)
    await unblocked(room, weeks(WHEN, 4)[1])


@pytest.mark.parametrize("reaches", [True, False], ids=["with organizer access", "without"])
async def test_c15_a_cancelled_meeting_is_declined_with_the_comment(cast: Cast, reaches: bool) -> None:
    room = await (editing_room(cast) if reaches else cast.room())
    ada, event, reservation = await meeting_in(cast, room)
    async with cast.tenant.organizers_reachable():
        await cast.administrator.cancel(reservation, "The hall is being painted.")

        await answered(ada, event, room, "not invited" if reaches else "declined", within_s=30)
    assert (await cancelled(cast, room))["id"] == reservation["id"]
    await unblocked(room, WHEN)
    mails = await mailed(cast, ada, room, ["accepted", "declined"])
    assert "The hall is being painted." in mails[-1]["comment"]


async def test_c15_one_date_of_a_series_is_cancelled_and_declined_by_itself(cast: Cast) -> None:
    room = await cast.room()
    ada, series = await accepted_series(cast, room, WHEN, 4)
    [_, second, *_] = await booked(cast, room, *weeks(WHEN, 4))

    await cast.administrator.cancel(second, "The hall is being painted.")

    date_of = await ada.occurrence(series, weeks(WHEN, 4)[1].start.date())
    await answered(ada, date_of, room, "declined")
    await booked(cast, room, *weeks(WHEN, 4, without=1))
    await unblocked(room, weeks(WHEN, 4)[1])
    mails = await mailed(cast, ada, room, ["accepted", "declined"])
    assert "The hall is being painted." in mails[-1]["comment"]


@pytest.mark.timeout(240)
async def test_c15_what_nobody_is_notified_of_is_found_by_the_next_comparison(swept_cast: Cast) -> None:
    cast = swept_cast
    room, moved_room = await cast.room(), await editing_room(cast)
    ada, event, reservation = await meeting_in(cast, room)
    ben, moved, moved_reservation = await meeting_in(cast, moved_room)
    async with cast.tenant.organizers_reachable(), cast.tenant.delivery(silence=True):
        await cast.administrator.move(reservation, LATER)
        await cast.administrator.move(moved_reservation, LATER)
        await answered(ada, event, room, "tentativelyAccepted")
        await moved_back(ben, moved, LATER)
        await ada.move(event, LATER)

        for user, each, where in ((ada, event, room), (ben, moved, moved_room)):
            await answered(user, each, where, "accepted", within_s=WITHIN_S)
            await booked(cast, where, LATER, within_s=WITHIN_S)
    assert await cast.administrator.is_free(room.space, WHEN)
    assert await cast.administrator.is_free(moved_room.space, WHEN)


@pytest.mark.chaos
@pytest.mark.timeout(240)
async def test_c15_outbound_may_die_at_any_moment(stack: LocalStack, cast: Cast) -> None:
    room, moved_room = await cast.room(), await editing_room(cast)
    ada, event, reservation = await meeting_in(cast, room)
    ben, moved, moved_reservation = await meeting_in(cast, moved_room)
    async with cast.tenant.organizers_reachable():
        await cast.administrator.move(reservation, LATER)
        await cast.administrator.move(moved_reservation, LATER)
        stack.processes["outbound" if stack.mode is Mode.REAL else "services"].kill()

        await answered(ada, event, room, "tentativelyAccepted", within_s=WITHIN_S)
        await answered(ben, moved, moved_room, "accepted", within_s=WITHIN_S)
        await moved_back(ben, moved, LATER, within_s=WITHIN_S)
    await booked(cast, moved_room, LATER, within_s=WITHIN_S)
    [kept] = await booked(cast, room, WHEN, within_s=WITHIN_S)
    assert window_of(kept["proposed_change"]) == LATER
