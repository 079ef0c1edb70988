"""Decide what the back office asks for: make, change or cancel a reservation, by the same rules as invitations.

A refusal changes no reservation. One by the rules, or because the space is taken, is recorded in the audit.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

from libs.contracts.values import Outcome
from services.policy.core.approvals.asking import ask, asked_for
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
    HeldByInvitation,
)
from services.policy.core.holds import drop_hold, keep_hold
from services.policy.core.invited import answer_known_invitation
from services.policy.core.ledger import Reservation, Slice, Standing
from services.policy.core.notices import TakenAway
from services.policy.core.policies.policy import Role
from services.policy.core.request import Request, request_of_cancellation
from services.policy.core.verdict import Accept, NeedsApproval, Refuse


@dataclass(frozen=True, slots=True)
class ReservationRequest:
    """A reservation to make. `attendee_count` counts everybody who comes, the organizer included."""

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


@dataclass(frozen=True, slots=True)
class ReservationChange:
    """What to change. `None` leaves a field as it is; the two organizer fields count only if `changes_organizer`."""

    start: datetime | None = None
    end: datetime | None = None
    title: str | None = None
    attendee_count: int | None = None
    changes_organizer: bool = False
    organizer_name: str | None = None
    organizer_address: str | None = None
    override_reason: str | None = None
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Granted:
    """The reservation as it stands once the decision is applied."""

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
        channel=request.origin,
        roles=request.roles,
        is_overridden=request.override_reason is not None,
    )
    verdict = evaluate(wish, ledger)
    asked = replace(asked, policies=verdict.judged_by, warnings=verdict.warnings)
    match verdict:
        case Accept():
            asked = replace(asked, reasons=_explain_override(request.override_reason), warnings=verdict.told)
            return _grant(asked, [Save(asked, None)], _record_granted(asked, wish, verdict), "reserved")
        case NeedsApproval(reasons):
            pending = replace(asked, status="pending", outcome=Outcome.TENTATIVE, reasons=reasons)
            saved: list[Change] = [Save(pending, None), *ask(pending, reasons, ledger)[0]]
            return _grant(pending, saved, _record_granted(pending, wish, verdict), "awaits_approval")
        case Refuse():
            return _deny(asked, verdict, wish, about=None)
        case _:
            assert_never(verdict)


def decide_change(before: Reservation, change: ReservationChange, ledger: Slice) -> Ruling:
    """Decide about a change; a change that cannot be granted leaves the reservation as it was.

    Only the organizer can change a reservation that an invitation holds, because its time belongs to the organizer's
    calendar. A field that no rule looks at, such as the title, is changed without being judged.
    """
    if before.ical_uid is not None and not before.kept_without_invitation:
        return Denied((HeldByInvitation(),))
    if not before.is_live:
        return Denied((HasEnded(status=before.status, reserved=before.window),))
    after = _change(before, change, ledger.now)
    record = record_of(after)
    if after.judged != before.judged:
        wish = Request(
            after.window,
            after.attendee_count,
            after.organizer_address,
            channel="api",
            roles=change.roles,
            own=before.id,
            before=before.judged if before.is_granted else None,
            is_overridden=change.override_reason is not None,
            is_approved=ledger.is_approved(asked_for(after)),
        )
        verdict = evaluate(wish, ledger)
        if isinstance(verdict, NeedsApproval) and before.status == "pending":
            return _ask_anew(
                replace(after, policies=verdict.judged_by, warnings=verdict.warnings), wish, verdict, ledger
            )
        if not isinstance(verdict, Accept):
            return _deny(after, verdict, wish, about=before.id)
        after = replace(
            after,
            status="confirmed",
            outcome=Outcome.ACCEPT,
            yields=False,
            reasons=_explain_override(change.override_reason) or _reasons_that_stay(before),
            policies=verdict.judged_by,
            warnings=verdict.told,
        )
        record = _record_granted(after, wish, verdict)
    saved = save_if_changed(after, before, ledger.now)
    return _grant(after, saved, record, "changed") if saved else Granted(before)


@dataclass(frozen=True, slots=True)
class CancellationRequest:
    """A reservation to cancel: what its organizer is told, and why a rule may be broken by that."""

    comment: str | None = None
    override_reason: str | None = None
    roles: frozenset[Role] = frozenset()


def decide_cancellation(before: Reservation, wanted: CancellationRequest, ledger: Slice) -> Ruling:
    """Decide about a cancellation, which policies may refuse; the organizer of an invitation is told why it is gone."""
    if not before.is_live:
        return Granted(before)
    is_overridden = wanted.override_reason is not None
    asked = request_of_cancellation(before, "api", wanted.roles, is_overridden=is_overridden)
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
    warnings = record.warnings
    allowed = _explain_override(wanted.override_reason) if warnings else ()
    after = replace(
        cancel(before, ledger.now), reasons=(*before.reasons, *allowed), warnings=(*before.warnings, *warnings)
    )
    changes = (
        Save(after, before),
        record,
        *answer_known_invitation(before, ledger, Standing.DECLINED, TakenAway(comment=wanted.comment)),
        *drop_hold(ledger),
    )
    return Granted(after, Decision(changes, note="cancelled"))


def _reserve(request: ReservationRequest, ledger: Slice, new_id: UUID) -> Reservation:
    return Reservation(
        id=new_id,
        space_id=request.space_id,
        group_id=None,
        status="confirmed",
        starts_at=request.start,
        ends_at=request.end,
        time_zone=ledger.space.time_zone,
        title=request.title,
        is_private=False,
        organizer_name=request.organizer_name,
        organizer_address=request.organizer_address,
        attendee_count=request.attendee_count,
        origin=request.origin,
        outcome=Outcome.ACCEPT,
        reasons=(),
        warnings=(),
        policies=(),
        ical_uid=None,
        original_date=None,
        kept_without_invitation=False,
        refused_request=None,
        has_successor=False,
        yields=False,
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


def _ask_anew(after: Reservation, wish: Request, verdict: NeedsApproval, ledger: Slice) -> Granted:
    """Ask about a reservation that is pending, as it is now."""
    pending = replace(after, reasons=verdict.reasons)
    saved = [*save_if_changed(pending, ledger.reservation, ledger.now), *ask(pending, verdict.reasons, ledger)[0]]
    return _grant(pending, saved, _record_granted(pending, wish, verdict), "awaits_approval")


def _reasons_that_stay(before: Reservation) -> tuple[Explanation, ...]:
    """Return why a reservation was granted, which a change that is granted too does not change."""
    return before.reasons if before.outcome is Outcome.ACCEPT else ()


def _explain_override(reason: str | None) -> tuple[Explanation, ...]:
    return () if reason is None else (AllowedByAdministrator(reason=reason),)


def _grant(reservation: Reservation, saved: list[Change], record: Record, note: str) -> Granted:
    return Granted(reservation, Decision((*saved, record, keep_hold(reservation)), note=note))


def _record_granted(reservation: Reservation, asked: Request, verdict: Accept | NeedsApproval) -> Record:
    about, outcome, reasons = reservation.id, reservation.outcome, reservation.reasons
    return record_verdict(reservation.key, about, outcome, reasons, asked, verdict)


def _deny(asked: Reservation, verdict: NeedsApproval | Refuse, wish: Request, *, about: UUID | None) -> Denied:
    reasons = verdict.reasons
    record = record_verdict(asked.key, about, Outcome.DECLINE, reasons, wish, verdict)
    return Denied(reasons, Decision((record,), note="refused"), wish, verdict.warnings)
