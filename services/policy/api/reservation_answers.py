"""Answer commands about reservations: with the reservation as it is now, or with every reason for the refusal."""

from collections.abc import Mapping, Sequence
from typing import assert_never
from uuid import UUID

from fastapi import Request

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.api.etag import etag
from services.policy.api.problems import Problem, document
from services.policy.api.work import Done
from services.policy.commands.refusals import RESERVATION_REFUSED
from services.policy.commands.reservations import ReservationRefused, Reserved, Result
from services.policy.commands.shown_reservations import read_reservation, show_alternatives


async def answer_creation(request: Request, conn: Connection, result: Result) -> Done:
    """Answer a request for a new reservation."""
    match result:
        case Reserved(reservation, messages):
            location = {"Location": f"/v1/reservations/{reservation.id}"}
            return await answer_reserved(conn, reservation.id, messages, 201, location)
        case ReservationRefused():
            return _answer_refused(request, result)
        case _:
            assert_never(result)


async def answer_change(request: Request, conn: Connection, result: Result) -> Done:
    """Answer a request to change or cancel a reservation."""
    match result:
        case Reserved(reservation, messages):
            return await answer_reserved(conn, reservation.id, messages, 200)
        case ReservationRefused():
            return _answer_refused(request, result)
        case _:
            assert_never(result)


async def answer_reserved(
    conn: Connection,
    reservation_id: UUID,
    messages: Sequence[Message],
    status: int,
    headers: Mapping[str, str] | None = None,
) -> Done:
    """Answer with a reservation as this transaction leaves it."""
    answer = await read_reservation(conn, reservation_id)
    tagged = {"ETag": etag(answer), **(headers or {})}
    return Done(status, answer.model_dump(mode="json"), tagged, tuple(messages))


def _answer_refused(request: Request, result: ReservationRefused) -> Done:
    refusal = document(request, Problem(RESERVATION_REFUSED, result.detail))
    refusal.reasons = list(result.reasons)
    refusal.alternatives = show_alternatives(result.alternatives)
    return Done(RESERVATION_REFUSED.status, refusal.model_dump(mode="json"), {}, tuple(result.messages))
