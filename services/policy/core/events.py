"""Build the events that tell other services about a change of a reservation."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from libs.contracts.messages import (
    ReservationCancelled,
    ReservationChanged,
    ReservationConfirmed,
    ReservationDeclined,
    ReservationEvent,
)
from libs.contracts.values import Actor, Person
from services.policy.core.changes import Save
from services.policy.core.ledger import Reservation
from services.policy.core.wording import Place, state_reason


def announce_reservation(change: Save, place: Place, by: Actor) -> Sequence[ReservationEvent]:
    """Return the events that follow from saving a reservation; none if nothing happened that others care about."""
    after, before = change.reservation, change.before
    was_live = before is not None and before.is_live
    match after.status:
        case "cancelled":
            return [_event(ReservationCancelled, after, place, by)] if was_live else []
        case "declined":
            is_news = before is None or before.reasons != after.reasons or before.window != after.window
            return [_event(ReservationDeclined, after, place, by)] if is_news else []
        case "confirmed" | "pending":
            if before is not None and was_live and _is_told_alike(after, before):
                return []
            return [_event(ReservationChanged if was_live else ReservationConfirmed, after, place, by)]
        case _:
            assert_never(after.status)


def _is_told_alike(after: Reservation, before: Reservation) -> bool:
    """Whether other services see no difference: a refused request, and how Outlook holds the room, are not theirs."""
    as_told = replace(
        after,
        kept_without_invitation=before.kept_without_invitation,
        refused_request=before.refused_request,
        has_successor=before.has_successor,
        version=before.version,
        updated_at=before.updated_at,
    )
    return as_told == before


def _event(kind: type[ReservationEvent], reservation: Reservation, place: Place, by: Actor) -> ReservationEvent:
    organizer = None
    if reservation.organizer_address is not None:
        organizer = Person(address=reservation.organizer_address, name=reservation.organizer_name)
    return kind(
        space_id=reservation.space_id,
        reservation_id=reservation.id,
        version=reservation.version,
        status=reservation.status,
        window=reservation.window,
        time_zone=reservation.time_zone,
        title=reservation.title,
        organizer=organizer,
        attendee_count=reservation.attendee_count,
        origin=reservation.origin,
        outcome=reservation.outcome,
        reasons=tuple(state_reason(each, place) for each in reservation.reasons),
        by=by,
    )
