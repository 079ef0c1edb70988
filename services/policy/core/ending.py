"""End a reservation before its time: free the space, drop its hold, and record why in the audit."""

from dataclasses import replace
from datetime import datetime, timedelta

from libs.contracts.keys import Key
from services.policy.core.changes import Change, Decision, Record, Save, record_verdict
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import Explanation, KeptLongEnough, MeetingCancelled, MeetingGone
from services.policy.core.holds import drop_hold
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.request import request_of_cancellation


def end_reservation(ledger: Slice, key: Key, why: Explanation) -> list[Change]:
    """End the slice's live reservation; nothing if there is none, or if it is over already.

    Whatever Outlook cancels is free; if that comes too late by the policies, it is recorded as late.
    """
    live = ledger.live
    if live is None:
        return []
    ended, record = cancel(live, ledger.now), record_ending(key, live, why)
    if isinstance(why, MeetingCancelled | MeetingGone):
        asked = request_of_cancellation(live, "outlook", is_overridden=True)
        record = record_verdict(key, live.id, "cancelled", (why,), asked, evaluate(asked, ledger))
        ended = replace(ended, warnings=(*live.warnings, *record.warnings))
    return [Save(ended, live), record, *drop_hold(ledger)]


def cancel(live: Reservation, now: datetime) -> Reservation:
    """Return the reservation as it stands once it has ended."""
    return replace(
        live,
        status="cancelled",
        kept_without_invitation=False,
        proposed_change=None,
        moving_from=None,
        competes=False,
        version=live.version + 1,
        updated_at=now,
    )


def record_ending(key: Key, live: Reservation, why: Explanation) -> Record:
    """Record in the audit which reservation ended, and why."""
    return Record(key, live.id, "cancelled", (why,), live.judged)


def release(ledger: Slice, kept_for: timedelta) -> Decision:
    """End a reservation whose invitation was declined with its edit `kept_for` ago; nothing if that is no longer so.

    One that is kept because its space was mapped to a mailbox without its invitation stays.
    """
    kept = ledger.live
    if kept is None or not kept.kept_without_invitation or kept.refused_request is None:
        return Decision(note="kept")
    if kept.refused_request.at > ledger.now - kept_for:
        return Decision(note="kept")
    return Decision(tuple(end_reservation(ledger, kept.key, KeptLongEnough())), note="released")
