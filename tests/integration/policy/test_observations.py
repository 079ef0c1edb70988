"""An observation becomes ledger rows, intents and events in one transaction, once, whatever comes before or after."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from deploy.driver.eventually import eventually
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import MeetingObserved
from libs.contracts.values import Window
from tests.integration.policy.answering import accepted, answer_to
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window


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


async def test_a_cancelled_meeting_frees_the_room_and_is_in_the_audit(ledger: Ledger) -> None:
    room = await ledger.room()
    shown, reservation_id = await accepted(ledger, room)

    await ledger.observe(room, None, shown.ical_uid)
    await ledger.observe(room, meeting(window(9)))

    assert (await ledger.told(room))[1] == "reservation.cancelled.v1"
    assert await ledger.windows(room) == [window(9)]
    assert [row["outcome"] for row in await ledger.audit(room, reservation_id)] == ["accept", "cancelled"]


async def test_a_meeting_moved_on_after_it_is_over_leaves_its_reservation_as_it_was(ledger: Ledger) -> None:
    room = await ledger.room()
    shown, reservation_id = await accepted(ledger, room, 9)
    long_ago = "starts_at = starts_at - interval '9 days', ends_at = ends_at - interval '9 days'"
    await ledger.pool.execute(f"UPDATE reservations SET {long_ago} WHERE id = $1", reservation_id)
    await ledger.pool.execute(
        "UPDATE occupancies SET during = "
        "tstzmultirange(tstzrange(lower(during) - $2::interval, upper(during) - $2::interval)) "
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
