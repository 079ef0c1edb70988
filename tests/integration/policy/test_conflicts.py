"""What both sides have at one time: it stays on both, is listed, and is resolved as a person decides, or by itself."""

import asyncio
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.topology import Lane
from libs.contracts.intents import AnswerMeeting, DropHold
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.values import Meeting, Window
from services.policy.commands.command_error import CommandError
from services.policy.commands.conflicts import KeptSide, ResolvedConflict, resolve_conflict
from services.policy.commands.errors import UnusableComment
from services.policy.commands.reservations import ReservationRefused
from services.policy.commands.undecidable import AlreadyResolved, OwnedByRoom
from services.policy.commands.unknown import UnknownConflict
from services.policy.core.explanations import Keep
from services.policy.store import conflicts
from services.policy.store.conflicts import OpenConflict
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.answering import answer_to
from tests.integration.policy.asking import refused
from tests.integration.policy.ledger import Ledger, Room, again, answered, meeting, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.test_yielding import foreign, move, reserve, reserved

BEFORE = timedelta(days=1)
Refused = TypeVar("Refused", bound=CommandError)


async def taken_over(ledger: Ledger, room: Room, at: Window, **different: object) -> Meeting:
    """Show a meeting that the room had accepted before it was mapped."""
    seen = meeting(at, answer="accepted", answered_at=await ledger.now() - BEFORE, **different)
    await ledger.observe(room, seen)
    return seen


async def listed(ledger: Ledger, room: Room) -> list[OpenConflict]:
    async with ledger.pool.acquire() as conn:
        return await conflicts.page(conn, room.id, None, 100)


async def resolve(ledger: Ledger, found: OpenConflict, keep: Keep, comment: str | None = None) -> ResolvedConflict:
    kept = KeptSide(keep, comment)
    async with ledger.pool.acquire() as conn, conn.transaction():
        resolved = await resolve_conflict(conn, found.id, kept, PATIENCE, by=ADMINISTRATOR)
        rows = [(each, Lane.LIVE) for each in resolved.messages]
        await outbox.add(conn, ledger.codec, rows, correlation_id="test", now=utc_now())
    return resolved


async def not_resolved(ledger: Ledger, conflict_id: UUID, why: type[Refused], kept: KeptSide) -> Refused:
    return await refused(
        ledger, why, lambda conn: resolve_conflict(conn, conflict_id, kept, PATIENCE, by=ADMINISTRATOR)
    )


async def test_what_is_reserved_and_accepted_at_one_time_is_one_conflict_and_nothing_is_declined(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    kept = await reserved(ledger, room, window(9))

    seen = await taken_over(ledger, room, window(9), subject="Planning")
    await ledger.observe(room, seen)

    [found] = await listed(ledger, room)
    assert (found.reservation_id, found.ical_uid, found.ledger_title) == (kept, seen.ical_uid, "Board")
    assert (found.outlook, found.outlook_title) == (window(9), "Planning")
    assert await ledger.wanted(MeetingKey(room.id, seen.ical_uid)) is None
    assert await ledger.windows(room) == [window(9)]


async def test_a_conflict_keeps_its_id_and_its_beginning_however_often_it_is_seen(ledger: Ledger) -> None:
    room = await ledger.room()
    await reserved(ledger, room, window(9))
    seen = await taken_over(ledger, room, window(8.5, 10))
    [first] = await listed(ledger, room)

    await ledger.observe(room, again(seen, subject="Renamed"))

    [second] = await listed(ledger, room)
    assert (second.id, second.since, second.outlook_title) == (first.id, first.since, "Renamed")


async def test_keeping_outlook_cancels_the_reservation_and_books_the_meeting_in_full_and_quietly(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    lost = await reserved(ledger, room, window(9))
    seen = await taken_over(ledger, room, window(8.5, 10), subject="Planning")
    [found] = await listed(ledger, room)

    await resolve(ledger, found, "outlook", "The board meets elsewhere")

    [row] = await ledger.reservations(room)
    assert (row["ical_uid"], row["title"], row["yields"]) == (seen.ical_uid, "Planning", False)
    assert (row["starts_at"], row["ends_at"]) == (seen.start, seen.end)
    assert (row["organizer_address"], row["organizer_name"]) == ("ada@example.org", "Ada")
    assert row["reasons"][0] == {"kind": "kept_in_conflict", "keep": "outlook", "comment": "The board meets elsewhere"}
    assert await ledger.wanted(MeetingKey(room.id, seen.ical_uid)) is None
    assert isinstance(await ledger.wanted(ReservationKey(room.id, lost)), DropHold)
    assert await listed(ledger, room) == []
    assert isinstance(await reserve(ledger, room, window(9.5)), ReservationRefused)
    standing = await ledger.pool.fetchval("SELECT standing FROM meetings WHERE ical_uid = $1", seen.ical_uid)
    assert standing == "accepted"


async def test_keeping_outlook_where_nothing_was_left_books_the_meeting_too(ledger: Ledger) -> None:
    room = await ledger.room()
    await reserved(ledger, room, window(9))
    seen = await taken_over(ledger, room, window(9), subject="Planning")
    [found] = await listed(ledger, room)

    await resolve(ledger, found, "outlook")
    await ledger.observe(room, seen)

    [row] = await ledger.reservations(room)
    assert (row["ical_uid"], row["title"], row["organizer_name"]) == (seen.ical_uid, "Planning", "Ada")


async def test_keeping_the_ledger_declines_the_meeting_and_says_what_has_the_time_and_why(ledger: Ledger) -> None:
    room = await ledger.room()
    kept = await reserved(ledger, room, window(9))
    seen = await taken_over(ledger, room, window(8.5, 10))
    [found] = await listed(ledger, room)

    await resolve(ledger, found, "ledger", "The board was first")

    answer = await answer_to(ledger, room, seen)
    assert (answer.answer, answer.judged) == ("declined", window(8.5, 10))
    assert "The board was first." in answer.comment
    assert "It is taken, " in answer.comment
    assert [row["id"] for row in await ledger.reservations(room)] == [kept]
    assert await listed(ledger, room) == []


async def test_whoever_resolves_second_learns_who_was_first(ledger: Ledger) -> None:
    room = await ledger.room()
    await reserved(ledger, room, window(9))
    await taken_over(ledger, room, window(9))
    [found] = await listed(ledger, room)
    await resolve(ledger, found, "ledger")

    error = await not_resolved(ledger, found.id, AlreadyResolved, KeptSide("outlook"))

    assert (error.keep, error.by) == ("ledger", ADMINISTRATOR)
    assert len(await ledger.reservations(room)) == 1


async def test_of_two_who_resolve_at_once_the_first_does(ledger: Ledger) -> None:
    room = await ledger.room()
    await reserved(ledger, room, window(9))
    seen = await taken_over(ledger, room, window(9))
    [found] = await listed(ledger, room)

    both = await asyncio.gather(
        resolve(ledger, found, "ledger"), resolve(ledger, found, "outlook"), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in both) == ["AlreadyResolved", "ResolvedConflict"]
    [row] = await ledger.reservations(room)
    is_declined = isinstance(await ledger.wanted(MeetingKey(room.id, seen.ical_uid)), AnswerMeeting)
    assert (row["ical_uid"] is None) == is_declined


async def test_of_two_accepted_meetings_either_is_kept_and_the_other_declined_once(ledger: Ledger) -> None:
    room = await ledger.room()
    first, second = [await taken_over(ledger, room, window(9), subject=each) for each in ("First", "Second")]
    [found] = await listed(ledger, room)
    assert (found.ledger_title, found.outlook_title) == ("First", "Second")

    await resolve(ledger, found, "outlook", "Second it is")

    declined = await ledger.issued(MeetingKey(room.id, first.ical_uid))
    assert [(each.intent.answer, "Second it is." in each.intent.comment) for each in declined] == [("declined", True)]  # type: ignore[union-attr]
    assert [row["ical_uid"] for row in await ledger.reservations(room)] == [second.ical_uid]
    assert await ledger.issued(MeetingKey(room.id, second.ical_uid)) == []


async def test_an_event_in_the_way_of_several_is_a_conflict_with_each_and_declined_for_all(ledger: Ledger) -> None:
    room = await ledger.room()
    early, late = await reserved(ledger, room, window(9)), await reserved(ledger, room, window(11))
    seen = await taken_over(ledger, room, window(8, 13))
    found = await listed(ledger, room)
    assert {each.reservation_id for each in found} == {early, late}

    await resolve(ledger, next(each for each in found if each.reservation_id == early), "outlook")
    [left] = await listed(ledger, room)
    assert left.reservation_id == late
    assert [row["yields"] for row in await ledger.reservations(room)] == [True, False]
    await resolve(ledger, left, "ledger")

    assert (await answer_to(ledger, room, seen)).answer == "declined"
    assert await ledger.windows(room) == [window(11)]


async def test_all_conflicts_of_an_event_that_is_declined_are_resolved_by_whoever_did(ledger: Ledger) -> None:
    room = await ledger.room()
    await reserved(ledger, room, window(9))
    await reserved(ledger, room, window(11))
    await taken_over(ledger, room, window(8, 13))
    one, other = await listed(ledger, room)

    await resolve(ledger, one, "ledger")

    assert await listed(ledger, room) == []
    kept = KeptSide("outlook")
    await not_resolved(ledger, other.id, AlreadyResolved, kept)


async def test_an_event_of_the_rooms_own_is_never_declined_and_a_reservation_gives_way_to_it(ledger: Ledger) -> None:
    room, event = await ledger.room(), foreign(window(9, 11))
    await reserved(ledger, room, window(10, 11))
    await ledger.observe(room, event)
    [found] = await listed(ledger, room)

    kept = KeptSide("ledger")
    error = await not_resolved(ledger, found.id, OwnedByRoom, kept)
    await resolve(ledger, found, "outlook")

    assert error.keep == "ledger"
    [row] = await ledger.reservations(room)
    assert (row["ical_uid"], row["yields"]) == (event.ical_uid, False)
    assert await listed(ledger, room) == []


async def test_of_two_events_of_the_rooms_own_neither_is_given_up(ledger: Ledger) -> None:
    room = await ledger.room()
    await ledger.observe(room, foreign(window(9, 11)))
    await ledger.observe(room, foreign(window(10, 12)))
    [found] = await listed(ledger, room)

    for kept in (KeptSide("ledger"), KeptSide("outlook")):
        await not_resolved(ledger, found.id, OwnedByRoom, kept)

    assert await listed(ledger, room) == [found]


async def test_the_title_of_a_private_meeting_is_masked(ledger: Ledger) -> None:
    room = await ledger.room()
    await reserved(ledger, room, window(9))

    await taken_over(ledger, room, window(9), subject="Salary", is_private=True)

    assert [each.outlook_title for each in await listed(ledger, room)] == ["Private"]


async def test_a_reservation_of_a_part_is_in_conflict_with_an_event_of_the_whole(ledger: Ledger) -> None:
    left, right = await ledger.room(), await ledger.room()
    hall = await ledger.room(parts=[left, right])
    lost = await reserved(ledger, left, window(9))
    seen = await taken_over(ledger, hall, window(9))
    [found] = await listed(ledger, hall)
    assert found.reservation_id == lost

    await resolve(ledger, found, "outlook")

    assert await ledger.windows(left) == []
    assert [row["ical_uid"] for row in await ledger.reservations(hall)] == [seen.ical_uid]


async def test_a_conflict_ends_by_itself_when_the_reservation_moves_away_and_the_meeting_is_booked(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    moved = await reserved(ledger, room, window(9))
    seen = await taken_over(ledger, room, window(9))
    [found] = await listed(ledger, room)

    await move(ledger, moved, window(14))
    assert await listed(ledger, room) == []
    await ledger.observe(room, seen)

    assert await ledger.windows(room) == [window(9), window(14)]
    kept = KeptSide("ledger")
    await not_resolved(ledger, found.id, UnknownConflict, kept)


async def test_a_conflict_ends_by_itself_when_the_meeting_leaves(ledger: Ledger) -> None:
    room = await ledger.room()
    await reserved(ledger, room, window(9))
    seen = await taken_over(ledger, room, window(9))

    await ledger.observe(room, None, seen.ical_uid)

    assert await listed(ledger, room) == []
    assert await ledger.windows(room) == [window(9)]


async def test_a_room_that_is_mapped_no_more_has_no_conflicts(ledger: Ledger) -> None:
    room = await ledger.room()
    await reserved(ledger, room, window(9))
    await taken_over(ledger, room, window(9))

    await ledger.pool.execute(
        "UPDATE spaces SET room_mailbox = NULL, connection_id = NULL, mapped_at = NULL WHERE id = $1", room.id
    )

    assert await listed(ledger, room) == []


async def test_each_date_of_an_accepted_series_that_is_in_the_way_is_a_conflict_and_is_never_declined_by_itself(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    first, second = await reserved(ledger, room, window(9)), await reserved(ledger, room, window(9.5, 10, day=7))
    series = answered(recurring(window(9))).model_copy(update={"answered_at": await ledger.now() - BEFORE})

    for _ in range(2):
        await ledger.observe(room, series)

    found = sorted(await listed(ledger, room), key=lambda each: each.outlook_start)
    assert [(each.reservation_id, each.outlook) for each in found] == [
        (first, window(9)),
        (second, window(9, day=7)),
    ]
    days = [each.original_date for each in found]
    assert [await ledger.issued(MeetingKey(room.id, series.ical_uid, day)) for day in days] == [[], []]
    assert await ledger.wanted(MeetingKey(room.id, series.ical_uid)) is None

    await resolve(ledger, found[0], "ledger", "The board was first")
    await resolve(ledger, found[1], "outlook")
    gone = on_dates(series, lambda number, each: each if number else None)
    await ledger.observe(room, gone)

    answer = await ledger.wanted(MeetingKey(room.id, series.ical_uid, days[0]))
    assert isinstance(answer, AnswerMeeting)
    assert (answer.answer, "The board was first." in answer.comment) == ("declined", True)
    assert await ledger.windows(room) == [window(9), *(window(9, day=7 * each) for each in (1, 2, 3))]
    assert [row["yields"] for row in await ledger.reservations(room)] == [False] * 4
    assert await ledger.issued(MeetingKey(room.id, series.ical_uid, days[1])) == []
    assert await listed(ledger, room) == []


async def test_a_date_of_a_series_of_the_rooms_own_is_a_conflict_and_is_booked_where_it_is_kept(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    await reserved(ledger, room, window(9))
    series = recurring(window(9), is_room_owned=True, answer="organizer")
    await ledger.observe(room, series)
    [found] = await listed(ledger, room)
    assert found.original_date == window(9).start.date()

    await resolve(ledger, found, "outlook")
    await ledger.observe(room, series)

    assert await ledger.windows(room) == [window(9, day=7 * each) for each in range(4)]
    assert {row["ical_uid"] for row in await ledger.reservations(room)} == {series.ical_uid}


async def test_what_nobody_resolved_is_unknown_and_a_comment_that_cannot_be_kept_is_refused(ledger: Ledger) -> None:
    kept = KeptSide("ledger")
    await not_resolved(ledger, uuid4(), UnknownConflict, kept)
    await not_resolved(ledger, uuid4(), UnusableComment, KeptSide("ledger", "\x00"))
