"""What is to be booked by a form, once or again and again: read, checked, and as a command."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from libs.common.db import Connection
from libs.contracts.values import Actor
from libs.contracts.wanted_reservations import WantedGroup, WantedReservation
from services.policy.commands.apply import Patience
from services.policy.commands.foreseeing import Command
from services.policy.commands.groups import GroupForecast, check_group, create_group
from services.policy.commands.reservations import (
    Forecast,
    ReservationRequest,
    check_reservation,
    create_reservation,
)
from services.policy.commands.wanted_reservations import WayIn, group_request_of, request_of
from services.policy.console.recurring_forms import read_rule
from services.policy.console.reservation_forms import build, read_instants, read_number, read_organizer
from services.policy.core.groups.request import GroupRequest
from services.policy.store.space_search import FoundSpace

Booking: TypeAlias = ReservationRequest | GroupRequest


def read_booking(space: FoundSpace, written: Mapping[str, str], way_in: WayIn) -> Booking:
    """Return what is written. Raises `NotUsable`."""
    body = _read_body(space, written)
    rule = read_rule(written)
    if rule is None:
        return request_of(build(WantedReservation, body), way_in)
    kept = {"on_conflict": written["on_conflict"]} if written["on_conflict"] else {}
    return group_request_of(build(WantedGroup, {**body, **kept, "rrule": rule}), way_in)


async def check(conn: Connection, booking: Booking, patience: Patience, by: Actor) -> Forecast | GroupForecast:
    """Say what would be decided about it now. Raises what the commands raise."""
    if isinstance(booking, GroupRequest):
        return await check_group(conn, booking, patience, by=by)
    return await check_reservation(conn, booking, by=by)


def command_of(booking: Booking, patience: Patience, by: Actor) -> Command:
    """Build the command that books it."""
    if isinstance(booking, GroupRequest):
        return lambda conn: create_group(conn, booking, patience, by=by)
    return lambda conn: create_reservation(conn, booking, patience, by=by)


def _read_body(space: FoundSpace, written: Mapping[str, str]) -> dict[str, Any]:
    named = {name: written[name] for name in ("title", "override_reason") if written[name]}
    return {
        "space_id": space.id,
        **read_instants(written, space.time_zone),
        **named,
        "organizer": read_organizer(written),
        "attendee_count": read_number(written, "people") or 0,
    }
