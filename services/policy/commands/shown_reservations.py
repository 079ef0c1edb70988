"""Reservations as everybody is shown them, whether they ask by HTTP or by message."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.approvals import OrganizerOut
from libs.contracts.problems import AlternativesOut, FreeSpaceOut, FreeWindow
from libs.contracts.reservations import (
    DecisionOut,
    ForecastOut,
    InOutlook,
    JudgedByOut,
    ProposedChangeOut,
    RefusedRequestOut,
    RequestedChangeOut,
    ReservationOut,
)
from libs.contracts.values import Answer, Reason
from services.policy.commands.reservations import Forecast
from services.policy.commands.unknown import UnknownReservation
from services.policy.core.alternatives import Alternatives
from services.policy.core.explanations import AllowedByAdministrator, Explanation
from services.policy.core.late import is_late_cancellation
from services.policy.core.wording import state_reason
from services.policy.store import reading
from services.policy.store.reading import ShownReservation


async def read_reservation(conn: Connection, reservation_id: UUID) -> ReservationOut:
    """Read one reservation. Raises `UnknownReservation`."""
    found = await reading.reservation(conn, reservation_id)
    if found is None:
        raise UnknownReservation(reservation_id)
    return show_reservation(found)


def show_reservation(found: ShownReservation) -> ReservationOut:
    """Show a reservation."""
    return ReservationOut(
        id=found.id,
        space_id=found.space_id,
        group_id=found.group_id,
        original_date=found.original_date,
        status=found.status,
        start=found.starts_at,
        end=found.ends_at,
        time_zone=found.time_zone,
        title=found.title,
        is_private=found.is_private,
        organizer=_organizer(found),
        attendee_count=found.attendee_count,
        origin=found.origin,
        decision=_decision(found),
        warnings=_state_reasons(found, found.warnings),
        refused_request=_refused_request(found),
        requested_change=_requested_change(found),
        proposed_change=_proposed_change(found),
        outlook=_in_outlook(found),
        kept_without_invitation=found.kept_without_invitation,
        yields=found.yields,
        made_by=found.made_by,
        changed_by=found.changed_by,
        cancelled_by=found.cancelled_by,
        version=found.version,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def show_alternatives(found: Alternatives) -> AlternativesOut:
    """Show what could be booked instead."""
    free = found.next_free
    return AlternativesOut(
        next_free=FreeWindow(start=free.start, end=free.end) if free is not None else None,
        spaces=[FreeSpaceOut(**asdict(each)) for each in found.spaces],
    )


def show_forecast(found: Forecast) -> ForecastOut:
    """Show what would be decided."""
    return ForecastOut(
        outcome=found.outcome,
        reasons=list(found.reasons),
        warnings=list(found.warnings),
        alternatives=show_alternatives(found.alternatives),
    )


def _decision(found: ShownReservation) -> DecisionOut:
    overrides = (each.reason for each in found.reasons if isinstance(each, AllowedByAdministrator))
    return DecisionOut(
        outcome=found.outcome,
        reasons=_state_reasons(found, found.reasons),
        warnings=_state_reasons(found, found.warnings),
        policies=[
            JudgedByOut(
                policy_id=each.policy_id, version=each.version, kind=each.kind, effect=each.effect, held=each.held
            )
            for each in found.policies
        ],
        override_reason=next(overrides, None),
        grandfathered=found.grandfathered,
        late_cancellation=any(map(is_late_cancellation, found.warnings)),
    )


def _organizer(found: ShownReservation) -> OrganizerOut | None:
    if found.organizer_address is None:
        return None
    return OrganizerOut(name=found.organizer_name, email=found.organizer_address)


def _refused_request(found: ShownReservation) -> RefusedRequestOut | None:
    refused = found.refused_request
    if refused is None:
        return None
    return RefusedRequestOut(
        start=refused.window.start,
        end=refused.window.end,
        attendee_count=refused.people,
        reasons=_state_reasons(found, refused.reasons),
        at=refused.at,
    )


def _requested_change(found: ShownReservation) -> RequestedChangeOut | None:
    asked = found.requested_change
    if asked is None:
        return None
    window = asked.window
    return RequestedChangeOut(
        start=window.start, end=window.end, attendee_count=asked.people, approval_id=asked.question_id
    )


def _proposed_change(found: ShownReservation) -> ProposedChangeOut | None:
    proposed = found.proposed_change
    if proposed is None:
        return None
    return ProposedChangeOut(start=proposed.window.start, end=proposed.window.end, until=proposed.until)


def _state_reasons(found: ShownReservation, reasons: Sequence[Explanation]) -> list[Reason]:
    """Put stored reasons into words."""
    return [state_reason(each, found.place) for each in reasons]


def _in_outlook(found: ShownReservation) -> InOutlook | None:
    if found.ical_uid is None and not found.is_mapped:
        return None
    answer = Answer(found.shown_answer) if found.shown_answer is not None else None
    return InOutlook(
        ical_uid=found.ical_uid,
        state=_sync_state(found.intent_states),
        answer=answer,
        detail=found.why_given_up,
    )


def _sync_state(intent_states: list[str]) -> Literal["in_sync", "writing", "failed"]:
    if "given_up" in intent_states:
        return "failed"
    return "writing" if "issued" in intent_states else "in_sync"
