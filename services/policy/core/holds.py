"""Want a hold for a reservation, change it with the reservation, or want none."""

from dataclasses import replace
from uuid import UUID

from libs.contracts.intents import DropHold, KeepHold
from libs.contracts.keys import ReservationKey
from libs.contracts.shown import shown_subject
from libs.contracts.shown_holds import last_end
from services.policy.core.changes import NOTHING, Change, Decision, Want, save_if_changed
from services.policy.core.ledger import KnownIntent, Reservation, Slice


def find_hold(intent: KnownIntent | None) -> KeepHold | None:
    """Return the hold that is wanted, None where none is."""
    return intent.wanted if intent is not None and isinstance(intent.wanted, KeepHold) else None


def keep_hold(reservation: Reservation) -> Want:
    """Want a hold that blocks the room in Outlook for this reservation."""
    hold = KeepHold(
        reservation_id=reservation.id,
        window=reservation.window,
        time_zone=reservation.time_zone,
        subject=reservation.title,
    )
    return Want(ReservationKey(reservation.space_id, reservation.id), hold, reservation.id)


def show_in_outlook(reservation: Reservation, ledger: Slice) -> list[Change]:
    """Want a hold for a reservation that no invitation holds; none for one that only competes for its time.

    What a group of the back office shows follows from all of its dates (`core.groups.hold`).
    """
    if reservation.is_of_own_group:
        return []
    return drop_hold(ledger) if reservation.competes else [keep_hold(reservation)]


def keep_hold_if_changed(reservation: Reservation, ledger: Slice) -> list[Change]:
    """Want the room blocked for this reservation, unless that is wanted already, or its group sees to it."""
    if reservation.is_of_own_group:
        return []
    held = find_hold(ledger.hold)
    if held is not None and (held.window, shown_subject(held.subject)) == (
        reservation.window,
        shown_subject(reservation.title),
    ):
        return []
    return [keep_hold(reservation)]


def retitle_hold(ledger: Slice, title: str, reservation_id: UUID) -> list[Change]:
    """Want the slice's hold under a new title, if one is wanted and it is not over."""
    hold = find_hold(ledger.hold)
    if ledger.hold is None or hold is None or last_end(hold) <= ledger.now:
        return []
    if shown_subject(hold.subject) == shown_subject(title):
        return []
    return [Want(ledger.hold.key, hold.model_copy(update={"subject": title}), reservation_id)]


def drop_hold(ledger: Slice) -> list[Change]:
    """Want the slice's hold removed, if one is wanted and it is not over; a hold that is over stays on the calendar.

    A recurring hold goes as a whole. It is about no one reservation, but about a group.
    """
    hold = find_hold(ledger.hold)
    if hold is None or last_end(hold) <= ledger.now or ledger.hold is None:
        return []
    drop = DropHold(reservation_id=hold.reservation_id, event_id=ledger.hold.event_id)
    about = hold.reservation_id if hold.series is None else None
    return [Want(ReservationKey(ledger.space.id, hold.reservation_id), drop, about)]


def hold_in_new_mailbox(ledger: Slice) -> Decision:
    """Keep a hold in a newly mapped room mailbox for a reservation that has no invitation there.

    An edit that was refused in the mailbox before is no longer a reason to keep it, or to release it; nor is anything
    proposed from there any more.
    """
    live = ledger.live
    if live is None:
        return NOTHING
    refused = live.refused_request if live.kept_without_invitation else None
    kept = replace(
        live,
        kept_without_invitation=live.ical_uid is not None,
        refused_request=refused,
        proposed_change=None,
        moving_from=None,
    )
    return Decision((*save_if_changed(kept, live, ledger.now), *show_in_outlook(kept, ledger)), note="held")
