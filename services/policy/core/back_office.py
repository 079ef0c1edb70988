"""Decide what the back office asks for: make, change or cancel a reservation, by the same rules as invitations.

A refusal changes no reservation. One by the rules, or because the space is taken, is recorded in the audit.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

from libs.contracts.values import Outcome
from libs.contracts.wanted_reservations import Scope
from services.policy.core.approvals.asking import ask, asked_for
from services.policy.core.booking_instead import DeclinedMeeting
from services.policy.core.changes import (
    NOTHING,
    Change,
    Decision,
    Record,
    Save,
    record_of,
    record_verdict,
    save_if_changed,
)
from services.policy.core.ending import cancel, record_ending
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import (
    AllowedByAdministrator,
    CancelledByAdministrator,
    Explanation,
    HasEnded,
    TimeNotChangeable,
)
from services.policy.core.holds import drop_hold, show_in_outlook
from services.policy.core.invited import answer_known_invitation, take_room_off
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.notices import TakenAway
from services.policy.core.policies.policy import Role
from services.policy.core.request import Request, request_of_cancellation
from services.policy.core.requested_change import ask_for_change, close_change, may_be_asked_about
from services.policy.core.standing import Standing
from services.policy.core.verdict import Accept, NeedsApproval, Refuse


@dataclass(frozen=True, slots=True)
class ReservationRequest:
    """A reservation to make. `attendee_count` counts everybody who comes, the organizer included.

    What an organizer books `instead_of` a meeting that was declined is judged as a meeting.
    """

    space_id: UUID
    start: datetime
    end: datetime
    title: str
    organizer_name: str | None = None
    organizer_address: str | None = None
    attendee_count: int = 0
    override_reason: str | None = None
    origin: Literal["api", "command"] = "api"
    roles: frozenset[Role] = frozenset()
    instead_of: DeclinedMeeting | None = None


@dataclass(frozen=True, slots=True)
class ReservationChange:
    """What to change. `None` leaves a field as it is; the two organizer fields count only if `changes_organizer`.

    `scope` says which dates of a series are meant, if the reservation is one of them. One that an administrator has
    `approved` is not judged by policies again.
    """

    start: datetime | None = None
    end: datetime | None = None
    title: str | None = None
    attendee_count: int | None = None
    changes_organizer: bool = False
    organizer_name: str | None = None
    organizer_address: str | None = None
    override_reason: str | None = None
    roles: frozenset[Role] = frozenset()
    channel: Literal["api", "command"] = "api"
    scope: Scope = "this"
    approved: Explanation | None = None

    @property
    def allowed(self) -> tuple[Explanation, ...]:
        """Return why it may break rules; nothing if it may not."""
        return explain_override(self.override_reason) if self.approved is None else (self.approved,)

    @property
    def is_judged(self) -> bool:
        """Whether it names anything that rules look at."""
        named = (self.start, self.end, self.attendee_count)
        return self.changes_organizer or any(each is not None for each in named)


@dataclass(frozen=True, slots=True)
class Granted:
    """The reservation as it stands once the decision is applied; a change that is asked about may wait beside it."""

    reservation: Reservation
    decision: Decision = NOTHING


@dataclass(frozen=True, slots=True)
class Denied:
    """Every reason against the request, what was asked for, and the entry for the audit.

    `asked` is None if there is nothing to ask for instead.
    """

    reasons: tuple[Explanation, ...]
    decision: Decision = NOTHING
    asked: Request | None = None
    warnings: tuple[Explanation, ...] = ()


Ruling = Granted | Denied


def decide_request(request: ReservationRequest, ledger: Slice, new_id: UUID) -> Ruling:
    """Decide about a request for a new reservation."""
    asked = _reserve(request, ledger, new_id)
    wish = Request(
        asked.window,
        asked.attendee_count,
        asked.organizer_address,
        channel=request.origin if request.instead_of is None else "outlook",
        roles=request.roles,
        is_overridden=request.override_reason is not None,
    )
    verdict = evaluate(wish, ledger)
    asked = replace(asked, policies=verdict.judged_by, warnings=verdict.warnings)
    match verdict:
        case Accept():
            asked = replace(asked, reasons=explain_override(request.override_reason), warnings=verdict.told)
            saved: list[Change] = [Save(asked, None), _record_granted(asked, wish, verdict)]
            return _grant(asked, saved, ledger, "reserved")
        case NeedsApproval(reasons):
            pending = replace(asked, status="pending", outcome=Outcome.TENTATIVE, reasons=reasons)
            return _ask(pending, wish, verdict, ledger)
        case Refuse():
            return _deny(asked, verdict, wish, about=None)
        case _:
            assert_never(verdict)


def request_of_change(before: Reservation, after: Reservation, change: ReservationChange, ledger: Slice) -> Request:
    """Return what a change asks for that makes a reservation what it is `after`. The slice is for it alone."""
    return Request(
        after.window,
        after.attendee_count,
        after.organizer_address,
        channel=change.channel,
        roles=change.roles,
        own=before.id,
        before=before.judged if before.is_granted else None,
        is_overridden=change.override_reason is not None,
        is_approved=ledger.is_approved(asked_for(after)),
    )


def decide_change(before: Reservation, change: ReservationChange, ledger: Slice) -> Ruling:
    """Decide about a change; a change that cannot be granted leaves the reservation as it was.

    A field that no rule looks at, such as the title, is changed without being judged. A change that needs approval is
    asked about, and the booking stays meanwhile. One that an invitation holds is changed by `meeting_change`.
    """
    if not before.is_live:
        return Denied((HasEnded(status=before.status, reserved=before.window),))
    after = _change(before, change, ledger.now)
    record, closed = record_of(after), close_change(before, ledger, "withdrawn") if change.is_judged else []
    if after.judged != before.judged:
        wish = request_of_change(before, after, change, ledger)
        verdict = evaluate(wish, ledger)
        if not isinstance(verdict, Accept):
            return _ask_or_deny(before, after, wish, verdict, ledger)
        after = replace(
            after,
            status="confirmed",
            outcome=Outcome.ACCEPT,
            yields=False,
            competes=False,
            reasons=explain_override(change.override_reason) or _reasons_that_stay(before),
            policies=verdict.judged_by,
            warnings=verdict.told,
            refused_request=None if before.is_of_own_group else before.refused_request,
        )
        record, closed = _record_granted(after, wish, verdict), close_change(before, ledger, "superseded")
    saved = save_if_changed(after, before, ledger.now)
    if not saved:
        return Granted(before, Decision(tuple(closed), note="change_withdrawn" if closed else "nothing"))
    return _grant(after, [*saved, *closed, record], ledger, "changed")


@dataclass(frozen=True, slots=True)
class CancellationRequest:
    """A reservation to cancel: what its organizer is told, and why a rule may be broken by that.

    `scope` says which dates of a series are meant, if the reservation is one of them.
    """

    comment: str | None = None
    override_reason: str | None = None
    roles: frozenset[Role] = frozenset()
    channel: Literal["api", "command"] = "api"
    scope: Scope = "this"


def decide_cancellation(before: Reservation, wanted: CancellationRequest, ledger: Slice) -> Ruling:
    """Decide about a cancellation, which policies may refuse; the organizer of an invitation is told why it is gone."""
    if not before.is_live:
        return Granted(before)
    if before.moving_from is not None:
        return Denied((TimeNotChangeable(why="being_moved"),))
    is_overridden = wanted.override_reason is not None
    asked = request_of_cancellation(before, wanted.channel, wanted.roles, is_overridden=is_overridden)
    verdict = evaluate(asked, ledger)
    if not isinstance(verdict, Accept):
        refusal = record_verdict(before.key, before.id, Outcome.DECLINE, verdict.reasons, asked, verdict)
        return Denied(verdict.reasons, decision=Decision((refusal,), note="refused"))
    why = CancelledByAdministrator(comment=wanted.comment)
    record = record_verdict(before.key, before.id, "cancelled", (why,), asked, verdict)
    return _cancel(before, wanted, ledger, record)


def grant_cancellation(before: Reservation, wanted: CancellationRequest, ledger: Slice) -> Granted:
    """Cancel a reservation, whatever the policies say; the organizer of an invitation is told why it is gone."""
    why = CancelledByAdministrator(comment=wanted.comment)
    return _cancel(before, wanted, ledger, record_ending(before.key, before, why))


def _cancel(before: Reservation, wanted: CancellationRequest, ledger: Slice, record: Record) -> Granted:
    after = cancel_as_asked(before, wanted, ledger.now, record)
    declined = answer_known_invitation(before, ledger, Standing.DECLINED, TakenAway(comment=wanted.comment))
    changes = (
        Save(after, before),
        record,
        *take_room_off(declined, ledger),
        *drop_hold(ledger),
    )
    return Granted(after, Decision(changes, note="cancelled"))


def cancel_as_asked(before: Reservation, wanted: CancellationRequest, now: datetime, record: Record) -> Reservation:
    """Return a reservation as it stands once it is cancelled, with what was broken and allowed by that."""
    allowed = explain_override(wanted.override_reason) if record.warnings else ()
    return replace(
        cancel(before, now), reasons=(*before.reasons, *allowed), warnings=(*before.warnings, *record.warnings)
    )


def _reserve(request: ReservationRequest, ledger: Slice, new_id: UUID) -> Reservation:
    instead_of = request.instead_of
    ical_uid = instead_of.ical_uid if instead_of is not None else None
    return Reservation(
        id=new_id,
        space_id=request.space_id,
        group_id=None,
        status="confirmed",
        starts_at=request.start,
        ends_at=request.end,
        time_zone=ledger.space.time_zone,
        title=request.title,
        is_private=instead_of is not None and instead_of.is_private,
        organizer_name=request.organizer_name,
        organizer_address=request.organizer_address,
        attendee_count=request.attendee_count,
        origin=request.origin,
        outcome=Outcome.ACCEPT,
        reasons=(),
        warnings=(),
        policies=(),
        ical_uid=ical_uid,
        original_date=None,
        kept_without_invitation=ical_uid is not None,
        version=1,
        created_at=ledger.now,
        updated_at=ledger.now,
    )


def _change(before: Reservation, change: ReservationChange, now: datetime) -> Reservation:
    after = replace(
        before,
        starts_at=change.start or before.starts_at,
        ends_at=change.end or before.ends_at,
        title=before.title if change.title is None else change.title,
        attendee_count=before.attendee_count if change.attendee_count is None else change.attendee_count,
        version=before.version + 1,
        updated_at=now,
    )
    if change.changes_organizer:
        after = replace(after, organizer_name=change.organizer_name, organizer_address=change.organizer_address)
    return after


def _ask_or_deny(
    before: Reservation, after: Reservation, wish: Request, verdict: NeedsApproval | Refuse, ledger: Slice
) -> Ruling:
    """Ask about a change that an administrator may approve, and deny any other."""
    if isinstance(verdict, NeedsApproval) and before.status == "pending":
        waiting = replace(after, policies=verdict.judged_by, warnings=verdict.warnings, reasons=verdict.reasons)
        return _ask(waiting, wish, verdict, ledger)
    if isinstance(verdict, NeedsApproval) and may_be_asked_about(before):
        return Granted(before, ask_for_change(before, after, wish, verdict, ledger))
    return _deny(after, verdict, wish, about=before.id)


def _ask(waiting: Reservation, wish: Request, verdict: NeedsApproval, ledger: Slice) -> Granted:
    """Ask about a reservation that is pending, as it is now."""
    asked, question = ask(waiting, verdict.reasons, ledger)
    pending = replace(waiting, competes=question.mode == "compete")
    saved = save_if_changed(pending, ledger.reservation, ledger.now)
    return _grant(pending, [*saved, *asked, _record_granted(pending, wish, verdict)], ledger, "awaits_approval")


def _reasons_that_stay(before: Reservation) -> tuple[Explanation, ...]:
    """Return why a reservation was granted, which a change that is granted too does not change."""
    return before.reasons if before.outcome is Outcome.ACCEPT else ()


def explain_override(reason: str | None) -> tuple[Explanation, ...]:
    """Return why something may break rules; nothing if no reason was given for that."""
    return () if reason is None else (AllowedByAdministrator(reason=reason),)


def _grant(reservation: Reservation, saved: list[Change], ledger: Slice, note: str) -> Granted:
    return Granted(reservation, Decision((*saved, *show_in_outlook(reservation, ledger)), note=note))


def _record_granted(reservation: Reservation, asked: Request, verdict: Accept | NeedsApproval) -> Record:
    about, outcome, reasons = reservation.id, reservation.outcome, reservation.reasons
    return record_verdict(reservation.key, about, outcome, reasons, asked, verdict)


def _deny(asked: Reservation, verdict: NeedsApproval | Refuse, wish: Request, *, about: UUID | None) -> Denied:
    reasons = verdict.reasons
    record = record_verdict(asked.key, about, Outcome.DECLINE, reasons, wish, verdict)
    return Denied(reasons, Decision((record,), note="refused"), wish, verdict.warnings)
