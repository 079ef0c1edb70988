"""What is asked for of reservations, as it came in by HTTP or by message, beside the way on which it came."""

from dataclasses import dataclass
from typing import Literal

from libs.contracts.wanted_reservations import (
    Scope,
    WantedCancellation,
    WantedChange,
    WantedGroup,
    WantedGroupCancellation,
    WantedGroupChange,
    WantedReservation,
)
from services.policy.commands.reservations import CancellationRequest, ReservationChange, ReservationRequest
from services.policy.core.groups.planned_change import GroupChange
from services.policy.core.groups.request import GroupRequest, WantedRecurrence
from services.policy.core.policies.policy import Role


@dataclass(frozen=True, slots=True)
class WayIn:
    """On which way something was asked for, and in which roles; policies may exempt either."""

    channel: Literal["api", "command"]
    roles: frozenset[Role]


COMMAND = WayIn("command", frozenset({"service"}))
"""The way of a message: a service sends it."""


def request_of(wanted: WantedReservation, way_in: WayIn) -> ReservationRequest:
    """Return the request for a new reservation."""
    organizer = wanted.organizer
    return ReservationRequest(
        space_id=wanted.space_id,
        start=wanted.start,
        end=wanted.end,
        title=wanted.title,
        organizer_name=organizer.name if organizer else None,
        organizer_address=organizer.email if organizer else None,
        attendee_count=wanted.attendee_count,
        override_reason=wanted.override_reason,
        origin=way_in.channel,
        roles=way_in.roles,
    )


def group_request_of(wanted: WantedGroup, way_in: WayIn) -> GroupRequest:
    """Return the request for a new group."""
    organizer = wanted.organizer
    return GroupRequest(
        space_id=wanted.space_id,
        start=wanted.start,
        end=wanted.end,
        title=wanted.title,
        recurs=WantedRecurrence(wanted.recurrence, wanted.rrule, wanted.exdates),
        time_zone=wanted.time_zone,
        organizer_name=organizer.name if organizer else None,
        organizer_address=organizer.email if organizer else None,
        attendee_count=wanted.attendee_count,
        on_conflict=wanted.on_conflict,
        override_reason=wanted.override_reason,
        origin=way_in.channel,
        roles=way_in.roles,
    )


def change_of(wanted: WantedChange, way_in: WayIn, scope: Scope = "this") -> ReservationChange:
    """Return the change of a reservation: of what was not left out, on the dates of a series that are meant."""
    organizer = wanted.organizer
    return ReservationChange(
        start=wanted.start,
        end=wanted.end,
        title=wanted.title,
        attendee_count=wanted.attendee_count,
        changes_organizer="organizer" in wanted.model_fields_set,
        organizer_name=organizer.name if organizer else None,
        organizer_address=organizer.email if organizer else None,
        override_reason=wanted.override_reason,
        roles=way_in.roles,
        channel=way_in.channel,
        scope=scope,
    )


def group_change_of(wanted: WantedGroupChange, way_in: WayIn) -> GroupChange:
    """Return the change of a group: of what was not left out."""
    named = wanted.model_fields_set & {"recurrence", "rrule", "exdates"}
    recurs = WantedRecurrence(wanted.recurrence, wanted.rrule, wanted.exdates or ()) if named else None
    return GroupChange(change_of(wanted, way_in, "all"), recurs, wanted.on_conflict)


def cancellation_of(wanted: WantedGroupCancellation, way_in: WayIn) -> CancellationRequest:
    """Return the request to cancel a reservation, dates of its series, or all of a group."""
    scope: Scope = wanted.scope if isinstance(wanted, WantedCancellation) else "all"
    return CancellationRequest(wanted.comment or None, wanted.override_reason, way_in.roles, way_in.channel, scope)
