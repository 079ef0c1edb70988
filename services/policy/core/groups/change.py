"""Decide about a change of a group: judged as a whole, with what it has itself given up first.

One date that cannot be booked refuses all of it, or by `on_conflict` of the group stays as it is. What needs approval
is asked about as one question with all of its dates, and all of them stay as they are booked meanwhile.
"""

from collections.abc import Mapping
from datetime import date

from libs.contracts.values import Outcome
from services.policy.core.approvals.asking import close
from services.policy.core.changes import Decision, Record, SaveQuestion
from services.policy.core.explanations import Explanation, HasEnded, TimeNotChangeable
from services.policy.core.groups.asking import ask_about_group
from services.policy.core.groups.cancel import group_in
from services.policy.core.groups.dates import key_of
from services.policy.core.groups.decide import GroupDenied, GroupGranted, GroupRuling
from services.policy.core.groups.judging import is_as_it_was, judge_change, request_as_such
from services.policy.core.groups.planned_change import ChangedGroup, GroupChange
from services.policy.core.groups.saving import end_gone, save_dates, save_groups
from services.policy.core.ledger import Slice
from services.policy.core.recurring.judged import JudgedSeries
from services.policy.core.verdict import Accept, Refuse


def change_group(changed: ChangedGroup, change: GroupChange, ledger: Slice) -> GroupRuling:
    """Decide about a change of a group, on what is taken around the dates that it asks for."""
    group = group_in(ledger)
    if group.status == "cancelled" or not (changed.kept or changed.gone):
        return GroupDenied((HasEnded(status="cancelled", reserved=group.window),))
    if _waits(changed, change, ledger):
        return GroupDenied((TimeNotChangeable(why="awaits_approval"),))
    closed = _close_question(changed, change, ledger)
    if closed and is_as_it_was(changed) and change.of_dates.title is None:
        return GroupGranted(group, Outcome.ACCEPT, Decision(tuple(closed), note="change_withdrawn"))
    found = judge_change(changed, change, ledger)
    if found.is_refused or (found.refused and not _may_skip(changed, found)):
        record = Record(key_of(group), None, Outcome.DECLINE, found.reasons, request_as_such(changed, change).judged)
        return GroupDenied(found.reasons, Decision((record,), note="refused"), found.judged)
    done = changed.leave_out(_whys_of(found), ledger.now)
    if found.needs_approval:
        return ask_about_group(done, change, found, ledger)
    changes = [*save_groups(done, group), *end_gone(done, ledger), *save_dates(done, change, found.judged, ledger)]
    return GroupGranted(done.after, Outcome.ACCEPT, Decision((*changes, *closed), note="group_changed"), found.judged)


def _waits(changed: ChangedGroup, change: GroupChange, ledger: Slice) -> bool:
    """Whether an administrator has to decide about the group first.

    One that waits is not booked yet. Where only a change of it waits, another may be asked for instead; but it is not
    parted meanwhile for what no rule looks at.
    """
    question = ledger.question
    if question is None:
        return False
    if question.change is not None:
        return changed.since is not None and not change.is_judged
    return not is_as_it_was(changed) or changed.since is not None


def _close_question(changed: ChangedGroup, change: GroupChange, ledger: Slice) -> list[SaveQuestion]:
    """Close the question about a change of the group, if another one is asked for, or what is booked."""
    question = ledger.question
    if question is None or question.change is None or not change.is_judged:
        return []
    return [close(question, "withdrawn" if is_as_it_was(changed) else "superseded", ledger.now)]


def _whys_of(found: JudgedSeries) -> Mapping[date, tuple[Explanation, ...]]:
    """Return why each date that is left out cannot be booked."""
    verdicts = {each.asked.original_date: each.verdict for each in found.refused}
    return {day: verdict.reasons for day, verdict in verdicts.items() if isinstance(verdict, Refuse)}


def _may_skip(changed: ChangedGroup, found: JudgedSeries) -> bool:
    """Whether the dates that cannot be booked are left out; not if those are all that would change."""
    is_left = any(isinstance(each.verdict, Accept) for each in found.judged.values()) or found.waiting
    return changed.after.on_conflict == "skip_conflicts" and bool(is_left)
