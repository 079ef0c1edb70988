"""An observation becomes ledger rows, intents and events in one transaction, once, whatever comes before or after."""

from datetime import timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from deploy.driver.eventually import eventually
from libs.contracts.intents import AnswerMeeting, DropHold, KeepHold, MoveBack
from libs.contracts.keys import MeetingKey, ReservationKey, columns_of
from libs.contracts.messages import IntentIssued, IntentProblem, MeetingObserved, Settlement
from libs.contracts.values import Meeting, Window
from services.policy.commands.reservations import ReservationRequest, Reserved, create_reservation
from services.policy.commands.retry import retry_reservation
from services.policy.core.ledger import RefusedRequest
from services.policy.loops.replaced_holds import ReplacedHoldLoop
from services.policy.store import reading
from services.policy.store.keys import OF_KEY
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window
from tests.integration.policy.patience import PATIENCE


async def accepted(ledger: Ledger, room: Room, start: float = 9) -> tuple[Meeting, UUID]:
    """Book a room by an invitation that then shows the answer."""
    seen = meeting(window(start))
    await ledger.observe(room, seen)
    await ledger.settle(MeetingKey(room.id, seen.ical_uid), event_id=seen.event_id, ical_uid=seen.ical_uid)
    shown = again(seen, answer="accepted")
    await ledger.observe(room, shown)
    [booked] = [each for each in await ledger.reservations(room) if each["ical_uid"] == seen.ical_uid]
    return shown, booked["id"]


async def answer_to(ledger: Ledger, room: Room, seen: Meeting) -> AnswerMeeting:
    wanted = await ledger.wanted(MeetingKey(room.id, seen.ical_uid))
    assert isinstance(wanted, AnswerMeeting)
    return wanted


async def plain_looks(ledger: Ledger, room: Room) -> list[dict[str, object]]:
    """Read the looks asked for at a meeting with nothing in its way."""
    asked = [each for each in await ledger.owed(room) if each["type"] == "look.requested.v1"]
    return [each for each in asked if not each["in_the_way"]]


async def test_a_free_invitation_becomes_a_reservation_an_answer_and_an_event(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))

    await ledger.observe(room, seen)

    [booked] = await ledger.reservations(room)
    assert (booked["starts_at"], booked["ends_at"], booked["title"]) == (seen.start, seen.end, "Planning")
    assert (await answer_to(ledger, room, seen)).answer == "accepted"
    assert await ledger.told(room) == ["reservation.confirmed.v1"]
    assert [row["outcome"] for row in await ledger.audit(room)] == ["accept"]


async def test_a_message_delivered_again_and_again_is_handled_once(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    message = MeetingObserved(space_id=room.id, observation=await ledger.observation(room, seen))

    await ledger.deliver(message, times=4)
    await ledger.observe(room, again(seen, answer="accepted"))

    assert len(await ledger.reservations(room)) == 1
    assert [each["type"] for each in await ledger.owed(room)] == ["reservation.confirmed.v1", "intent.issued.v2"]


async def test_one_meeting_in_two_rooms_is_one_reservation_in_each(ledger: Ledger) -> None:
    left, right, seen = await ledger.room(), await ledger.room(), meeting(window(9))

    await ledger.observe(left, seen)
    await ledger.observe(right, again(seen, event_id="event-of-the-other-mailbox"))

    for room in (left, right):
        [booked] = await ledger.reservations(room)
        assert booked["ical_uid"] == seen.ical_uid


async def test_our_own_answer_coming_back_causes_nothing(ledger: Ledger) -> None:
    room = await ledger.room()
    shown, _ = await accepted(ledger, room)
    owed = await ledger.owed(room)

    await ledger.observe(room, shown)
    await ledger.observe(room, again(shown, subject="Ada"))

    assert await ledger.owed(room) == owed
    assert len(await ledger.audit(room)) == 1


async def test_a_taken_slot_is_declined_and_the_refusal_is_published_once(ledger: Ledger) -> None:
    room = await ledger.room()
    await accepted(ledger, room)
    late = meeting(window(9.5))

    await ledger.observe(room, late)
    await ledger.observe(room, late)

    assert (await answer_to(ledger, room, late)).answer == "declined"
    assert (await ledger.told(room)).count("reservation.declined.v1") == 1
    assert await ledger.windows(room) == [window(9)]


async def test_what_is_leaving_is_looked_at_before_the_meeting_in_its_place_is_declined(ledger: Ledger) -> None:
    room = await ledger.room()
    leaving, _ = await accepted(ledger, room)
    fresh = meeting(window(9))

    await ledger.observe_first(room, fresh)
    await ledger.observe_first(room, fresh)
    [asked] = [each for each in await ledger.owed(room) if each["type"] == "look.requested.v1"]
    assert (asked["about"], asked["in_the_way"]) == (fresh.ical_uid, [leaving.ical_uid])
    assert await ledger.issued(MeetingKey(room.id, fresh.ical_uid)) == []
    gone = await ledger.observation(room, None, leaving.ical_uid)
    about = await ledger.observation(room, fresh)
    await ledger.deliver(MeetingObserved(space_id=room.id, observation=gone))
    await ledger.deliver(MeetingObserved(space_id=room.id, observation=about, look_id=UUID(asked["look_id"])))

    assert (await answer_to(ledger, room, fresh)).answer == "accepted"
    assert [each["ical_uid"] for each in await ledger.reservations(room)] == [fresh.ical_uid]
    assert await ledger.reservations(room, "declined") == []


async def test_a_look_that_is_lost_delays_the_answer_for_seconds_only(ledger: Ledger) -> None:
    room = await ledger.room()
    await accepted(ledger, room)
    late = meeting(window(9))
    await ledger.observe_first(room, late)
    await ledger.pool.execute(
        "UPDATE meetings SET pending_look = jsonb_set(pending_look, '{until}', to_jsonb(clock_timestamp())) "
        "WHERE pending_look IS NOT NULL"
    )

    await ledger.correct(room, MeetingKey(room.id, late.ical_uid), late)

    assert (await answer_to(ledger, room, late)).answer == "declined"


async def test_a_reservation_of_the_back_office_is_not_looked_for(ledger: Ledger) -> None:
    room = await ledger.room()
    await ledger.occupy(room, window(9))
    late = meeting(window(9))

    await ledger.observe_first(room, late)

    assert (await answer_to(ledger, room, late)).answer == "declined"


async def test_an_answer_that_found_no_copy_has_the_meeting_looked_for(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    key = MeetingKey(room.id, seen.ical_uid)
    await ledger.observe(room, seen)

    await ledger.settle(key, Settlement.GIVEN_UP, has_written=False, problem=IntentProblem.GONE)

    asked = [each for each in await ledger.owed(room) if each["type"] == "look.requested.v1"]
    assert [(each["about"], each["in_the_way"]) for each in asked] == [(seen.ical_uid, [])]


async def test_a_cancelled_meeting_frees_the_room_and_is_in_the_audit(ledger: Ledger) -> None:
    room = await ledger.room()
    shown, reservation_id = await accepted(ledger, room)

    await ledger.observe(room, None, shown.ical_uid)
    await ledger.observe(room, meeting(window(9)))

    assert (await ledger.told(room))[1] == "reservation.cancelled.v1"
    assert await ledger.windows(room) == [window(9)]
    assert [row["outcome"] for row in await ledger.audit(room, reservation_id)] == ["accept", "cancelled"]


async def test_a_refused_move_keeps_the_room_until_the_organizer_moves_back(ledger: Ledger) -> None:
    room = await ledger.declining_room()
    shown, reservation_id = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    key = MeetingKey(room.id, shown.ical_uid)

    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))
    await ledger.settle(key)
    await ledger.observe(room, None, shown.ical_uid)

    assert await ledger.windows(room) == [window(9), window(14)]
    hold = await ledger.wanted(ReservationKey(room.id, reservation_id))
    assert isinstance(hold, KeepHold)
    assert hold.window == window(9)

    await ledger.observe(room, again(shown, event_id="event-again", answer="notResponded"))

    assert (await answer_to(ledger, room, shown)).answer == "accepted"
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), KeepHold)
    await ledger.settle(key)
    await ledger.observe(room, again(shown, event_id="event-again"))
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), DropHold)
    [first, _] = await ledger.reservations(room)
    assert (first["kept_without_invitation"], first["refused_request"]) == (False, None)


async def test_a_hold_whose_accept_nobody_saw_is_looked_at_again(ledger: Ledger) -> None:
    room = await ledger.declining_room()
    shown, _ = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    key = MeetingKey(room.id, shown.ical_uid)
    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))
    await ledger.settle(key)
    await ledger.observe(room, None, shown.ical_uid)
    await ledger.observe(room, again(shown, event_id="event-again", answer="notResponded"))
    loop = ReplacedHoldLoop(ledger.pool, ledger.codec)

    await loop.once()
    on_its_way = await plain_looks(ledger, room)
    await ledger.settle(key)
    await ledger.pool.execute("UPDATE intents SET awaited_until = clock_timestamp() WHERE space_id = $1", room.id)
    await loop.once()

    asked = await plain_looks(ledger, room)
    assert (on_its_way, [each["about"] for each in asked]) == ([], [shown.ical_uid])


async def test_a_refused_move_is_shown_beside_the_decision_that_stands_and_is_no_news(ledger: Ledger) -> None:
    room = await ledger.room()
    shown, reservation_id = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    told = await ledger.told(room)

    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))

    [first, _] = await ledger.reservations(room)
    refused = RefusedRequest.model_validate(first["refused_request"])
    assert (first["outcome"], first["reasons"]) == ("accept", [])
    assert (refused.window, [each.kind for each in refused.reasons]) == (window(14), ["slot_taken"])
    answer = await answer_to(ledger, room, shown)
    assert (answer.answer, answer.proposed) == ("tentativelyAccepted", window(9))
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), KeepHold)
    assert await ledger.told(room) == told


async def test_where_no_time_may_be_proposed_the_move_is_declined_and_the_room_held(ledger: Ledger) -> None:
    room = await ledger.room()
    shown, _ = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    key = MeetingKey(room.id, shown.ical_uid)
    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))

    problem = IntentProblem.PROPOSAL_REFUSED
    await ledger.settle(key, Settlement.GIVEN_UP, has_written=False, problem=problem)
    await ledger.settle(key)
    await ledger.observe(room, None, shown.ical_uid)

    assert (await answer_to(ledger, room, shown)).answer == "declined"
    [first, _] = await ledger.reservations(room)
    assert first["kept_without_invitation"]


async def test_a_meeting_moved_on_after_it_is_over_leaves_its_reservation_as_it_was(ledger: Ledger) -> None:
    room = await ledger.room()
    shown, reservation_id = await accepted(ledger, room, 9)
    long_ago = "starts_at = starts_at - interval '9 days', ends_at = ends_at - interval '9 days'"
    await ledger.pool.execute(f"UPDATE reservations SET {long_ago} WHERE id = $1", reservation_id)
    await ledger.pool.execute(
        "UPDATE occupancies SET during = tstzrange(lower(during) - $2::interval, upper(during) - $2::interval) "
        "WHERE reservation_id = $1",
        reservation_id,
        timedelta(days=9),
    )
    [past] = await ledger.reservations(room)

    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))
    await ledger.observe(room, again(shown, start=window(15).start, end=window(15).end, answer="notResponded"))

    [still, fresh] = await ledger.reservations(room)
    assert dict(still) == {**past, "has_successor": True}
    assert (fresh["starts_at"], fresh["status"]) == (window(15).start, "confirmed")


async def test_a_cancellation_that_outbound_found_instead_of_a_copy_to_decline_frees_the_room(ledger: Ledger) -> None:
    room = await ledger.declining_room()
    shown, reservation_id = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    key = MeetingKey(room.id, shown.ical_uid)
    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))

    await ledger.observe(room, None, shown.ical_uid)
    assert await ledger.windows(room) == [window(9), window(14)]
    await ledger.settle(key, has_written=False)
    await ledger.observe(room, None, shown.ical_uid)

    assert await ledger.windows(room) == [window(14)]
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), DropHold)


async def test_a_decline_that_was_written_and_asked_for_again_is_still_ours(ledger: Ledger) -> None:
    room = await ledger.declining_room()
    shown, _ = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    key = MeetingKey(room.id, shown.ical_uid)
    refused = again(shown, start=window(14).start, end=window(14).end, answer="notResponded")
    await ledger.observe(room, refused)
    await ledger.settle(key)
    await ledger.pool.execute("UPDATE intents SET awaited_until = clock_timestamp() WHERE space_id = $1", room.id)
    await ledger.observe(room, refused)
    await ledger.settle(key, has_written=False)

    await ledger.observe(room, None, shown.ical_uid)

    assert [each.generation for each in await ledger.issued(key)] == [1, 2, 3]
    assert await ledger.windows(room) == [window(9), window(14)]


async def test_an_answer_that_is_seen_is_awaited_no_longer_whenever_we_hear_that_it_was_written(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await ledger.observe(room, seen)
    await ledger.observe(room, again(seen, answer="accepted"))
    await ledger.settle(MeetingKey(room.id, seen.ical_uid))

    await ledger.observe(room, None, seen.ical_uid)

    assert await ledger.windows(room) == []


async def test_a_move_back_that_cannot_be_made_becomes_a_proposal_and_a_hold(ledger: Ledger) -> None:
    editing = await ledger.connection(edits_organizer_events=True)
    room = await ledger.room(connection_id=editing)
    shown, reservation_id = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    key = MeetingKey(room.id, shown.ical_uid)
    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))
    assert isinstance(await ledger.wanted(key), MoveBack)

    problem = IntentProblem.ORGANIZER_UNREACHABLE
    await ledger.settle(key, Settlement.GIVEN_UP, has_written=False, problem=problem)

    proposing = await answer_to(ledger, room, shown)
    assert (proposing.answer, proposing.proposed) == ("tentativelyAccepted", window(9))
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), KeepHold)


async def test_what_was_read_before_our_write_is_ignored(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await ledger.observe(room, seen)
    before_the_write = await ledger.observation(room, None, seen.ical_uid)
    await ledger.settle(MeetingKey(room.id, seen.ical_uid))

    await ledger.deliver(MeetingObserved(space_id=room.id, observation=before_the_write))

    assert await ledger.windows(room) == [window(9)]


async def test_a_write_counts_although_its_intent_was_overtaken(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    key = MeetingKey(room.id, seen.ical_uid)
    await ledger.observe(room, seen)
    await ledger.observe(room, again(seen, start=window(11).start, end=window(11).end))
    before_the_write = await ledger.observation(room, None, seen.ical_uid)

    await ledger.settle(key, generation=1)
    await ledger.deliver(MeetingObserved(space_id=room.id, observation=before_the_write))

    assert await ledger.windows(room) == [window(11)]
    state = await ledger.pool.fetchval(f"SELECT state FROM intents WHERE {OF_KEY}", *columns_of(key))
    assert state == "issued"


async def test_an_answer_that_was_written_is_waited_for_as_long_as_outbound_says(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    key = MeetingKey(room.id, seen.ical_uid)
    await ledger.observe(room, seen)
    await ledger.settle(key)

    await ledger.observe(room, seen)
    meanwhile = await ledger.issued(key)
    await ledger.pool.execute("UPDATE intents SET awaited_until = clock_timestamp() WHERE space_id = $1", room.id)
    await ledger.observe(room, seen)

    assert [each.generation for each in meanwhile] == [1]
    assert [each.generation for each in await ledger.issued(key)] == [1, 2]


async def test_how_an_overtaken_answer_ended_says_nothing_about_the_wait_for_the_next(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    key = MeetingKey(room.id, seen.ical_uid)
    await ledger.observe(room, seen)
    await ledger.observe(room, again(seen, start=window(11).start, end=window(11).end))
    [_, second] = await ledger.issued(key)

    await ledger.settle(key, generation=1)

    row = await ledger.pool.fetchrow("SELECT awaited_until FROM intents WHERE space_id = $1", room.id)
    assert row is not None
    assert row["awaited_until"] == second.awaited_until


async def test_an_answer_overtaken_by_a_change_is_asked_for_at_once_when_the_change_is_undone(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    key = MeetingKey(room.id, seen.ical_uid)
    await ledger.observe(room, seen)

    problem = IntentProblem.CHANGED_MEANWHILE
    await ledger.settle(key, Settlement.SUPERSEDED, has_written=False, problem=problem)
    await ledger.observe(room, seen)

    assert [each.generation for each in await ledger.issued(key)] == [1, 2]


async def test_a_hold_that_was_never_seen_is_put_back_by_a_correction(ledger: Ledger) -> None:
    room = await ledger.room()
    shown, reservation_id = await accepted(ledger, room, 9)
    await accepted(ledger, room, 14)
    await ledger.observe(room, again(shown, start=window(14).start, end=window(14).end, answer="notResponded"))
    key = ReservationKey(room.id, reservation_id)
    await ledger.settle(key, Settlement.GIVEN_UP, has_written=False)

    await ledger.correct(room, key, None)

    assert [each.intent.want for each in await ledger.issued(key)] == ["hold", "hold"]


async def test_an_event_on_the_rooms_own_calendar_is_imported_followed_and_freed(ledger: Ledger) -> None:
    room = await ledger.room()
    foreign = meeting(window(9), is_room_owned=True, answer="organizer", subject="Painting")

    await ledger.observe(room, foreign)
    assert await ledger.windows(room) == [window(9)]
    await ledger.observe(room, again(foreign, start=window(11).start, end=window(11).end))
    assert await ledger.windows(room) == [window(11)]
    expected = await ledger.pool.fetch("SELECT want, answer FROM expectations_v1 WHERE space_id = $1", room.id)
    assert [tuple(row) for row in expected] == [("answer", "organizer")]
    await ledger.observe(room, None, foreign.ical_uid)

    assert await ledger.windows(room) == []
    assert [each for each in await ledger.owed(room) if each["type"] == "intent.issued.v2"] == []


async def test_nothing_is_decided_about_an_unmapped_space_or_another_mailbox(ledger: Ledger) -> None:
    unmapped, room = await ledger.room(is_mapped=False), await ledger.room()
    shown, _ = await accepted(ledger, room)

    await ledger.observe(unmapped, meeting(window(9)))
    await ledger.observe(Room(room.id, "another@example.org"), None, shown.ical_uid)

    assert await ledger.reservations(unmapped, "confirmed", "declined") == []
    assert await ledger.windows(room) == [window(9)]


async def test_an_unknown_space_is_passed_over(ledger: Ledger) -> None:
    nowhere = Room(uuid4(), "nowhere@example.org")

    await ledger.observe(nowhere, meeting(window(9)))

    assert await ledger.owed(nowhere) == []


async def test_a_meeting_without_length_is_declined_and_listed(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9, 9))

    await ledger.observe(room, seen)

    [declined] = await ledger.reservations(room, "declined")
    assert declined["starts_at"] == declined["ends_at"]
    assert (await answer_to(ledger, room, seen)).answer == "declined"


async def test_what_fails_when_it_is_committed_is_tried_again_until_it_can_be_decided(ledger: Ledger) -> None:
    """Somebody writes past the locks: the constraint refuses the decision, and the next one sees what is there."""
    room, seen = await ledger.room(), meeting(window(9))
    message = MeetingObserved(space_id=room.id, observation=await ledger.observation(room, seen))
    blocker = ledger.admin.transaction()
    await blocker.start()
    await ledger.occupy(room, window(9))
    published = await ledger.publish(message)

    async def is_waiting_for_the_constraint() -> None:
        waiting = await ledger.pool.fetchval(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE NOT granted AND datname = current_database()"
        )
        assert waiting == 1

    await eventually(is_waiting_for_the_constraint)
    await blocker.commit()
    await ledger.handled(published)

    assert (await answer_to(ledger, room, seen)).answer == "declined"
    assert len(await ledger.reservations(room)) == 1


async def test_an_answer_that_was_seen_on_the_calendar_is_not_failed_by_a_late_giving_up(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    key = MeetingKey(room.id, seen.ical_uid)
    await ledger.observe(room, seen)
    await ledger.observe(room, again(seen, answer="accepted"))

    await ledger.settle(key, Settlement.GIVEN_UP, has_written=False, problem=IntentProblem.REFUSED_BY_GRAPH)

    [booked] = await ledger.reservations(room)
    async with ledger.pool.acquire() as conn:
        shown = await reading.reservation(conn, booked["id"])
    assert shown is not None
    assert shown.intent_states == ["written"]


async def test_a_hold_that_is_undone_without_end_becomes_a_failure_that_says_why(ledger: Ledger) -> None:
    room = await ledger.room()
    request = ReservationRequest(space_id=room.id, start=window(9).start, end=window(9).end, title="Planning")
    made = await granted(ledger, lambda conn: create_reservation(conn, request, PATIENCE, by=ADMINISTRATOR))
    assert isinstance(made, Reserved)
    reservation_id = made.reservation.id
    key = ReservationKey(room.id, reservation_id)
    seen = meeting(window(9), is_room_owned=True, answer="organizer", reservation_id=reservation_id)

    for _ in range(6):
        await ledger.settle(key, event_id=seen.event_id, ical_uid=seen.ical_uid)
        await ledger.observe(room, again(seen, start=window(11).start, end=window(11).end))

    assert [each.generation for each in await ledger.issued(key)] == [2, 3, 4]
    async with ledger.pool.acquire() as conn:
        shown = await reading.reservation(conn, reservation_id)
    assert shown is not None
    assert shown.intent_states == ["given_up"]
    assert "undid this 3 times" in (shown.why_given_up or "")

    [asked] = await granted(ledger, lambda conn: retry_reservation(conn, reservation_id, PATIENCE, by=ADMINISTRATOR))
    assert isinstance(asked, IntentIssued)
    assert (asked.key, asked.generation) == (key, 5)
    async with ledger.pool.acquire() as conn:
        shown = await reading.reservation(conn, reservation_id)
    assert shown is not None
    assert (shown.intent_states, shown.why_given_up) == (["issued"], None)
    assert await granted(ledger, lambda conn: retry_reservation(conn, reservation_id, PATIENCE, by=ADMINISTRATOR)) == []


async def test_a_room_of_ours_that_is_invited_like_a_person_takes_no_seat(ledger: Ledger) -> None:
    room, other = await ledger.room(capacity=2), await ledger.room()
    ben = {"name": "Ben", "kind": "required"}
    listed = [
        {"address": room.mailbox, "kind": "required"},
        {"address": other.mailbox.upper(), "kind": "required"},
        {"address": "ben@example.org", **ben},
        {"address": "/o=Org/ou=Admin/cn=Recipients/cn=ben", **ben},
    ]

    await ledger.observe(room, meeting(window(9), attendees=listed))

    [booked] = await ledger.reservations(room)
    assert (booked["status"], booked["attendee_count"]) == ("confirmed", 2)


async def test_a_whole_day_in_a_zone_nobody_knows_is_a_day_where_the_room_is(ledger: Ledger) -> None:
    room = await ledger.room(time_zone="America/New_York")
    whole_day = Window(start=window(0).start, end=window(24).start)
    seen = meeting(whole_day, is_all_day=True, is_floating=True)

    await ledger.observe(room, seen)
    await ledger.observe(room, again(seen, answer="accepted"))

    [booked] = await ledger.reservations(room)
    zone = ZoneInfo("America/New_York")
    assert booked["starts_at"].astimezone(zone).replace(tzinfo=None) == whole_day.start.replace(tzinfo=None)
    assert booked["ends_at"].astimezone(zone).replace(tzinfo=None) == whole_day.end.replace(tzinfo=None)
    assert len(await ledger.issued(MeetingKey(room.id, seen.ical_uid))) == 1


async def test_a_meeting_that_was_accepted_before_the_mapping_is_booked_and_expected_and_not_answered(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    before = await ledger.now() - timedelta(days=1)
    seen = meeting(window(9), answer="accepted", answered_at=before)
    rival = meeting(window(9), answer="accepted", answered_at=before)

    await ledger.observe(room, seen)
    await ledger.observe(room, rival)

    assert await ledger.windows(room) == [window(9)]
    expected = await ledger.pool.fetch("SELECT * FROM expectations_v1 WHERE space_id = $1", room.id)
    assert [(row["ical_uid"], row["answer"], row["awaited_until"]) for row in expected] == [
        (seen.ical_uid, "accepted", None)
    ]
    assert [each["type"] for each in await ledger.owed(room)] == ["reservation.confirmed.v1"]


async def test_a_meeting_that_was_over_before_it_was_answered_says_so(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    key = MeetingKey(room.id, seen.ical_uid)
    await ledger.observe(room, seen)
    await ledger.pool.execute(
        "UPDATE reservations SET starts_at = starts_at - interval '9 days', ends_at = ends_at - interval '9 days' "
        "WHERE space_id = $1",
        room.id,
    )

    await ledger.settle(key, has_written=False, problem=IntentProblem.OVER, event_id=seen.event_id)

    [past] = await ledger.reservations(room)
    assert (past["outcome"], [each["kind"] for each in past["reasons"]]) == ("accept", ["not_answered"])
    assert [[each["kind"] for each in row["reasons"]] for row in await ledger.audit(room)] == [[], ["not_answered"]]
