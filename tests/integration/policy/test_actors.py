"""Who made, changed and cancelled a reservation stands beside it, and beside each decision about it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from libs.common.clock import utc_now
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import IntentProblem, Settlement
from libs.contracts.values import Actor, ActorKind, Person
from services.policy.commands.mailboxes import fill_mailbox
from services.policy.commands.release import release_kept
from services.policy.commands.reservations import (
    CancellationRequest,
    ReservationChange,
    ReservationRequest,
    Reserved,
    cancel_reservation,
    change_reservation,
    create_reservation,
)
from services.policy.commands.spaces import SpaceChange, change_space
from services.policy.core.actors import SYSTEM
from services.policy.store import reading
from services.policy.store.reading import ShownReservation
from tests.integration.policy.acting import ADMINISTRATOR, CATERING
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window
from tests.integration.policy.patience import PATIENCE

ADA = Actor(kind=ActorKind.ORGANIZER, subject="ada@example.org", name="Ada")
BENS = Person(address="Ben@example.org", name="Ben")
BEN = Actor(kind=ActorKind.ORGANIZER, subject="ben@example.org", name="Ben")
ROOM_CALENDAR = Actor(kind=ActorKind.ROOM_CALENDAR)


async def shown(ledger: Ledger, reservation_id: UUID) -> ShownReservation:
    async with ledger.pool.acquire() as conn:
        found = await reading.reservation(conn, reservation_id)
    assert found is not None
    return found


async def only(ledger: Ledger, room: Room) -> ShownReservation:
    [row] = await ledger.reservations(room, "pending", "confirmed", "declined", "cancelled")
    return await shown(ledger, row["id"])


async def deciders(ledger: Ledger, room: Room) -> list[Actor]:
    """Return who brought about each decision about a space, oldest first."""
    return [decider(row) for row in await ledger.audit(room)]


def decider(row: asyncpg.Record) -> Actor:
    return Actor(kind=row["actor_kind"], subject=row["actor_subject"], name=row["actor_name"])


async def told_by(ledger: Ledger, room: Room) -> list[Any]:
    """Return whom each event about a space names, oldest first."""
    return [each["by"] for each in await ledger.owed(room) if each["type"].startswith("reservation.")]


async def test_each_hand_in_the_back_office_is_kept_apart(ledger: Ledger) -> None:
    room = await ledger.room()
    new = ReservationRequest(room.id, window(9).start, window(9).end, "Board")

    made = await granted(ledger, lambda conn: create_reservation(conn, new, PATIENCE, by=CATERING))
    assert isinstance(made, Reserved)
    reservation_id = made.reservation.id
    first = await shown(ledger, reservation_id)
    change = ReservationChange(title="Gala")
    await granted(
        ledger,
        lambda conn: change_reservation(
            conn, reservation_id, change, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        ),
    )
    changed = await shown(ledger, reservation_id)
    await granted(
        ledger,
        lambda conn: cancel_reservation(
            conn, reservation_id, wanted=CancellationRequest(), expected_version=None, patience=PATIENCE, by=CATERING
        ),
    )
    ended = await shown(ledger, reservation_id)

    assert (first.made_by, first.changed_by, first.cancelled_by) == (CATERING, CATERING, None)
    assert (changed.made_by, changed.changed_by, changed.cancelled_by) == (CATERING, ADMINISTRATOR, None)
    assert (ended.made_by, ended.changed_by, ended.cancelled_by) == (CATERING, CATERING, CATERING)
    assert await deciders(ledger, room) == [CATERING, ADMINISTRATOR, CATERING]
    assert made.messages[0].model_dump(mode="json")["by"] == CATERING.model_dump(mode="json")


async def test_what_comes_by_outlook_is_its_organizers(ledger: Ledger) -> None:
    room = await ledger.room()
    seen = meeting(window(9))

    await ledger.observe(room, seen)
    made = await only(ledger, room)
    moved = again(seen, start=window(11).start, end=window(11).end)
    await ledger.observe(room, again(moved, organizer=BENS))
    changed = await only(ledger, room)
    await ledger.observe(room, again(moved, organizer=BENS, answer="accepted"))
    await ledger.observe(room, None, seen.ical_uid)
    ended = await only(ledger, room)

    assert (made.made_by, made.changed_by, made.cancelled_by) == (ADA, ADA, None)
    assert (changed.made_by, changed.changed_by) == (ADA, BEN)
    assert (ended.status, ended.made_by, ended.cancelled_by) == ("cancelled", ADA, BEN)
    assert await deciders(ledger, room) == [ADA, BEN, BEN]
    assert await told_by(ledger, room) == [each.model_dump(mode="json") for each in (ADA, BEN, BEN)]


async def test_a_declined_request_is_its_organizers(ledger: Ledger) -> None:
    room = await ledger.room(capacity=1)

    await ledger.observe(room, meeting(window(9), attendees=[Person(address="ben@example.org")]))

    declined = await only(ledger, room)
    assert (declined.status, declined.made_by, declined.cancelled_by) == ("declined", ADA, None)
    assert await deciders(ledger, room) == [ADA]


async def test_who_writes_on_the_rooms_own_calendar_is_not_told_by_outlook(ledger: Ledger) -> None:
    room = await ledger.room()
    foreign = meeting(window(9), is_room_owned=True, answer="organizer")

    await ledger.observe(room, foreign)
    await ledger.observe(room, None, foreign.ical_uid)

    imported = await only(ledger, room)
    assert (imported.status, imported.made_by, imported.cancelled_by) == ("cancelled", ROOM_CALENDAR, ROOM_CALENDAR)


async def test_what_the_system_does_by_itself_is_its_own(ledger: Ledger) -> None:
    room = await ledger.room()
    seen, other = meeting(window(9)), meeting(window(11))
    await ledger.observe(room, seen)
    await ledger.observe(room, other)
    await ledger.observe(room, again(seen, start=window(11).start, end=window(11).end))
    [kept] = [row["id"] for row in await ledger.reservations(room) if row["ical_uid"] == seen.ical_uid]
    await ledger.pool.execute("UPDATE reservations SET kept_without_invitation = true WHERE id = $1", kept)

    await granted(ledger, lambda conn: release_kept(conn, room.id, kept, timedelta(0), PATIENCE))

    released = await shown(ledger, kept)
    assert (released.status, released.made_by, released.cancelled_by) == ("cancelled", ADA, SYSTEM)
    assert (await deciders(ledger, room))[-1] == SYSTEM


async def test_a_move_back_that_failed_is_answered_by_the_system(ledger: Ledger) -> None:
    connection = await ledger.connection(edits_organizer_events=True)
    room = await ledger.room(connection_id=connection)
    seen = meeting(window(9))
    await ledger.observe(room, seen)
    await ledger.observe(room, meeting(window(11)))
    await ledger.observe(room, again(seen, start=window(11).start, end=window(11).end))

    await ledger.settle(
        MeetingKey(room.id, seen.ical_uid), Settlement.GIVEN_UP, problem=IntentProblem.ORGANIZER_UNREACHABLE
    )

    assert (await deciders(ledger, room))[-2:] == [ADA, SYSTEM]


async def test_a_mailbox_that_is_filled_changes_nothing_but_by_the_system(ledger: Ledger) -> None:
    room = await ledger.room()
    seen = meeting(window(9))
    await ledger.observe(room, seen)
    elsewhere = SpaceChange(room.id, mapping={"room_mailbox": f"new-{room.mailbox}"})
    await granted(ledger, lambda conn: change_space(conn, elsewhere, utc_now()))

    await granted(ledger, lambda conn: fill_mailbox(conn, room.id, PATIENCE))

    moved = await only(ledger, room)
    assert (moved.kept_without_invitation, moved.made_by, moved.changed_by) == (True, ADA, SYSTEM)
