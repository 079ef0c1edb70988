"""Change or cancel one reservation or several dates of its series, whichever side made the series."""

from uuid import UUID

from libs.common.db import Connection
from libs.contracts.values import Actor
from libs.contracts.wanted_reservations import Scope
from services.policy.commands.apply import Patience
from services.policy.commands.errors import NotOfAGroup
from services.policy.commands.group_changes import Expected, cancel_dates, change_dates
from services.policy.commands.groups import GroupResult
from services.policy.commands.reservations import Result, cancel_reservation, change_reservation
from services.policy.commands.unknown import UnknownReservation
from services.policy.core.back_office import CancellationRequest, ReservationChange
from services.policy.core.groups.planned_change import GroupChange
from services.policy.store import reservations


async def change_meant(
    conn: Connection,
    reservation_id: UUID,
    *,
    change: ReservationChange,
    expected_version: int | None,
    patience: Patience,
    by: Actor,
) -> Result | GroupResult:
    """Change what a reservation and the scope of a change mean: all of it or nothing.

    Raises what `change_reservation` and `change_dates` raise, and `NotOfAGroup`.
    """
    group_id = await find_group(conn, reservation_id, change.scope)
    if change.scope == "this" or group_id is None:
        return await change_reservation(
            conn, reservation_id, change, expected_version=expected_version, patience=patience, by=by
        )
    meant = Expected(reservation_id, change.scope, expected_version)
    return await change_dates(conn, group_id, change=GroupChange(change), expected=meant, patience=patience, by=by)


async def cancel_meant(
    conn: Connection,
    reservation_id: UUID,
    *,
    wanted: CancellationRequest,
    expected_version: int | None,
    patience: Patience,
    by: Actor,
) -> Result | GroupResult:
    """Cancel what a reservation and the scope of a cancellation mean: all of it or nothing.

    Raises what `cancel_reservation` raises, and `NotOfAGroup`.
    """
    group_id = await find_group(conn, reservation_id, wanted.scope)
    if wanted.scope == "this" or group_id is None:
        return await cancel_reservation(
            conn, reservation_id, wanted=wanted, expected_version=expected_version, patience=patience, by=by
        )
    meant = Expected(reservation_id, wanted.scope, expected_version)
    return await cancel_dates(conn, group_id, wanted=wanted, expected=meant, patience=patience, by=by)


async def find_group(conn: Connection, reservation_id: UUID, scope: Scope) -> UUID | None:
    """Return the group that the back office made and of which several dates are meant; None if there is no such.

    Raises `UnknownReservation`, and `NotOfAGroup` if several dates are meant of a single reservation.
    """
    if scope == "this":
        return None
    found = await reservations.group_of(conn, reservation_id)
    if found is None:
        raise UnknownReservation(reservation_id)
    if found.group_id is None:
        raise NotOfAGroup(reservation_id)
    return None if found.is_of_meeting else found.group_id
