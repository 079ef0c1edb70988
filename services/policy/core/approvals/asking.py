"""Ask administrators about a reservation, by the policies that leave it to them.

Where several policies do, everybody named in any of them is asked, the earliest deadline counts, and what happens at
the deadline is the most cautious of what they say.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from libs.contracts.approvals import AtDeadline
from libs.contracts.values import Window
from libs.contracts.wanted_reservations import Scope
from services.policy.core.approvals.question import AskedFor, Question, SeriesChange
from services.policy.core.changes import SaveQuestion
from services.policy.core.explanations import BrokenRule, Explanation, OnDate
from services.policy.core.ledger import Reservation, ReservationGroup, Slice
from services.policy.core.policies.approval import Approval

_CAUTION: tuple[AtDeadline, ...] = ("approve", "leave", "reject")
"""What may happen at a deadline, the most cautious last."""


@dataclass(frozen=True, slots=True)
class QuestionTerms:
    """Who is asked, until when, and what happens then."""

    approvers: tuple[str, ...]
    stand_ins: tuple[str, ...]
    mode: Literal["hold", "compete"]
    at_deadline: AtDeadline
    deadline_at: datetime | None


def find_terms(reasons: Iterable[Explanation], window: Window, now: datetime) -> QuestionTerms:
    """Return the terms of a question that is asked at this time for these reasons.

    A policy of another kind that leaves it to an administrator names nobody and has no deadline.
    """
    plain = [why.why if isinstance(why, OnDate) else why for why in reasons]
    rules = [why.rule for why in plain if isinstance(why, BrokenRule) and isinstance(why.rule, Approval)]
    deadlines = [each for rule in rules for each in _deadlines(rule, window, now)]
    return QuestionTerms(
        approvers=tuple(dict.fromkeys(each for rule in rules for each in rule.approvers)),
        stand_ins=tuple(dict.fromkeys(each for rule in rules for each in rule.stand_ins)),
        mode="compete" if rules and all(rule.mode == "compete" for rule in rules) else "hold",
        at_deadline=max((rule.at_deadline for rule in rules), key=_CAUTION.index, default="reject"),
        deadline_at=min(deadlines, default=None),
    )


def _deadlines(rule: Approval, window: Window, now: datetime) -> Iterable[datetime]:
    if rule.deadline_minutes is not None:
        yield now + timedelta(minutes=rule.deadline_minutes)
    if rule.before_start_minutes is not None:
        yield window.start - timedelta(minutes=rule.before_start_minutes)


def ask(
    pending: Reservation, reasons: tuple[Explanation, ...], ledger: Slice
) -> tuple[Sequence[SaveQuestion], Question]:
    """Ask about a pending reservation; return what changes, and the question that is asked then.

    The question that is asked already stays if it covers what is asked for now; any other supersedes it.
    """
    return _ask(asked_for(pending), reasons, ledger, reservation_id=pending.id)


def ask_about_change(
    booked: Reservation, asked: AskedFor, reasons: tuple[Explanation, ...], ledger: Slice
) -> tuple[Sequence[SaveQuestion], Question]:
    """Ask about a change of what is booked; return what changes, and the question that is asked then, as `ask`."""
    return _ask(asked, reasons, ledger, reservation_id=booked.id)


def asked_for(reservation: Reservation) -> AskedFor:
    """Return what a reservation asks for."""
    window, organizer, people = reservation.window, reservation.organizer_address, reservation.attendee_count
    return AskedFor(window=window, organizer=organizer, people=people)


def ask_about_series(
    group: ReservationGroup, asked: AskedFor, reasons: tuple[Explanation, ...], ledger: Slice
) -> tuple[Sequence[SaveQuestion], Question]:
    """Ask about all dates of a series at once; return what changes, and the question that is asked then, as `ask`."""
    return _ask(asked, reasons, ledger, group_id=group.id)


def ask_about_change_of_series(
    asked: AskedFor, change: SeriesChange, reasons: tuple[Explanation, ...], ledger: Slice
) -> tuple[Sequence[SaveQuestion], Question]:
    """Ask about a change of a booked series; return what changes, and the question that is asked then, as `ask`.

    Its deadline is counted back from the first start that is to come, be it booked or asked for.
    """
    if ledger.group is None:
        raise ValueError("a change is asked about of a series that is booked")
    return _ask(asked, reasons, ledger, group_id=ledger.group.id, change=change)


def ask_about_move(
    asked: AskedFor, moves: Scope, reasons: tuple[Explanation, ...], ledger: Slice, change: SeriesChange | None = None
) -> tuple[Sequence[SaveQuestion], Question]:
    """Ask about a move of the slice's meeting, or with a `change` of dates of its series; return what `ask` returns."""
    one, several = ledger.reservation, ledger.group
    if change is None:
        return _ask(asked, reasons, ledger, reservation_id=one.id if one is not None else None, moves=moves)
    group_id = several.id if several is not None else None
    return _ask(asked, reasons, ledger, group_id=group_id, change=change, moves=moves)


def _ask(
    asked: AskedFor,
    reasons: tuple[Explanation, ...],
    ledger: Slice,
    *,
    reservation_id: UUID | None = None,
    group_id: UUID | None = None,
    change: SeriesChange | None = None,
    moves: Scope | None = None,
) -> tuple[Sequence[SaveQuestion], Question]:
    before, now = ledger.question, ledger.now
    is_same_asker = before is not None and (before.moves is None) == (moves is None)
    if before is not None and is_same_asker and asked.is_covered_by(before.asked):
        kept = replace(_keep(before, asked, change, now), moves=moves)
        return ([] if kept == before else [SaveQuestion(kept, before)]), kept
    booked = [each for each in change.booked if each.start > now] if change is not None else []
    terms = find_terms(reasons, min((asked.window, *booked), key=lambda each: each.start), now)
    about = reservation_id or group_id
    if about is None:
        raise ValueError("a question is about a reservation or a series")
    new = Question(
        id=uuid5(about, f"asked at {now.isoformat()}"),
        space_id=ledger.space.id,
        reservation_id=reservation_id,
        group_id=group_id,
        state="pending",
        asked=asked,
        reasons=reasons,
        approvers=terms.approvers,
        stand_ins=terms.stand_ins,
        mode=terms.mode if group_id is None else "hold",
        at_deadline=terms.at_deadline,
        asked_at=before.asked_at if before is not None else now,
        deadline_at=terms.deadline_at,
        due_at=find_due(terms.deadline_at, terms.at_deadline, asked),
        decided_at=None,
        decided_by=None,
        comment=None,
        version=1,
        updated_at=now,
        change=change,
        moves=moves,
    )
    superseded = [close(before, "superseded", now)] if before is not None else []
    return [*superseded, SaveQuestion(new, None)], new


def _keep(before: Question, asked: AskedFor, change: SeriesChange | None, now: datetime) -> Question:
    if (asked, change) == (before.asked, before.change):
        return before
    due_at = find_due(before.deadline_at, before.at_deadline, asked)
    return replace(before, asked=asked, change=change, due_at=due_at, version=before.version + 1, updated_at=now)


def find_due(deadline_at: datetime | None, at_deadline: AtDeadline, asked: AskedFor) -> datetime:
    """Return when something happens to a question by itself: at its deadline, and at the end of what it is about."""
    if deadline_at is None or at_deadline == "leave":
        return asked.ends_at
    return min(deadline_at, asked.ends_at)


def ask_for_less(question: Question, gone: Collection[Window], now: datetime) -> list[SaveQuestion]:
    """Ask about a series that waits without some of its dates, of which others are left; nothing if it has no such."""
    asked = question.asked
    left = tuple(each for each in asked.windows if each not in gone)
    if not left or left == asked.windows:
        return []
    less = _keep(question, asked.model_copy(update={"window": left[0], "dates": left}), question.change, now)
    return [SaveQuestion(less, question)]


def close(question: Question, state: Literal["withdrawn", "superseded"], now: datetime) -> SaveQuestion:
    """Close a question that nobody has to decide any more."""
    closed = replace(question, state=state, decided_at=now, version=question.version + 1, updated_at=now)
    return SaveQuestion(closed, question)
