"""On a command about reservations: carry it out as the API does, and reply to whoever sent it.

One rule: nothing that a command causes goes in the live lane but its reply. Commands may come in numbers, and people
wait for what goes there.
"""

from collections.abc import Awaitable, Mapping, Sequence
from typing import assert_never
from uuid import UUID

from pydantic import BaseModel

from libs.common.db import Connection
from libs.common.handlers import Caused, InLane, Refusable, ToSender
from libs.common.observed import add_facts
from libs.common.topology import Lane
from libs.contracts.reservation_commands import (
    CancelReservation,
    ChangeReservation,
    CheckReservation,
    RequestReservation,
    ReservationCancellationDone,
    ReservationCancellationRefused,
    ReservationChangeDone,
    ReservationChangeRefused,
    ReservationCheckDone,
    ReservationCheckRefused,
    ReservationProblem,
    ReservationRequestDone,
    ReservationRequestRefused,
    ReservationShown,
)
from libs.contracts.reservations import ForecastOut
from services.policy.commands.apply import Patience
from services.policy.commands.groups import GroupRefused, GroupReserved, GroupResult, check_group
from services.policy.commands.reservation_refusals import UNDOABLE, refuse_error, refuse_group, refuse_reservation
from services.policy.commands.reservations import (
    ReservationRefused,
    Reserved,
    Result,
    check_reservation,
    create_reservation,
)
from services.policy.commands.scopes import cancel_meant, change_meant
from services.policy.commands.shown_groups import show_date, show_group_forecast
from services.policy.commands.shown_reservations import read_reservation, show_forecast
from services.policy.commands.unknown import UnknownReservation
from services.policy.commands.wanted_reservations import (
    COMMAND,
    cancellation_of,
    change_of,
    group_request_of,
    request_of,
)
from services.policy.core.actors import vouched_for
from services.policy.handlers.replies import problem_reply, refusing
from services.policy.store import reservations


class ReservationCommandHandlers:
    """The handlers of commands about reservations. `patience` says how long Outlook may take to show an intent."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    @property
    def by_message(self) -> Mapping[type[BaseModel], Refusable]:
        """Return the handler of each command, which refuses one that cannot be read."""
        return {
            RequestReservation: Refusable(self.on_request_reservation, refusing(ReservationRequestRefused)),
            ChangeReservation: Refusable(self.on_change_reservation, refusing(ReservationChangeRefused)),
            CancelReservation: Refusable(self.on_cancel_reservation, refusing(ReservationCancellationRefused)),
            CheckReservation: Refusable(self.on_check_reservation, refusing(ReservationCheckRefused)),
        }

    async def on_request_reservation(self, conn: Connection, message: RequestReservation) -> Sequence[Caused]:
        """Reserve a space, and reply with the reservation, or with every reason why not."""
        request, by = request_of(message, COMMAND), vouched_for(message.by)
        work = create_reservation(conn, request, self._patience, by=by)
        return await _carry_out(conn, work, ReservationRequestDone, ReservationRequestRefused)

    async def on_change_reservation(self, conn: Connection, message: ChangeReservation) -> Sequence[Caused]:
        """Change a reservation, or several dates of its series; reply with it as it is now, or with every reason."""

        async def work() -> Result | GroupResult:
            await _check_place(conn, message)
            return await change_meant(
                conn,
                message.reservation_id,
                change=change_of(message, COMMAND, message.scope),
                expected_version=message.expected_version,
                patience=self._patience,
                by=vouched_for(message.by),
            )

        refused = ReservationChangeRefused
        return await _carry_out(conn, work(), ReservationChangeDone, refused, named=message.reservation_id)

    async def on_cancel_reservation(self, conn: Connection, message: CancelReservation) -> Sequence[Caused]:
        """Cancel a reservation, or several dates of its series; reply with it as it is now, or with every reason."""

        async def work() -> Result | GroupResult:
            await _check_place(conn, message)
            return await cancel_meant(
                conn,
                message.reservation_id,
                wanted=cancellation_of(message, COMMAND),
                expected_version=message.expected_version,
                patience=self._patience,
                by=vouched_for(message.by),
            )

        refused = ReservationCancellationRefused
        return await _carry_out(conn, work(), ReservationCancellationDone, refused, named=message.reservation_id)

    async def on_check_reservation(self, conn: Connection, message: CheckReservation) -> Sequence[Caused]:
        """Reply with what would be decided about a reservation if it were asked for now."""
        by = vouched_for(message.by)
        try:
            if message.recurs:
                group = await check_group(conn, group_request_of(message, COMMAND), self._patience, by=by)
                shown = show_group_forecast(group)
                forecast, dates = ForecastOut(**shown.model_dump(exclude={"occurrences"})), shown.occurrences
            else:
                found = await check_reservation(conn, request_of(message, COMMAND), by=by)
                forecast, dates = show_forecast(found), []
        except UNDOABLE as error:
            return [ToSender(problem_reply(ReservationCheckRefused, refuse_error(error)))]
        return [ToSender(ReservationCheckDone(forecast=forecast, occurrences=tuple(dates)))]


async def _check_place(conn: Connection, message: ChangeReservation | CancelReservation) -> None:
    """Raise `UnknownReservation` if the space that a command names, which has it in order, has no such reservation."""
    add_facts(reservation_id=str(message.reservation_id))
    place = await reservations.place_of(conn, message.reservation_id)
    if place is None or place[0] != message.space_id:
        raise UnknownReservation(message.reservation_id)


async def _carry_out(
    conn: Connection,
    work: Awaitable[Result | GroupResult],
    done: type[ReservationShown],
    refused: type[ReservationProblem],
    named: UUID | None = None,
) -> Sequence[Caused]:
    """Await the work of a command, and reply with its result: with the reservation that it `named`, or that it made."""
    try:
        result = await work
    except UNDOABLE as error:
        return [ToSender(problem_reply(refused, refuse_error(error)))]
    caused = [InLane(each, Lane.BULK) for each in result.messages]
    match result:
        case ReservationRefused():
            return [*caused, ToSender(problem_reply(refused, refuse_reservation(result)))]
        case GroupRefused():
            dates = [show_date(each) for each in result.occurrences]
            return [*caused, ToSender(problem_reply(refused, refuse_group(result), dates))]
        case Reserved(reservation):
            named = reservation.id
        case GroupReserved():
            pass
        case _:
            assert_never(result)
    if named is None:
        raise LookupError("a command about dates of a group names one of them")
    add_facts(reservation_id=str(named))
    return [*caused, ToSender(done(reservation=await read_reservation(conn, named)))]
