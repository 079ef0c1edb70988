"""Reservation groups as everybody is shown them, whether they ask by HTTP or by message."""

from typing import Literal
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.approvals import OrganizerOut
from libs.contracts.groups import (
    DateOut,
    GroupForecastOut,
    GroupInOutlook,
    RequestedGroupChangeOut,
    ReservationGroupOut,
)
from libs.contracts.problems import AlternativesOut
from services.policy.commands.groups import DateForecast, GroupForecast
from services.policy.commands.unknown import UnknownReservationGroup
from services.policy.core.recurrence.stored import without_start
from services.policy.store import group_states
from services.policy.store.group_states import ShownGroup


async def read_group(conn: Connection, group_id: UUID) -> ReservationGroupOut:
    """Read one group. Raises `UnknownReservationGroup`."""
    found = await group_states.read(conn, group_id)
    if found is None:
        raise UnknownReservationGroup(group_id)
    return show_group(found)


def show_group(found: ShownGroup) -> ReservationGroupOut:
    """Show a group."""
    organizer = None
    if found.organizer_address is not None:
        organizer = OrganizerOut(name=found.organizer_name, email=found.organizer_address)
    return ReservationGroupOut(
        id=found.id,
        space_id=found.space_id,
        status=found.state,
        recurrence=dict(found.recurrence) or None,
        rrule=without_start(found.rules) if found.rules is not None else None,
        time_zone=found.time_zone,
        start=found.starts_at,
        end=found.ends_at,
        title=found.title,
        organizer=organizer,
        attendee_count=found.attendee_count if found.rules is not None else None,
        on_conflict=found.on_conflict,
        is_complete=found.materialised_until is None,
        materialised_until=found.materialised_until,
        counts=found.counts,
        requested_change=_requested_change(found),
        outlook=_in_outlook(found),
        origin=found.origin,
        ical_uid=found.ical_uid,
        version=found.version,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def show_date(found: DateForecast) -> DateOut:
    """Show what was, or would be, decided about one date of a group."""
    return DateOut(original_date=found.original_date, outcome=found.outcome, reasons=list(found.reasons))


def show_group_forecast(found: GroupForecast) -> GroupForecastOut:
    """Show what would be decided about a group."""
    return GroupForecastOut(
        outcome=found.outcome,
        reasons=list(found.reasons),
        warnings=list(found.warnings),
        alternatives=AlternativesOut(next_free=None, spaces=[]),
        occurrences=[show_date(each) for each in found.occurrences],
    )


def _requested_change(found: ShownGroup) -> RequestedGroupChangeOut | None:
    asked = found.requested_change
    if asked is None:
        return None
    return RequestedGroupChangeOut(
        start=asked.window.start,
        end=asked.window.end,
        dates=asked.dates,
        attendee_count=asked.people,
        approval_id=asked.question_id,
    )


def _in_outlook(found: ShownGroup) -> GroupInOutlook | None:
    if not found.is_mapped and found.ical_uid is None:
        return None
    return GroupInOutlook(state=_state(found.intent_states), holds=found.holds, detail=found.why_given_up)


def _state(intent_states: list[str]) -> Literal["in_sync", "writing", "failed"]:
    if "given_up" in intent_states:
        return "failed"
    return "writing" if "issued" in intent_states else "in_sync"
