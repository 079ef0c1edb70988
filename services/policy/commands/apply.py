"""Apply a decision to the ledger and say what follows for others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from libs.common.db import Connection
from libs.contracts.messages import (
    IntentIssued,
    Message,
    ReservationCancelled,
    ReservationChanged,
    ReservationConfirmed,
    ReservationDeclined,
    ReservationEvent,
)
from libs.contracts.values import Person
from services.policy.core.changes import Decision, NoteMeeting, Record, Save, Want
from services.policy.core.ledger import Reservation, Space
from services.policy.store import changes


@dataclass(frozen=True, slots=True)
class Rules:
    """What a decision is made by beside the ledger: how long an intent may take to show."""

    patience: timedelta = timedelta(seconds=60)


async def apply(conn: Connection, space: Space, decision: Decision, rules: Rules) -> list[Message]:
    """Write every change of a decision; return the messages that follow, in order."""
    if not decision.changes:
        return []
    issued = await changes.write(conn, space, decision, rules.patience)
    messages: list[Message] = []
    for change in decision.changes:
        match change:
            case Save():
                messages += _told(change)
            case Want():
                messages += _wanted(space, change, issued)
            case NoteMeeting() | Record():
                pass
            case _:
                assert_never(change)
    return messages


def _wanted(space: Space, change: Want, issued: Mapping[str, tuple[int, datetime]]) -> list[Message]:
    if space.connection_id is None or space.room_mailbox is None:
        return []
    generation, deadline = issued[change.key]
    return [
        IntentIssued(
            space_id=space.id,
            connection_id=space.connection_id,
            room_mailbox=space.room_mailbox,
            key=change.key,
            generation=generation,
            deadline=deadline,
            intent=change.intent,
        )
    ]


def _told(change: Save) -> list[Message]:
    after, before = change.reservation, change.before
    was_live = before is not None and before.is_live
    match after.status:
        case "cancelled":
            return [_event(ReservationCancelled, after)] if was_live else []
        case "declined":
            is_news = before is None or before.reasons != after.reasons or before.window != after.window
            return [_event(ReservationDeclined, after)] if is_news else []
        case "confirmed" | "pending":
            return [_event(ReservationChanged if was_live else ReservationConfirmed, after)]
        case _:
            assert_never(after.status)


def _event(kind: type[ReservationEvent], reservation: Reservation) -> ReservationEvent:
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
        reasons=reservation.reasons,
    )
