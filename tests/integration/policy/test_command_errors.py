"""A command that cannot be carried out as asked says what is wrong in facts, whoever asks, and changes nothing."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from libs.common.db import Connection
from services.policy.commands.errors import (
    EmptyWindow,
    InvalidWindow,
    OverrideNotPermitted,
    StaleVersion,
    WindowTooFarAhead,
    WindowTooLong,
)
from services.policy.commands.reservations import (
    CancellationRequest,
    ReservationChange,
    ReservationRequest,
    Reserved,
    cancel_reservation,
    change_reservation,
    create_reservation,
)
from services.policy.commands.unknown import UnknownReservation, UnknownSpace
from services.policy.core.limits import FURTHEST_AHEAD, LONGEST_RESERVATION
from tests.integration.policy.acting import ADMINISTRATOR, CATERING
from tests.integration.policy.asking import granted, refused
from tests.integration.policy.ledger import Ledger, Room, window
from tests.integration.policy.patience import PATIENCE

NINE, TEN = window(9).start, window(9).end
SECOND = timedelta(seconds=1)
TOO_FAR = NINE + FURTHEST_AHEAD + timedelta(days=2)

Work = Callable[[Connection], Awaitable[object]]


def creating(request: ReservationRequest) -> Work:
    return lambda conn: create_reservation(conn, request, PATIENCE, by=ADMINISTRATOR)


def changing(reservation_id: UUID, change: ReservationChange, version: int | None = None) -> Work:
    return lambda conn: change_reservation(
        conn, reservation_id, change, expected_version=version, patience=PATIENCE, by=ADMINISTRATOR
    )


def cancelling(reservation_id: UUID, version: int | None = None) -> Work:
    return lambda conn: cancel_reservation(
        conn,
        reservation_id,
        wanted=CancellationRequest(),
        expected_version=version,
        patience=PATIENCE,
        by=ADMINISTRATOR,
    )


async def reserved(ledger: Ledger, room: Room, start: datetime, end: datetime) -> UUID:
    result = await granted(ledger, creating(ReservationRequest(room.id, start, end, "Board")))
    assert isinstance(result, Reserved)
    return result.reservation.id


@pytest.mark.parametrize(
    ("start", "end", "kind"),
    [
        (NINE, NINE, EmptyWindow),
        (TEN, NINE, EmptyWindow),
        (NINE, NINE + LONGEST_RESERVATION + SECOND, WindowTooLong),
        (TOO_FAR, TOO_FAR + SECOND, WindowTooFarAhead),
    ],
)
async def test_a_window_that_makes_no_sense_is_no_question_for_the_rules(
    ledger: Ledger, start: datetime, end: datetime, kind: type[InvalidWindow]
) -> None:
    room = await ledger.room()
    reservation_id = await reserved(ledger, room, NINE, TEN)
    audit = await ledger.audit(room)

    new = ReservationRequest(room.id, start, end, "Board")
    change = ReservationChange(start=start, end=end)
    await refused(ledger, kind, creating(new))
    await refused(ledger, kind, changing(reservation_id, change))

    assert await ledger.windows(room) == [window(9)]
    assert await ledger.audit(room) == audit


async def test_a_new_edge_makes_sense_only_beside_the_one_that_stays(ledger: Ledger) -> None:
    reservation_id = await reserved(ledger, await ledger.room(), NINE, TEN)

    for change in (ReservationChange(start=TEN), ReservationChange(end=NINE)):
        await refused(ledger, EmptyWindow, changing(reservation_id, change))


async def test_the_edge_that_lies_too_far_ahead_is_named(ledger: Ledger) -> None:
    room = await ledger.room()
    begins = await ledger.now() + FURTHEST_AHEAD - timedelta(hours=1)

    for start, end, edge in ((TOO_FAR, TOO_FAR + SECOND, "start"), (begins, begins + timedelta(hours=2), "end")):
        new = ReservationRequest(room.id, start, end, "Board")
        error = await refused(ledger, WindowTooFarAhead, creating(new))
        assert (error.edge, error.furthest) == (edge, FURTHEST_AHEAD)


async def test_what_does_not_exist_is_named(ledger: Ledger) -> None:
    nobody = uuid4()
    new = ReservationRequest(nobody, NINE, TEN, "Board")
    change = ReservationChange(title="x")

    unknown = await refused(ledger, UnknownSpace, creating(new))
    assert unknown.space_id == nobody
    for work in (changing(nobody, change), cancelling(nobody)):
        error = await refused(ledger, UnknownReservation, work)
        assert error.reservation_id == nobody


async def test_a_reservation_that_changed_meanwhile_is_left_alone(ledger: Ledger) -> None:
    reservation_id = await reserved(ledger, await ledger.room(), NINE, TEN)
    change = ReservationChange(title="x")

    for work in (changing(reservation_id, change, 7), cancelling(reservation_id, 7)):
        error = await refused(ledger, StaleVersion, work)
        assert error.current == 1


async def test_only_an_administrator_can_allow_a_rule_to_be_broken(ledger: Ledger) -> None:
    room = await ledger.room()
    reservation_id = await reserved(ledger, room, NINE, TEN)
    audit = await ledger.audit(room)
    new = ReservationRequest(room.id, TEN, TEN + timedelta(hours=1), "Fair", attendee_count=20, override_reason="Fair")
    change = ReservationChange(attendee_count=20, override_reason="Fair")

    for work in (
        lambda conn: create_reservation(conn, new, PATIENCE, by=CATERING),
        lambda conn: change_reservation(
            conn, reservation_id, change, expected_version=None, patience=PATIENCE, by=CATERING
        ),
    ):
        error = await refused(ledger, OverrideNotPermitted, work)
        assert error.kind is CATERING.kind

    assert await ledger.windows(room) == [window(9)]
    assert await ledger.audit(room) == audit
