"""Commands about reservations, as a service sends them in somebody's name."""

from typing import Any
from uuid import UUID

from libs.common.bus.port import ReplyAddress
from libs.contracts.message import Message
from libs.contracts.reservation_commands import (
    CancelReservation,
    ChangeReservation,
    CheckReservation,
    RequestReservation,
    ReservationRequestDone,
    VouchedPerson,
)
from libs.contracts.reservations import ReservationOut
from libs.contracts.values import Actor, ActorKind, Window
from services.policy.commands.shown_reservations import read_reservation
from tests.integration.policy.ledger import Ledger, Room
from tests.integration.policy.replying import replied, sent

GRACE = VouchedPerson(address="grace@example.org", name="Grace")
AS_GRACE = Actor(kind=ActorKind.SERVICE, subject="grace@example.org", name="Grace")


def request(room: Room, at: Window, **different: Any) -> RequestReservation:
    return RequestReservation(
        **{"space_id": room.id, "start": at.start, "end": at.end, "title": "Board", "by": GRACE, **different}
    )


def check(room: Room, at: Window, **different: Any) -> CheckReservation:
    return CheckReservation(**request(room, at).model_dump(exclude_unset=True), **different)


def change(booked: ReservationOut, **different: Any) -> ChangeReservation:
    return ChangeReservation(**{"space_id": booked.space_id, "reservation_id": booked.id, "by": GRACE, **different})


def cancel(booked: ReservationOut, **different: Any) -> CancelReservation:
    return CancelReservation(**{"space_id": booked.space_id, "reservation_id": booked.id, "by": GRACE, **different})


async def ask(ledger: Ledger, asker: ReplyAddress, message: Message) -> Any:
    await ledger.bus.publish([sent(ledger, message, asker.name)])
    return await replied(ledger, asker)


async def book(ledger: Ledger, asker: ReplyAddress, room: Room, at: Window, **different: Any) -> ReservationOut:
    reply = await ask(ledger, asker, request(room, at, **different))
    assert isinstance(reply, ReservationRequestDone), reply
    return reply.reservation


async def shown(ledger: Ledger, reservation_id: UUID) -> ReservationOut:
    async with ledger.pool.acquire() as conn:
        return await read_reservation(conn, reservation_id)
