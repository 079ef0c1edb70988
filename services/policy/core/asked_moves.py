"""A change by the back office of a meeting in Outlook that needs approval: it is asked about before anything is done.

The meeting stays where it is, on both sides, and the ledger holds the times that are asked for. Once that is approved,
it is carried out as one that needs none: the organizer's event is moved, or the organizer is proposed the time. Nothing
is judged again then but what is in the way. Whatever changes the meeting meanwhile takes the question with it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from libs.contracts.shown import shown_window
from libs.contracts.values import Outcome, Window
from services.policy.core.approvals.asking import ask_about_move, close
from services.policy.core.approvals.question import AskedFor, SeriesChange, SeriesDate
from services.policy.core.back_office import Denied, Granted, ReservationChange, Ruling
from services.policy.core.changes import Change, Decision, Record, SaveQuestion
from services.policy.core.explanations import (
    ApprovedByAdministrator,
    BrokenRule,
    Explanation,
    OnDate,
    ProposalWithdrawnHere,
    TimeNotChangeable,
)
from services.policy.core.ledger import Judged, Reservation, Slice
from services.policy.core.proposals import withdraw
from services.policy.core.recurring.shift import ShiftPlan, plan_change

Decide = Callable[[ReservationChange], Ruling]
"""Decides about a change on a slice of the ledger, as if nobody could be asked about it."""


def decide_or_ask(before: Reservation, change: ReservationChange, ledger: Slice, decide: Decide) -> Ruling:
    """Decide about a change of a meeting in Outlook; ask administrators if all that is against it is left to them."""
    ruling = decide(change)
    if isinstance(ruling, Granted):
        return replace(ruling, decision=_close_question(before, change, ledger, ruling.decision))
    if not ruling.reasons or not all(map(_is_left_to_administrators, ruling.reasons)):
        return ruling
    # Nobody is asked about what could not be done then.
    approved = decide(replace(change, approved=ApprovedByAdministrator()))
    if isinstance(approved, Denied):
        return approved
    if change.scope == "this" or ledger.group is None:
        return _ask_about_one(before, change, ruling, ledger)
    return _ask_about_several(before, plan_change(before, change, ledger), change, ruling, ledger)


def carry_out(closed: SaveQuestion, ruling: Granted) -> Decision:
    """Return the decision that does what was approved, and closes the question about it."""
    return replace(ruling.decision, changes=(closed, *ruling.decision.changes))


def _is_left_to_administrators(why: Explanation) -> bool:
    plain = why.why if isinstance(why, OnDate) else why
    return isinstance(plain, BrokenRule) and plain.effect == "approve"


def _close_question(before: Reservation, change: ReservationChange, ledger: Slice, decided: Decision) -> Decision:
    """Return a decision that also takes back what was asked about, if its time is asked for otherwise now."""
    question = ledger.question
    if question is None or question.moves is None or (change.start is None and change.end is None):
        return decided
    is_as_booked = _wanted(before, change) == before.window
    closed = close(question, "withdrawn" if is_as_booked else "superseded", ledger.now)
    note = "change_withdrawn" if is_as_booked else decided.note
    return replace(decided, changes=(*decided.changes, closed), note=note)


def _wanted(before: Reservation, change: ReservationChange) -> Window:
    return shown_window(Window(start=change.start or before.starts_at, end=change.end or before.ends_at))


def _ask_about_one(before: Reservation, change: ReservationChange, denied: Denied, ledger: Slice) -> Granted:
    asked = AskedFor(window=_wanted(before, change), organizer=before.organizer_address, people=before.attendee_count)
    withdrawn: Sequence[Change] = ()
    if before.proposed_change is not None:
        why = ProposalWithdrawnHere(proposed=before.proposed_change.window)
        withdrawn = withdraw(before, before.proposed_change, ledger, why).changes
    saved, _ = ask_about_move(asked, "this", denied.reasons, ledger)
    record = _record(before, asked, denied.reasons, denied.decision.changes)
    return Granted(before, Decision((*withdrawn, *saved, record), note="change_awaits_approval"))


def _ask_about_several(
    before: Reservation, plan: ShiftPlan, change: ReservationChange, denied: Denied, ledger: Slice
) -> Ruling:
    group = ledger.group
    if group is None or any(each.live.proposed_change is not None for each in plan.dates):
        return Denied((*denied.reasons, TimeNotChangeable(why="series_needs_approval")))
    windows = tuple(sorted((each.to for each in plan.dates), key=lambda each: each.start))
    people = max(each.live.attendee_count for each in plan.dates)
    asked = AskedFor(window=windows[0], organizer=before.organizer_address, people=people, dates=windows)
    becomes = SeriesChange(
        recurrence=dict(group.recurrence),
        time_zone=group.time_zone,
        window=group.window,
        until=group.materialised_until,
        dates=tuple(
            SeriesDate(original_date=each.original_date, window=each.to, people=each.live.attendee_count)
            for each in plan.dates
        ),
        booked=tuple(each.live.window for each in plan.dates),
    )
    saved, _ = ask_about_move(asked, change.scope, denied.reasons, ledger, becomes)
    alone = [each.ledger.question for each in plan.dates if each.ledger.question is not None]
    closed = [close(each, "superseded", ledger.now) for each in alone]
    record = _record(before, asked, denied.reasons, denied.decision.changes)
    return Granted(before, Decision((*closed, *saved, record), note="change_awaits_approval"))


def _record(
    before: Reservation, asked: AskedFor, reasons: tuple[Explanation, ...], refused: Iterable[Change]
) -> Record:
    """Return the entry for the audit: what would have refused the change has it asked about instead."""
    policies = next((each.policies for each in refused if isinstance(each, Record)), ())
    judged = Judged(window=asked.window, organizer=asked.organizer, people=asked.people)
    return Record(before.key, before.id, Outcome.TENTATIVE, reasons, judged, policies)
