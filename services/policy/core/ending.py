"""How a reservation ends before its time: the space is free, its hold goes, and the audit says why."""

from dataclasses import replace
from datetime import datetime

from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.values import Reason, reservation_key
from services.policy.core.changes import Change, Record, Save, Want
from services.policy.core.ledger import Judged, KnownIntent, Reservation, Slice

CANCELLED = Reason(rule="cancelled", message="The meeting was cancelled, or the room was taken off it.")
GONE = Reason(rule="gone", message="The meeting is no longer on the room's calendar.")
NO_LONGER_BLOCKS = Reason(rule="released", message="The event on the room's calendar no longer blocks this time.")
KEPT_LONG_ENOUGH = Reason(
    rule="kept_long_enough",
    message="The room was kept without an invitation for as long as it may be after a refused change.",
)
MOVED_TO_THE_PAST = Reason(rule="moved_to_the_past", message="The meeting was moved to a time that is already over.")


def ended(ledger: Slice, key: str, why: Reason) -> list[Change]:
    """End the reservation that a meeting holds; nothing where there is none, or where it is over anyway."""
    live = ledger.live
    if live is None or live.ends_at <= ledger.now:
        return []
    return [Save(cancelled(live, ledger.now), live), written_down(key, live, why), *dropped_hold(ledger)]


def cancelled(live: Reservation, now: datetime) -> Reservation:
    """Return the reservation as it stands once it has ended."""
    return replace(live, status="cancelled", kept_without_invitation=False, version=live.version + 1, updated_at=now)


def written_down(key: str, live: Reservation, why: Reason) -> Record:
    """Say in the audit what ended, and why."""
    judged = Judged(window=live.window, organizer=live.organizer_address, people=live.attendee_count)
    return Record(key, live.id, "cancelled", (why,), judged)


def dropped_hold(ledger: Slice) -> list[Change]:
    """Take the slice's hold away, if one is wanted and still ahead; what is over stays as it was."""
    hold = kept_hold(ledger.hold)
    if hold is None or hold.window.end <= ledger.now or ledger.hold is None:
        return []
    drop = DropHold(reservation_id=hold.reservation_id, event_id=ledger.hold.event_id)
    return [Want(reservation_key(hold.reservation_id), drop, hold.reservation_id)]


def kept_hold(intent: KnownIntent | None) -> KeepHold | None:
    """Return the hold that is wanted, None where none is."""
    return intent.wanted if intent is not None and isinstance(intent.wanted, KeepHold) else None
