"""Save a group that is changed, with its dates: those that stay, those that are new, and those that it gives up."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from libs.contracts.values import Outcome
from services.policy.core.back_office import explain_override
from services.policy.core.changes import Change, Save, SaveGroup, record_verdict, save_if_changed
from services.policy.core.ending import cancel, record_ending
from services.policy.core.explanations import Replaced
from services.policy.core.groups.dates import book_date
from services.policy.core.groups.planned_change import ChangedGroup, GroupChange
from services.policy.core.ledger import ReservationGroup, Slice
from services.policy.core.recurring.asked import UNKNOWN, slice_of
from services.policy.core.recurring.judge import JudgedDate
from services.policy.core.requested_change import close_change
from services.policy.core.verdict import Accept


def save_groups(changed: ChangedGroup, group: ReservationGroup) -> list[Change]:
    """Save the group that goes on, and the one that ends before it; nothing of one that is as it was."""
    same = replace(changed.after, version=group.version, updated_at=group.updated_at)
    saved = [] if same == group else [SaveGroup(changed.after)]
    return [*saved, *([] if changed.before == group else [SaveGroup(changed.before)])]


def end_gone(changed: ChangedGroup, ledger: Slice) -> list[Change]:
    """End the dates that the group gives up; those that had ended before follow the dates of the group."""
    changes: list[Change] = []
    for live in changed.gone:
        changes += [Save(cancel(live, ledger.now), live), record_ending(live.key, live, Replaced())]
    return [*changes, *(Save(after, before) for before, after in changed.redated)]


def save_dates(
    changed: ChangedGroup, change: GroupChange, judged: Mapping[date, JudgedDate], ledger: Slice
) -> list[Change]:
    """Save the dates that stay as they were judged, and make the reservations of those that are new."""
    changes: list[Change] = []
    for day, (before, after) in changed.kept.items():
        found = judged.get(day)
        if found is None or not isinstance(found.verdict, Accept):
            changes += save_if_changed(after, before, ledger.now)
            continue
        reason = change.of_dates.override_reason
        why = before.reasons if before.outcome is Outcome.ACCEPT else ()
        booked = replace(
            after,
            status="confirmed",
            outcome=Outcome.ACCEPT,
            competes=False,
            refused_request=None,
            reasons=explain_override(reason) or why,
            policies=found.verdict.judged_by,
            warnings=found.verdict.told,
        )
        asked, old = found.asked.request, before.original_date
        record = record_verdict(booked.key, booked.id, Outcome.ACCEPT, booked.reasons, asked, found.verdict)
        own = slice_of(ledger, ledger.dates.get(old, UNKNOWN) if old is not None else UNKNOWN)
        changes += [*save_if_changed(booked, before, ledger.now), *close_change(before, own, "superseded")]
        changes.append(replace(record, judged_on=found.ledger))
    for each in changed.new:
        changes += book_date(changed.after, judged[each.original_date], ledger)
    return changes
