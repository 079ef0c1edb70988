"""Build the events that tell other services about a change of a reservation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never
from uuid import UUID

from libs.contracts.events import (
    ReservationCancelled,
    ReservationChanged,
    ReservationConfirmed,
    ReservationDeclined,
    ReservationEvent,
    ReservationPending,
)
from libs.contracts.titles import PRIVATE
from libs.contracts.values import Actor, Person
from services.policy.core.changes import Decision, Record, Save
from services.policy.core.explanations import Explanation
from services.policy.core.ledger import Reservation
from services.policy.core.place import Place
from services.policy.core.wording import state_reason


@dataclass(frozen=True, slots=True)
class Occasion:
    """What an event tells beside the reservation: where it is, by whom it was changed, and what was recorded of why."""

    place: Place
    by: Actor
    why: Mapping[UUID, Sequence[Explanation]]


def occasion_of(decision: Decision, place: Place, by: Actor) -> Occasion:
    """Return the occasion of every event that follows from a decision."""
    records = [each for each in decision.changes if isinstance(each, Record)]
    return Occasion(place, by, {each.reservation_id: each.reasons for each in records if each.reservation_id})


def announce_reservation(change: Save, occasion: Occasion) -> Sequence[ReservationEvent]:
    """Return the events that follow from saving a reservation; none if nothing happened that others care about."""
    after, before = change.reservation, change.before
    was_live = before is not None and before.is_live
    match after.status:
        case "cancelled":
            return [_event(ReservationCancelled, change, occasion)] if was_live else []
        case "declined":
            is_news = before is None or before.reasons != after.reasons or before.window != after.window
            return [_event(ReservationDeclined, change, occasion)] if is_news else []
        case "confirmed" | "pending":
            if before is not None and was_live and _is_told_alike(after, before):
                return []
            if before is not None and before.status == after.status:
                return [_event(ReservationChanged, change, occasion)]
            return [_event(_BECAME[after.status], change, occasion)]
        case _:
            assert_never(after.status)


_BECAME: Mapping[Literal["confirmed", "pending"], type[ReservationEvent]] = {
    "confirmed": ReservationConfirmed,
    "pending": ReservationPending,
}


def _is_told_alike(after: Reservation, before: Reservation) -> bool:
    """Whether other services see no difference: what is not booked, and how Outlook holds the room, is not theirs."""
    as_told = replace(
        after,
        kept_without_invitation=before.kept_without_invitation,
        refused_request=before.refused_request,
        proposed_change=before.proposed_change,
        moving_from=before.moving_from,
        has_successor=before.has_successor,
        policies=before.policies,
        warnings=before.warnings,
        version=before.version,
        updated_at=before.updated_at,
    )
    return as_told == before


def _event(kind: type[ReservationEvent], change: Save, occasion: Occasion) -> ReservationEvent:
    reservation, before, place = change.reservation, change.before, occasion.place
    organizer = None
    if reservation.organizer_address is not None:
        organizer = Person(address=reservation.organizer_address, name=reservation.organizer_name)
    return kind(
        space_id=reservation.space_id,
        space_name=place.name,
        reservation_id=reservation.id,
        version=reservation.version,
        status=reservation.status,
        window=reservation.window,
        before=before.window if before is not None else None,
        time_zone=reservation.time_zone,
        title=PRIVATE if reservation.is_private else reservation.title,
        is_private=reservation.is_private,
        yields=reservation.yields,
        organizer=organizer,
        attendee_count=reservation.attendee_count,
        origin=reservation.origin,
        ical_uid=reservation.ical_uid,
        outcome=reservation.outcome,
        reasons=tuple(state_reason(each, place) for each in reservation.reasons),
        by=occasion.by,
        group_id=reservation.group_id,
        original_date=reservation.original_date,
        why=tuple(state_reason(each, place) for each in occasion.why.get(reservation.id, ())),
    )
