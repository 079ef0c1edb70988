"""The dates of a group that the back office makes: what each asks for, and its reservation as it was judged."""

from dataclasses import replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID, uuid5

from libs.contracts.keys import ReservationKey
from libs.contracts.values import Outcome, Window
from services.policy.core.back_office import explain_override
from services.policy.core.changes import Change, Record, Save, record_verdict
from services.policy.core.ledger import Reservation, ReservationGroup, Slice
from services.policy.core.recurrence.expand import Planned
from services.policy.core.recurring.judge import AskedDate, JudgedDate
from services.policy.core.recurring.judged import JudgedSeries
from services.policy.core.request import Request
from services.policy.core.verdict import Accept, NeedsApproval, Refuse


def key_of(group: ReservationGroup) -> ReservationKey:
    """Return the key under which a group as a whole is held and recorded."""
    return ReservationKey(group.space_id, group.id)


def ask_for_date(group: ReservationGroup, planned: Planned, now: datetime) -> AskedDate:
    """Return what one date of a group asks for, as a reservation of its own that is made now."""
    return AskedDate(
        planned.original_date, request_of(group, planned.window), _id_of(group, planned.original_date, now)
    )


def request_of(group: ReservationGroup, window: Window) -> Request:
    """Return what a group asks for at a time."""
    return Request(
        window,
        group.attendee_count,
        group.organizer_address,
        channel=group.origin,
        roles=group.roles,
        is_overridden=group.override_reason is not None,
    )


def book_dates(group: ReservationGroup, found: JudgedSeries, ledger: Slice) -> list[Change]:
    """Book the dates that were judged; those that cannot be are declined, and all wait if an administrator is asked."""
    return [
        change
        for each in found.judged.values()
        for change in (_hold_date(group, each, ledger) if found.needs_approval else book_date(group, each, ledger))
    ]


def book_date(group: ReservationGroup, judged: JudgedDate, ledger: Slice) -> list[Change]:
    """Make the reservation of a date as it was judged."""
    made = _reserve(group, judged, ledger)
    match judged.verdict:
        case Refuse(reasons):
            made = replace(made, status="declined", outcome=Outcome.DECLINE, reasons=reasons)
        case NeedsApproval(reasons):
            made = replace(made, status="pending", outcome=Outcome.TENTATIVE, reasons=reasons)
        case Accept():
            made = replace(made, reasons=explain_override(group.override_reason), warnings=judged.verdict.told)
        case _:
            assert_never(judged.verdict)
    return [Save(made, None), _record_date(made, judged)]


def _hold_date(group: ReservationGroup, judged: JudgedDate, ledger: Slice) -> list[Change]:
    """Hold a date that waits for an administrator with its group, even if it needs no approval by itself."""
    if not isinstance(judged.verdict, Accept):
        return book_date(group, judged, ledger)
    made = replace(_reserve(group, judged, ledger), status="pending", outcome=Outcome.TENTATIVE)
    # What is decided does not follow from this verdict alone.
    return [Save(made, None), replace(_record_date(made, judged), asked=None)]


def _record_date(made: Reservation, judged: JudgedDate) -> Record:
    asked = judged.asked.request
    record = record_verdict(made.key, made.id, made.outcome, made.reasons, asked, judged.verdict)
    return replace(record, judged_on=judged.ledger)


def _reserve(group: ReservationGroup, judged: JudgedDate, ledger: Slice) -> Reservation:
    made = reserve(group, judged.asked, ledger.now)
    return replace(made, warnings=judged.verdict.warnings, policies=judged.verdict.judged_by)


def reserve(group: ReservationGroup, asked: AskedDate, now: datetime) -> Reservation:
    """Return the reservation that a date gets if nothing speaks against it."""
    window = asked.request.window
    return Reservation(
        id=asked.reservation_id,
        space_id=group.space_id,
        group_id=group.id,
        status="confirmed",
        starts_at=window.start,
        ends_at=window.end,
        time_zone=group.time_zone,
        title=group.title or "",
        is_private=False,
        organizer_name=group.organizer_name,
        organizer_address=group.organizer_address,
        attendee_count=group.attendee_count,
        origin=group.origin,
        outcome=Outcome.ACCEPT,
        reasons=(),
        warnings=(),
        policies=(),
        ical_uid=None,
        original_date=asked.original_date,
        version=1,
        created_at=now,
        updated_at=now,
    )


def _id_of(group: ReservationGroup, day: date, now: datetime) -> UUID:
    return uuid5(group.id, f"{day.isoformat()} {now.isoformat()}")
