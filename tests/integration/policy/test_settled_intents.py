"""What outbound says of an intent, beside what is seen on the calendar."""

from libs.contracts.keys import MeetingKey, ReservationKey, columns_of
from libs.contracts.messages import IntentIssued, IntentProblem, MeetingObserved, Settlement
from services.policy.commands.reservations import ReservationRequest, Reserved, create_reservation
from services.policy.commands.retry import retry_reservation
from services.policy.store import reading
from services.policy.store.keys import OF_KEY
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, again, meeting, window
from tests.integration.policy.patience import PATIENCE


async def test_an_answer_that_is_seen_is_awaited_no_longer_whenever_we_hear_that_it_was_written(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await ledger.observe(room, seen)
    await ledger.observe(room, again(seen, answer="accepted"))
    await ledger.settle(MeetingKey(room.id, seen.ical_uid))

    await ledger.observe(room, None, seen.ical_uid)

    assert await ledger.windows(room) == []


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
