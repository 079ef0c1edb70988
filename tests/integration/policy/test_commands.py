"""A4, A5: what administrators do, judged by the same rules and written down like everything else."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest

from libs.common.clock import utc_now
from libs.common.db import Connection
from libs.contracts.holds import transaction_id
from libs.contracts.intents import AnswerMeeting, DropHold, KeepHold
from libs.contracts.keys import Key, MeetingKey, ReservationKey
from libs.contracts.messages import IntentIssued
from libs.contracts.values import Window
from services.policy.commands.errors import StaleVersion
from services.policy.commands.reservations import (
    CancellationRequest,
    ReservationChange,
    ReservationRefused,
    ReservationRequest,
    Reserved,
    Result,
    cancel_reservation,
    change_reservation,
    create_reservation,
)
from services.policy.commands.spaces import SpaceChange, change_space
from services.policy.commands.unknown import UnknownReservation, UnknownSpace
from services.policy.core.explanations import AllowedByAdministrator
from services.policy.core.ledger import Reservation
from services.policy.loops.releases import ReleaseLoop
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.importing import see_to_mailboxes
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window
from tests.integration.policy.patience import PATIENCE

T = TypeVar("T")


async def within(ledger: Ledger, work: Callable[[Connection], Awaitable[T]]) -> T:
    async with ledger.pool.acquire() as conn, conn.transaction():
        return await work(conn)


async def create(ledger: Ledger, room: Room, at: Window, **different: object) -> Result:
    request = replace(ReservationRequest(room.id, at.start, at.end, "Board"), **different)  # type: ignore[arg-type]
    return await within(ledger, lambda conn: create_reservation(conn, request, PATIENCE, by=ADMINISTRATOR))


async def made(ledger: Ledger, room: Room, at: Window) -> Reservation:
    result = await create(ledger, room, at)
    assert isinstance(result, Reserved)
    return result.reservation


async def change(ledger: Ledger, reservation_id: UUID, asked: ReservationChange, version: int | None = None) -> Result:
    return await within(
        ledger,
        lambda conn: change_reservation(
            conn, reservation_id, asked, expected_version=version, patience=PATIENCE, by=ADMINISTRATOR
        ),
    )


async def cancel(ledger: Ledger, reservation_id: UUID, comment: str | None = None) -> Result:
    return await within(
        ledger,
        lambda conn: cancel_reservation(
            conn,
            reservation_id,
            wanted=CancellationRequest(comment),
            expected_version=None,
            patience=PATIENCE,
            by=ADMINISTRATOR,
        ),
    )


def summary(messages: object) -> list[str]:
    """Name messages by what they say."""
    assert isinstance(messages, list | tuple)
    return [getattr(getattr(each, "intent", None), "want", None) or each.type for each in messages]


def intent_in(messages: object, key: Key) -> object:
    assert isinstance(messages, list | tuple)
    return next(each.intent for each in messages if isinstance(each, IntentIssued) and each.key == key)


async def test_a_reservation_is_a_hold_and_an_event_at_once(ledger: Ledger) -> None:
    room = await ledger.room()

    result = await create(ledger, room, window(9))

    assert isinstance(result, Reserved)
    assert summary(result.messages) == ["reservation.confirmed.v1", "hold"]
    assert [row["outcome"] for row in await ledger.audit(room, result.reservation.id)] == ["accept"]


async def test_a_refused_request_changes_nothing_but_the_audit(ledger: Ledger) -> None:
    room = await ledger.room()
    await made(ledger, room, window(9))

    result = await create(ledger, room, window(9.5), attendee_count=20)

    assert isinstance(result, ReservationRefused)
    assert [reason.rule for reason in result.reasons] == ["capacity", "availability"]
    assert result.alternatives.next_free == window(10)
    assert await ledger.windows(room) == [window(9)]
    assert [row["outcome"] for row in await ledger.audit(room)] == ["accept", "decline"]


async def test_an_override_lets_a_rule_be_broken_and_says_so_but_never_books_twice(ledger: Ledger) -> None:
    room = await ledger.room()

    allowed = await create(ledger, room, window(9), attendee_count=20, override_reason="Open day")
    refused = await create(ledger, room, window(9), override_reason="Open day")

    assert isinstance(allowed, Reserved)
    assert allowed.reservation.reasons == (AllowedByAdministrator(reason="Open day"),)
    assert isinstance(refused, ReservationRefused)


async def test_a_space_without_a_mailbox_is_booked_without_an_intent(ledger: Ledger) -> None:
    room = await ledger.room(is_mapped=False)

    result = await create(ledger, room, window(9))

    assert isinstance(result, Reserved)
    assert summary(result.messages) == ["reservation.confirmed.v1"]
    assert await ledger.pool.fetchval("SELECT count(*) FROM intents WHERE space_id = $1", room.id) == 0


async def test_an_unknown_space_or_reservation_is_said_to_be_unknown(ledger: Ledger) -> None:
    with pytest.raises(UnknownSpace):
        await create(ledger, Room(uuid4(), ""), window(9))
    with pytest.raises(UnknownReservation):
        await change(ledger, uuid4(), ReservationChange(title="x"))
    with pytest.raises(UnknownReservation):
        await cancel(ledger, uuid4())


async def test_a_changed_reservation_moves_its_hold(ledger: Ledger) -> None:
    room = await ledger.room()
    reservation = await made(ledger, room, window(9))

    result = await change(ledger, reservation.id, ReservationChange(start=window(11).start, end=window(11).end))

    assert isinstance(result, Reserved)
    assert summary(result.messages) == ["reservation.changed.v1", "hold"]
    hold = intent_in(result.messages, ReservationKey(room.id, reservation.id))
    assert isinstance(hold, KeepHold)
    assert hold.window == window(11)
    assert await ledger.windows(room) == [window(11)]


async def test_a_change_that_changes_nothing_tells_nobody(ledger: Ledger) -> None:
    reservation = await made(ledger, await ledger.room(), window(9))

    result = await change(ledger, reservation.id, ReservationChange(title="Board"))

    assert isinstance(result, Reserved)
    assert (list(result.messages), result.reservation.version) == ([], 1)


async def test_a_change_for_an_older_version_is_refused(ledger: Ledger) -> None:
    reservation = await made(ledger, await ledger.room(), window(9))
    await change(ledger, reservation.id, ReservationChange(title="Other"))

    with pytest.raises(StaleVersion) as raised:
        await change(ledger, reservation.id, ReservationChange(title="Third"), version=1)

    assert raised.value.current == 2


async def test_a_change_is_judged_only_by_rules_about_what_it_changes(ledger: Ledger) -> None:
    room = await ledger.room()
    result = await create(ledger, room, window(9), attendee_count=8)
    assert isinstance(result, Reserved)
    await ledger.pool.execute("UPDATE spaces SET capacity = 2 WHERE id = $1", room.id)

    retitled = await change(ledger, result.reservation.id, ReservationChange(title="Other"))
    longer = await change(ledger, result.reservation.id, ReservationChange(end=window(9, 11).end))
    fewer = await change(ledger, result.reservation.id, ReservationChange(attendee_count=7))
    more = await change(ledger, result.reservation.id, ReservationChange(attendee_count=8))

    assert [type(each) for each in (retitled, longer, fewer)] == [Reserved] * 3
    assert isinstance(more, ReservationRefused)


async def test_a_cancelled_reservation_takes_its_hold_along(ledger: Ledger) -> None:
    room = await ledger.room()
    reservation = await made(ledger, room, window(9))

    first, second = await cancel(ledger, reservation.id), await cancel(ledger, reservation.id)

    assert isinstance(first, Reserved)
    assert summary(first.messages) == ["reservation.cancelled.v1", "no_hold"]
    assert isinstance(second, Reserved)
    assert list(second.messages) == []
    assert [row["outcome"] for row in await ledger.audit(room, reservation.id)] == ["accept", "cancelled"]
    assert await ledger.pool.fetchval("SELECT count(*) FROM occupancies WHERE reservation_id = $1", reservation.id) == 0


async def test_a_cancelled_meeting_is_declined_with_the_comment_and_stays_cancelled(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await ledger.observe(room, seen)
    [booked] = await ledger.reservations(room)

    result = await cancel(ledger, booked["id"], "A pipe burst.")
    await ledger.pool.execute("UPDATE intents SET awaited_until = now() WHERE space_id = $1", room.id)
    await ledger.observe(room, again(seen, answer="accepted"))

    assert isinstance(result, Reserved)
    answer = intent_in(result.messages, MeetingKey(room.id, seen.ical_uid))
    assert isinstance(answer, AnswerMeeting)
    assert answer.answer == "declined"
    assert "was cancelled by its administrator. A pipe burst. " in answer.comment
    assert await ledger.windows(room) == []
    asked_again = await ledger.wanted(MeetingKey(room.id, seen.ical_uid))
    assert isinstance(asked_again, AnswerMeeting)
    assert asked_again.answer == "declined"


async def test_a_reservation_kept_without_invitation_is_released_in_one_step(ledger: Ledger) -> None:
    room = await ledger.declining_room()
    reservation_id, ical_uid = await _kept(ledger, room)

    result = await cancel(ledger, reservation_id)

    assert isinstance(result, Reserved)
    assert summary(result.messages) == ["reservation.cancelled.v1", "no_hold"]
    assert await ledger.windows(room) == [window(14)]
    await ledger.observe(room, None, ical_uid)
    assert await ledger.windows(room) == [window(14)]


async def test_a_reservation_kept_without_invitation_is_released_when_it_was_kept_long_enough(ledger: Ledger) -> None:
    room = await ledger.declining_room()
    reservation_id, _ = await _kept(ledger, room)
    loop = ReleaseLoop(ledger.pool, ledger.codec, timedelta(minutes=30), PATIENCE)

    await loop.once()
    assert await ledger.windows(room) == [window(9), window(14)]

    await ledger.pool.execute(
        "UPDATE reservations SET refused_request = jsonb_set(refused_request, '{at}', "
        "to_jsonb(clock_timestamp() - interval '31 minutes')) WHERE id = $1",
        reservation_id,
    )
    await loop.once()

    assert await ledger.windows(room) == [window(14)]
    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation_id)), DropHold)
    owed = await ledger.pool.fetch("SELECT type FROM outbox WHERE body LIKE '%' || $1 || '%'", str(reservation_id))
    assert "reservation.cancelled.v1" in {row["type"] for row in owed}


async def test_a_reservation_kept_without_invitation_can_be_changed_here(ledger: Ledger) -> None:
    room = await ledger.declining_room()
    reservation_id, _ = await _kept(ledger, room)

    result = await change(ledger, reservation_id, ReservationChange(start=window(11).start, end=window(11).end))

    assert isinstance(result, Reserved)
    assert result.reservation.reasons == ()
    assert await ledger.windows(room) == [window(11), window(14)]


async def test_a_meeting_in_outlook_is_changed_by_its_organizer_only(ledger: Ledger) -> None:
    room = await ledger.room()
    await ledger.observe(room, meeting(window(9)))
    [booked] = await ledger.reservations(room)

    result = await change(ledger, booked["id"], ReservationChange(title="Mine"))

    assert isinstance(result, ReservationRefused)
    assert [reason.rule for reason in result.reasons] == ["held_by_invitation"]


async def test_an_imported_event_that_is_cancelled_here_is_not_answered(ledger: Ledger) -> None:
    room, foreign = await ledger.room(), meeting(window(9), is_room_owned=True, answer="organizer")
    await ledger.observe(room, foreign)
    [booked] = await ledger.reservations(room)

    result = await cancel(ledger, booked["id"])
    await ledger.observe(room, foreign)

    assert isinstance(result, Reserved)
    assert summary(result.messages) == ["reservation.cancelled.v1"]
    assert await ledger.windows(room) == []


async def test_mapping_a_space_holds_what_was_booked_before(ledger: Ledger) -> None:
    room = await ledger.room(is_mapped=False)
    reservation = await made(ledger, room, window(9))

    await _map(ledger, room, room.mailbox)

    assert isinstance(await ledger.wanted(ReservationKey(room.id, reservation.id)), KeepHold)


async def test_unmapping_and_mapping_again_keeps_what_outlook_booked(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await ledger.observe(room, seen)
    await _map(ledger, room, None)
    await ledger.observe(room, None, seen.ical_uid)
    await _map(ledger, room, room.mailbox)
    await ledger.observe(room, again(seen, answer="accepted"))

    assert [each["intent"]["want"] for each in await ledger.owed(room) if "intent" in each] == ["answer"]
    assert await ledger.windows(room) == [window(9)]
    assert len(await ledger.told(room)) == 1


async def test_a_space_mapped_to_another_mailbox_keeps_its_bookings_behind_holds(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await ledger.observe(room, seen)
    elsewhere = Room(room.id, f"new-{room.mailbox}")
    await _map(ledger, room, elsewhere.mailbox)

    await ledger.observe(elsewhere, None, seen.ical_uid)

    [kept] = await ledger.reservations(room)
    assert kept["kept_without_invitation"]
    assert isinstance(await ledger.wanted(ReservationKey(room.id, kept["id"])), KeepHold)


async def test_a_hold_given_up_while_the_space_had_no_mailbox_is_taken_away_once_it_has(ledger: Ledger) -> None:
    room = await ledger.room()
    reservation = await made(ledger, room, window(9))
    key = ReservationKey(room.id, reservation.id)
    await ledger.settle(key, event_id="hold-1", ical_uid=f"hold-of-{room.id}")
    await _map(ledger, room, None)

    unheard = await cancel(ledger, reservation.id)
    await _map(ledger, room, room.mailbox)
    ours: dict[str, Any] = {"event_id": "hold-1", "reservation_id": reservation.id, "is_room_owned": True}
    made_by_us = str(transaction_id(reservation.id, 1))
    hold = meeting(window(9), ical_uid=f"hold-of-{room.id}", answer="organizer", transaction_id=made_by_us, **ours)
    await ledger.observe(room, hold)

    assert isinstance(unheard, Reserved)
    assert summary(unheard.messages) == ["reservation.cancelled.v1"]
    assert isinstance(await ledger.wanted(key), DropHold)


async def _kept(ledger: Ledger, room: Room) -> tuple[UUID, str]:
    """Have a move refused and the invitation declined."""
    seen = meeting(window(9))
    await ledger.observe(room, seen)
    await ledger.observe(room, meeting(window(14)))
    await ledger.observe(room, again(seen, start=window(14).start, end=window(14).end))
    await ledger.settle(MeetingKey(room.id, seen.ical_uid))
    await ledger.observe(room, None, seen.ical_uid)
    [kept, _] = await ledger.reservations(room)
    assert kept["kept_without_invitation"]
    reservation_id: UUID = kept["id"]
    return reservation_id, seen.ical_uid


async def _map(ledger: Ledger, room: Room, mailbox: str | None) -> None:
    asked = SpaceChange(room.id, mapping={"room_mailbox": None})
    if mailbox is not None:
        asked = SpaceChange(room.id, mapping={"room_mailbox": mailbox, "connection": str(ledger.connection_id)})
    await within(ledger, lambda conn: change_space(conn, asked, utc_now()))
    await see_to_mailboxes(ledger.pool, ledger.codec, PATIENCE)
