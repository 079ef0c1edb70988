"""Between requests for reservations and the commands that decide about them.

One rule: nothing is decided here; outcomes become answers, and what the commands want told is told in the same step.
"""

from datetime import datetime
from typing import assert_never
from uuid import UUID

from fastapi import Request

from libs.common.db import Connection
from services.policy.api.etag import etag, stale
from services.policy.api.problems import REFUSED, Alternative, Problem, document, not_found
from services.policy.api.reservation_bodies import NewReservation, ReservationChange, reservation_out
from services.policy.api.window import bookable
from services.policy.api.work import Desk, Done
from services.policy.commands import reservations as commands
from services.policy.commands.reservations import NotFound, Refused, Reserved, Result, StaleVersion, UnknownSpace
from services.policy.store import reading, slices
from services.policy.store import reservations as rows


async def create(request: Request, conn: Connection, body: NewReservation) -> Done:
    """Ask for a reservation. Raises Problem if the space is unknown."""
    desk: Desk = request.app.state.desk
    now = desk.clock()
    window = bookable(body.start, body.end, now)
    asked = commands.ReservationRequest(
        space_id=body.space_id,
        start=window.start,
        end=window.end,
        title=body.title,
        organizer_name=body.organizer.name if body.organizer else None,
        organizer_address=body.organizer.email if body.organizer else None,
        attendee_count=body.attendee_count,
        override_reason=body.override_reason,
    )
    try:
        result = await commands.create_reservation(conn, asked, desk.patience)
    except UnknownSpace as error:
        raise not_found("space", "space_id") from error
    return await _done(request, conn, result, body.space_id, 201)


async def change(
    request: Request, conn: Connection, reservation_id: UUID, body: ReservationChange, expected: int | None
) -> Done:
    """Ask for a change of a reservation. Raises Problem if it is unknown or at another version."""
    desk: Desk = request.app.state.desk
    now = desk.clock()
    space_id = await _check_window(conn, reservation_id, body, now)
    asked = commands.ReservationChange(
        start=body.start,
        end=body.end,
        title=body.title,
        attendee_count=body.attendee_count,
        changes_organizer="organizer" in body.model_fields_set,
        organizer_name=body.organizer.name if body.organizer else None,
        organizer_address=body.organizer.email if body.organizer else None,
        override_reason=body.override_reason,
    )
    try:
        result = await commands.change_reservation(
            conn, reservation_id, asked, expected_version=expected, patience=desk.patience
        )
    except StaleVersion as error:
        raise stale(error.current) from error
    return await _done(request, conn, result, space_id, 200)


async def cancel(
    request: Request, conn: Connection, reservation_id: UUID, comment: str | None, expected: int | None
) -> Done:
    """Cancel a reservation. Raises Problem if it is unknown or at another version."""
    desk: Desk = request.app.state.desk
    try:
        result = await commands.cancel_reservation(
            conn,
            reservation_id,
            comment=comment or None,
            expected_version=expected,
            patience=desk.patience,
        )
    except NotFound as error:
        raise not_found("reservation", "path.reservation_id") from error
    except StaleVersion as error:
        raise stale(error.current) from error
    return await _done(request, conn, result, None, 200)


async def _check_window(conn: Connection, reservation_id: UUID, body: ReservationChange, now: datetime) -> UUID:
    """Refuse a window that makes no sense beside what stays; return the space, locked so that nothing else moves it."""
    space_id = await rows.space_of(conn, reservation_id)
    if space_id is None:
        raise not_found("reservation", "path.reservation_id")
    await slices.lock_space(conn, space_id)
    stays = await reading.reservation(conn, reservation_id)
    if stays is None:
        raise not_found("reservation", "path.reservation_id")
    if {"start", "end"} & body.model_fields_set:
        bookable(body.start or stays.starts_at, body.end or stays.ends_at, now)
    return space_id


async def _done(request: Request, conn: Connection, result: Result, space_id: UUID | None, status: int) -> Done:
    match result:
        case Reserved(reservation, messages):
            shown = await reading.reservation(conn, reservation.id)
            if shown is None:
                raise LookupError(f"reservation {reservation.id} is gone in the transaction that wrote it")
            headers = {"ETag": etag(shown.version)}
            if status == 201:
                headers["Location"] = f"/v1/reservations/{shown.id}"
            return Done(status, reservation_out(shown).model_dump(mode="json"), headers, tuple(messages))
        case Refused(reasons, alternative, messages):
            detail = " ".join(reason.message for reason in reasons)
            refusal = document(request, Problem(REFUSED, detail))
            refusal.reasons = list(reasons)
            if alternative is not None and space_id is not None:
                refusal.alternatives = [Alternative(space_id=space_id, start=alternative.start, end=alternative.end)]
            return Done(REFUSED.status, refusal.model_dump(mode="json"), {}, tuple(messages))
        case _:
            assert_never(result)
