"""Answer commands about reservations: with the reservation as it is now, or with every reason for the refusal."""

from typing import assert_never

from fastapi import Request

from libs.common.db import Connection
from services.policy.api.etag import etag
from services.policy.api.problems import REFUSED, Problem, document
from services.policy.api.reservation_bodies import show_alternatives, show_reservation
from services.policy.api.work import Done
from services.policy.commands.reservations import ReservationRefused, Reserved, Result
from services.policy.store import reading


async def answer_creation(request: Request, conn: Connection, result: Result) -> Done:
    """Answer a request for a new reservation."""
    match result:
        case Reserved(reservation):
            return await _answer_reserved(conn, result, 201, {"Location": f"/v1/reservations/{reservation.id}"})
        case ReservationRefused():
            return _answer_refused(request, result)
        case _:
            assert_never(result)


async def answer_change(request: Request, conn: Connection, result: Result) -> Done:
    """Answer a request to change or cancel a reservation."""
    match result:
        case Reserved():
            return await _answer_reserved(conn, result, 200, {})
        case ReservationRefused():
            return _answer_refused(request, result)
        case _:
            assert_never(result)


async def _answer_reserved(conn: Connection, result: Reserved, status: int, headers: dict[str, str]) -> Done:
    shown = await reading.reservation(conn, result.reservation.id)
    if shown is None:
        raise LookupError(f"reservation {result.reservation.id} is gone in the transaction that wrote it")
    answer = show_reservation(shown)
    tagged = {"ETag": etag(answer), **headers}
    return Done(status, answer.model_dump(mode="json"), tagged, tuple(result.messages))


def _answer_refused(request: Request, result: ReservationRefused) -> Done:
    detail = " ".join([*(reason.message for reason in result.reasons), result.advice]).rstrip()
    refusal = document(request, Problem(REFUSED, detail))
    refusal.reasons = list(result.reasons)
    refusal.alternatives = show_alternatives(result.alternatives)
    return Done(REFUSED.status, refusal.model_dump(mode="json"), {}, tuple(result.messages))
