"""Offer free time to somebody on the waiting list, and book it once it is taken up.

The time is held by a pending reservation, and a hold shows that in Outlook. Of a meeting whose room declined, it is the
meeting's reservation, kept without invitation: if the organizer sends the meeting again, the room accepts it and no
other step is needed.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid5

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Outcome
from services.policy.core.approvals.asking import ask
from services.policy.core.changes import Change, Decision, LookAgain, NoteMeeting, Save, record_of, record_verdict
from services.policy.core.ending import end_reservation
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import Explanation, WaitingListOffer
from services.policy.core.holds import keep_hold
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.verdict import Accept, NeedsApproval, Refuse
from services.policy.core.waiting.request import WaitingRequest


def offer(waiting: WaitingRequest, ledger: Slice, offered_for: timedelta) -> tuple[Decision, WaitingRequest] | Refuse:
    """Hold the time that is waited for and return the request with its offer, unless it cannot be booked now.

    An offer never lasts beyond the start of what it offers.
    """
    verdict = evaluate(waiting.asks_for(), ledger)
    if isinstance(verdict, Refuse):
        return verdict
    until = min(ledger.now + offered_for, waiting.starts_at)
    held = _hold(waiting, ledger, until)
    offered = replace(waiting, state="offered", offer_id=held.id, offered_at=ledger.now, offered_until=until)
    return Decision((Save(held, None), record_of(held), keep_hold(held)), note="offered"), offered


def take(waiting: WaitingRequest, ledger: Slice) -> tuple[Decision, tuple[Explanation, ...]]:
    """Book what is held for the request, or ask for approval; return that, or the reasons why it cannot be booked.

    It is judged by the policies of now, but as of the time of the offer: nobody is refused for having thought about it.
    """
    held = _held(ledger)
    until = waiting.offered_until or waiting.starts_at
    wish, then = waiting.asks_for(own=held.id), replace(ledger, now=waiting.offered_at or ledger.now)
    verdict = evaluate(wish, then)
    if isinstance(verdict, Refuse):
        return give_back(ledger, "lapsed", until), verdict.reasons
    taken = replace(
        held,
        policies=verdict.judged_by,
        warnings=verdict.told if isinstance(verdict, Accept) else verdict.warnings,
        version=held.version + 1,
        updated_at=ledger.now,
    )
    asked: list[Change] = []
    if isinstance(verdict, NeedsApproval):
        taken = replace(taken, reasons=verdict.reasons)
        asked = [*ask(taken, verdict.reasons, ledger)[0]]
    else:
        why = (WaitingListOffer(until=until, became="taken"),)
        taken = replace(taken, status="confirmed", outcome=Outcome.ACCEPT, reasons=why)
    record = record_verdict(taken.key, taken.id, taken.outcome, taken.reasons, wish, verdict)
    changes = (Save(taken, held), *asked, replace(record, judged_on=then), *_look_again(taken, ledger))
    return Decision(changes, note="offer_taken"), ()


def give_back(ledger: Slice, became: Literal["lapsed", "withdrawn"], until: datetime) -> Decision:
    """Free the time that is held for somebody who does not take it."""
    why = WaitingListOffer(until=until, became=became)
    return Decision(tuple(end_reservation(ledger, _held(ledger).key, why)), note="offer_ended")


def _hold(waiting: WaitingRequest, ledger: Slice, until: datetime) -> Reservation:
    return Reservation(
        id=waiting.new_offer_id,
        space_id=waiting.space_id,
        group_id=None,
        status="pending",
        starts_at=waiting.starts_at,
        ends_at=waiting.ends_at,
        time_zone=ledger.space.time_zone,
        title=waiting.title,
        is_private=waiting.is_private,
        organizer_name=waiting.organizer_name,
        organizer_address=waiting.organizer_address,
        attendee_count=waiting.people,
        origin="api",
        outcome=Outcome.TENTATIVE,
        reasons=(WaitingListOffer(until=until),),
        warnings=(),
        policies=(),
        ical_uid=waiting.ical_uid,
        original_date=None,
        kept_without_invitation=waiting.ical_uid is not None,
        version=1,
        created_at=ledger.now,
        updated_at=ledger.now,
    )


def _held(ledger: Slice) -> Reservation:
    if ledger.live is None:
        raise LookupError("nothing is held for the request")
    return ledger.live


def _look_again(taken: Reservation, ledger: Slice) -> list[Change]:
    """Have the meeting judged anew where its declined copy is on the calendar still, as some mailboxes keep it."""
    key = taken.key
    if not isinstance(key, MeetingKey) or ledger.meeting is None:
        return []
    unjudged = NoteMeeting(key, replace(ledger.meeting, standing=None))
    return [unjudged, LookAgain(uuid5(taken.id, "taken"), key.ical_uid, ())]
