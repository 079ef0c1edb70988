"""The back office wants another time for a meeting that was made in Outlook: it is proposed, or refused."""

from dataclasses import replace
from datetime import timedelta

from libs.contracts.intents import AnswerMeeting, DropHold, KeepHold
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.messages import IntentProblem, Settlement
from libs.contracts.values import Window
from services.policy.commands.proposals import withdraw_lapsed
from services.policy.commands.reservations import (
    ReservationChange,
    ReservationRefused,
    Reserved,
)
from services.policy.core.ledger import HeldTime
from services.policy.store import reservations
from tests.integration.policy.answering import accepted, answer_to
from tests.integration.policy.asking import granted
from tests.integration.policy.changing_meetings import (
    ALWAYS,
    NINE,
    NOON,
    THREE,
    at,
    cancel,
    change,
    held,
    lapsed,
    moved_to,
    proposed,
    refused,
    row_of,
)
from tests.integration.policy.ledger import Ledger, again, meeting, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule
from tests.integration.policy.series import booked, moved, windows_of


async def test_another_time_is_proposed_and_both_are_held(ledger: Ledger) -> None:
    room, shown, reservation_id = await proposed(ledger)

    answer = await answer_to(ledger, room, shown)
    assert (answer.answer, answer.judged, answer.proposed) == ("tentativelyAccepted", NINE, NOON)
    assert "asks you to move this meeting" in answer.comment
    assert await ledger.windows(room) == [NINE]
    assert await held(ledger, room) == [("reserved", NINE), ("proposed", NOON)]
    hold = await ledger.wanted(ReservationKey(room.id, reservation_id))
    assert isinstance(hold, KeepHold)
    assert hold.window == NOON
    for start in (9.5, 12.5):
        other = meeting(window(start), subject="Board")
        await ledger.observe(room, other)
        assert (await answer_to(ledger, room, other)).answer == "declined"


async def test_an_organizer_has_the_time_that_is_set_but_not_longer_than_until_the_first_of_both_begins(
    ledger: Ledger,
) -> None:
    days, an_instant = timedelta(days=10), timedelta(seconds=1)
    for to, patience in ((THREE, days), (window(8), days), (THREE, an_instant)):
        room = await ledger.room()
        _, reservation_id = await accepted(ledger, room, 9)
        asked_at = await ledger.now()
        await change(ledger, reservation_id, at(to), replace(PATIENCE, proposals=patience))

        row = await row_of(ledger, room)
        until = HeldTime.model_validate(row["proposed_change"]).until
        assert until == (min(NINE.start, to.start) if patience is days else until)
        assert asked_at < until < asked_at + patience + timedelta(minutes=1)


async def test_an_accepted_proposal_is_booked_at_once_and_the_old_time_is_free(ledger: Ledger) -> None:
    room, shown, reservation_id = await proposed(ledger)
    await ledger.observe(room, again(shown, answer="tentativelyAccepted"))

    await ledger.observe(room, moved_to(shown, NOON))

    assert await ledger.windows(room) == [NOON]
    assert await held(ledger, room) == [("reserved", NOON)]
    assert (await answer_to(ledger, room, shown)).answer == "accepted"
    await ledger.settle(MeetingKey(room.id, shown.ical_uid))
    await ledger.observe(room, moved_to(shown, NOON, answer="accepted"))
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), DropHold)


async def test_what_an_administrator_allowed_is_not_judged_again_when_it_is_accepted(ledger: Ledger) -> None:
    room = await ledger.room()
    shown, reservation_id = await accepted(ledger, room, 9)
    rule = {"kind": "maximum_duration", "minutes": 60}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id)))
    longer = window(12, 14)
    assert (await refused(ledger, reservation_id, at(longer)))[0] == "120"

    await change(ledger, reservation_id, at(longer, override_reason="A jubilee"))
    await ledger.observe(room, moved_to(shown, longer))

    assert await ledger.windows(room) == [longer]
    assert [each["kind"] for each in (await row_of(ledger, room))["reasons"]] == ["allowed_by_administrator"]


async def test_an_organizer_who_moves_elsewhere_is_judged_as_usual_and_nothing_is_proposed_any_more(
    ledger: Ledger,
) -> None:
    room, shown, reservation_id = await proposed(ledger)

    await ledger.observe(room, moved_to(shown, THREE))

    assert await held(ledger, room) == [("reserved", THREE)]
    assert (await row_of(ledger, room))["proposed_change"] is None
    assert (await answer_to(ledger, room, shown)).answer == "accepted"
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), DropHold)


async def test_an_organizer_who_moves_where_it_is_taken_keeps_the_booked_time_alone(ledger: Ledger) -> None:
    room, shown, reservation_id = await proposed(ledger)
    await accepted(ledger, room, 15)

    await ledger.observe(room, moved_to(shown, THREE))

    assert await held(ledger, room) == [("reserved", NINE), ("reserved", THREE)]
    answer = await answer_to(ledger, room, shown)
    assert (answer.answer, answer.proposed) == ("tentativelyAccepted", NINE)
    hold = await ledger.wanted(ReservationKey(room.id, reservation_id))
    assert isinstance(hold, KeepHold)
    assert hold.window == NINE
    assert (await refused(ledger, reservation_id, at(NOON)))[0] == "elsewhere"


async def test_a_change_of_the_organizer_that_leaves_the_time_leaves_the_proposal(ledger: Ledger) -> None:
    room, shown, _ = await proposed(ledger)
    guests = ({"address": "ben@example.org"},)

    await ledger.observe(room, again(shown, answer="tentativelyAccepted", attendees=guests, subject="Retrospective"))

    row = await row_of(ledger, room)
    assert (row["attendee_count"], row["title"]) == (2, "Retrospective")
    assert await held(ledger, room) == [("reserved", NINE), ("proposed", NOON)]
    answer = await answer_to(ledger, room, shown)
    assert (answer.answer, answer.proposed, answer.tells) == ("tentativelyAccepted", NOON, None)
    await ledger.observe(room, moved_to(shown, NOON, attendees=guests))
    assert await ledger.windows(room) == [NOON]


async def test_at_the_deadline_the_proposal_is_withdrawn_and_the_meeting_accepted_as_it_is(ledger: Ledger) -> None:
    room, shown, reservation_id = await proposed(ledger)
    await ledger.observe(room, again(shown, answer="tentativelyAccepted"))

    await lapsed(ledger, room, reservation_id)

    assert await held(ledger, room) == [("reserved", NINE)]
    answer = await answer_to(ledger, room, shown)
    assert (answer.answer, answer.judged, "no longer stands" in answer.comment) == ("accepted", NINE, True)
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), DropHold)
    assert [each["outcome"] for each in await ledger.audit(room, reservation_id)] == ["accept"] * 3
    async with ledger.pool.acquire() as conn:
        assert (room.id, reservation_id) not in await reservations.proposals_due(conn, 100)


async def test_before_the_deadline_nothing_is_withdrawn(ledger: Ledger) -> None:
    room, _, reservation_id = await proposed(ledger)

    assert await granted(ledger, lambda conn: withdraw_lapsed(conn, room.id, reservation_id, PATIENCE)) == []

    assert await held(ledger, room) == [("reserved", NINE), ("proposed", NOON)]


async def test_a_second_change_replaces_the_proposal_and_is_told_although_the_answer_is_the_same(
    ledger: Ledger,
) -> None:
    room, shown, reservation_id = await proposed(ledger)
    first = await answer_to(ledger, room, shown)

    await change(ledger, reservation_id, at(THREE))

    assert await held(ledger, room) == [("reserved", NINE), ("proposed", THREE)]
    answer = await answer_to(ledger, room, shown)
    assert (answer.proposed, first.tells, answer.tells is None) == (THREE, None, False)
    hold = await ledger.wanted(ReservationKey(room.id, reservation_id))
    assert isinstance(hold, KeepHold)
    assert hold.window == THREE


async def test_a_change_back_to_the_booked_time_withdraws_the_proposal(ledger: Ledger) -> None:
    room, shown, reservation_id = await proposed(ledger)

    await change(ledger, reservation_id, at(NINE))

    assert await held(ledger, room) == [("reserved", NINE)]
    assert (await answer_to(ledger, room, shown)).answer == "accepted"


async def test_the_same_change_twice_proposes_once(ledger: Ledger) -> None:
    room, shown, reservation_id = await proposed(ledger)

    await change(ledger, reservation_id, at(NOON))

    assert len(await ledger.issued(MeetingKey(room.id, shown.ical_uid))) == 2


async def test_a_cancellation_withdraws_the_proposal_and_declines_with_the_comment(ledger: Ledger) -> None:
    room, shown, reservation_id = await proposed(ledger)

    await cancel(ledger, reservation_id)

    assert await held(ledger, room) == []
    answer = await answer_to(ledger, room, shown)
    assert (answer.answer, "The hall is being painted." in answer.comment) == ("declined", True)
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), DropHold)


async def test_a_meeting_that_is_cancelled_in_outlook_frees_both_times(ledger: Ledger) -> None:
    room, shown, _ = await proposed(ledger)

    await ledger.observe(room, again(shown, is_cancelled=True))

    assert await held(ledger, room) == []


async def test_where_no_time_may_be_proposed_the_change_is_refused_with_what_to_do(ledger: Ledger) -> None:
    for different in ({"allows_new_time": False}, {"is_response_requested": False}):
        room = await ledger.room()
        await ledger.observe(room, meeting(NINE, **different))
        row = await row_of(ledger, room)

        found, message = await refused(ledger, row["id"], at(NOON))

        assert (found, "Ask the organizer to move it" in message) == ("no_proposals", True)
        assert await held(ledger, room) == [("reserved", NINE)]


async def test_a_proposal_that_graph_refuses_is_shown_as_refused_and_the_meeting_stays(ledger: Ledger) -> None:
    room, shown, reservation_id = await proposed(ledger)

    problem = IntentProblem.PROPOSAL_REFUSED
    await ledger.settle(MeetingKey(room.id, shown.ical_uid), Settlement.GIVEN_UP, has_written=False, problem=problem)

    row = await row_of(ledger, room)
    assert (row["proposed_change"], row["refused_request"]["window"]["start"][:19]) == (
        None,
        f"{NOON.start:%Y-%m-%dT%H:%M:%S}",
    )
    assert await held(ledger, room) == [("reserved", NINE)]
    assert (await answer_to(ledger, room, shown)).answer == "accepted"
    assert (await refused(ledger, reservation_id, at(NOON)))[0] == "no_proposals"


async def test_what_is_the_organizers_cannot_be_changed_here(ledger: Ledger) -> None:
    room = await ledger.room()
    _, reservation_id = await accepted(ledger, room, 9)
    everything = ReservationChange(
        title="Mine", attendee_count=5, changes_organizer=True, organizer_address="ben@example.org"
    )

    found, message = await refused(ledger, reservation_id, replace(everything, start=NOON.start, end=NOON.end))

    assert found == "title, organizer, attendee_count"
    assert "only its organizer can change its title, organizer and number of people" in message
    same = ReservationChange(
        title="Planning", attendee_count=1, changes_organizer=True, organizer_address="ada@example.org"
    )
    assert isinstance(await change(ledger, reservation_id, same), Reserved)
    assert await held(ledger, room) == [("reserved", NINE)]


async def test_a_time_that_is_taken_is_refused_as_for_any_reservation(ledger: Ledger) -> None:
    room = await ledger.room()
    _, reservation_id = await accepted(ledger, room, 9)
    await accepted(ledger, room, 12)

    result = await change(ledger, reservation_id, at(NOON))

    assert isinstance(result, ReservationRefused)
    assert [each.rule for each in result.reasons] == ["availability"]
    assert await held(ledger, room) == [("reserved", NINE), ("reserved", NOON)]


async def test_a_meeting_that_has_begun_is_not_proposed_another_time(ledger: Ledger) -> None:
    room = await ledger.room()
    now = (await ledger.now()).replace(microsecond=0)
    begun = Window(start=now - timedelta(minutes=10), end=now + timedelta(minutes=50))
    await ledger.observe(room, meeting(begun))
    row = await row_of(ledger, room)

    assert (await refused(ledger, row["id"], at(NOON)))[0] == "begun"


async def test_what_waits_for_approval_or_is_the_rooms_own_is_not_moved_here(ledger: Ledger) -> None:
    room = await ledger.room()
    await granted(ledger, lambda conn: set_rule(conn, ALWAYS, at_space(room.id)))
    await ledger.observe(room, meeting(NINE))
    assert (await refused(ledger, (await row_of(ledger, room))["id"], at(NOON)))[0] == "awaits_approval"

    own = await ledger.room()
    await ledger.observe(own, meeting(NINE, is_room_owned=True, answer="organizer"))
    assert (await refused(ledger, (await row_of(ledger, own))["id"], at(NOON)))[0] == "own_event"


async def test_one_date_of_a_series_is_proposed_another_time_and_booked_there(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE))
    second = windows_of(series)[1]
    later = Window(start=second.start + timedelta(hours=3), end=second.end + timedelta(hours=3))
    [_, row, *_] = await ledger.reservations(room)
    date_key = MeetingKey(room.id, series.ical_uid, row["original_date"])

    assert isinstance(await change(ledger, row["id"], at(later)), Reserved)

    answer = await ledger.wanted(date_key)
    assert isinstance(answer, AnswerMeeting)
    assert (answer.answer, answer.judged, answer.proposed) == ("tentativelyAccepted", second, later)
    assert await ledger.windows(room) == windows_of(series)
    await ledger.settle(date_key)
    edited = on_dates(series, moved(1, timedelta(hours=3)))
    await ledger.observe(room, edited)
    assert await ledger.windows(room) == windows_of(edited)
    assert [each[0] for each in await held(ledger, room)] == ["reserved"] * 4
    wanted = await ledger.wanted(date_key)
    assert isinstance(wanted, AnswerMeeting)
    assert wanted.answer == "accepted"


async def test_a_scope_means_the_one_meeting_that_is_no_date_of_a_series(ledger: Ledger) -> None:
    alone = await ledger.room()
    _, reservation_id = await accepted(ledger, alone, 9)
    assert isinstance(await change(ledger, reservation_id, at(NOON, scope="all")), Reserved)
