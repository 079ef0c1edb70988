"""Book a change of a group that an administrator allows, as the group and its dates are by then.

What was asked for is not judged again, as its times were held meanwhile. A date that ended since stays so; one that is
over stays where it was; one that was left out stays as it is booked.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from libs.contracts.values import Outcome
from services.policy.core.approvals.asking import close
from services.policy.core.approvals.question import AskedGroup, SeriesChange, SeriesDate
from services.policy.core.back_office import ReservationChange
from services.policy.core.changes import Change, Decision, Save, SaveQuestion, record_of, save_if_changed
from services.policy.core.explanations import Explanation
from services.policy.core.groups.cancel import dates_to_come, end_before, group_in
from services.policy.core.groups.changed_rows import date_after, group_after, make_own, redate, stay
from services.policy.core.groups.dates import ask_for_date, reserve
from services.policy.core.groups.planned_change import ChangedGroup
from services.policy.core.groups.request import recurrence_of
from services.policy.core.groups.saving import end_gone, save_groups
from services.policy.core.ledger import Reservation, ReservationGroup, Slice
from services.policy.core.recurrence.expand import Planned


def book_group_change(closed: SaveQuestion, change: SeriesChange, ledger: Slice, why: Explanation) -> Decision:
    """Book a group as it is asked to become; from a date on, as a group of its own, which stays approved as asked."""
    changed = _plan(change, ledger)
    if changed.since is not None:
        changed = replace(changed, after=replace(changed.after, approved=(closed.question.asked,)))
    changes: list[Change] = [*save_groups(changed, group_in(ledger)), closed, *end_gone(changed, ledger)]
    for each in change.dates:
        if each.original_date in changed.kept:
            changes += _book(*changed.kept[each.original_date], why, ledger, left_out=each.left_out)
    changes += _book_new(changed.after, (each for each in change.dates if each.was is None), why, ledger)
    return Decision(tuple(changes), note="approved")


def _plan(asked: SeriesChange, ledger: Slice) -> ChangedGroup:
    """Return what a group becomes by a change that was asked about, as its dates are now."""
    group, wanted = group_in(ledger), asked.group
    if wanted is None:
        raise LookupError("the change is of no group of the back office")
    recurrence, since = recurrence_of(wanted.rules), wanted.since
    after = group_after(group, asked.window, recurrence, _change_of(wanted), ledger.now)
    after = replace(after, materialised_until=asked.until, on_conflict=wanted.on_conflict or group.on_conflict)
    if since is not None:
        after = make_own(after, wanted.id, ledger.now)
    live, kept = dates_to_come(ledger, since), dict[date, tuple[Reservation, Reservation]]()
    for each in asked.dates:
        booked, day = live.get(each.was) if each.was is not None else None, each.original_date
        if booked is not None:
            moved = date_after(booked, group, after, day, each.window)
            kept[day] = (booked, stay(booked, group, after, day) if each.left_out else moved)
    staying = {before.id for before, _ in kept.values()}
    return ChangedGroup(
        before=group if since is None else end_before(group, since, ledger),
        after=after,
        recurrence=recurrence,
        kept=kept,
        new=[Planned(each.original_date, each.window) for each in asked.dates if each.was is None],
        gone=[each for each in live.values() if each.id not in staying],
        redated=redate(ledger, since, after, wanted.days),
        since=since,
        days=wanted.days,
    )


def _change_of(wanted: AskedGroup) -> ReservationChange:
    return ReservationChange(
        title=wanted.retitled,
        attendee_count=wanted.attendee_count,
        changes_organizer=wanted.changes_organizer,
        organizer_name=wanted.organizer_name,
        organizer_address=wanted.organizer,
    )


def _book(before: Reservation, after: Reservation, why: Explanation, ledger: Slice, *, left_out: bool) -> list[Change]:
    """Book a date as it is asked for; what is as it was before follows its group, and keeps its reasons."""
    is_pending = before.status == "pending"
    if left_out or (after.judged == before.judged and not is_pending):
        return save_if_changed(after, before, ledger.now)
    booked = replace(
        after, status="confirmed", outcome=Outcome.ACCEPT, competes=False, reasons=(why,), refused_request=None
    )
    day = before.original_date
    own = ledger.dates[day].question if day is not None else None
    superseded = [] if own is None else [close(own, "superseded", ledger.now)]
    return [*save_if_changed(booked, before, ledger.now), record_of(booked), *superseded]


def _book_new(group: ReservationGroup, dates: Iterable[SeriesDate], why: Explanation, ledger: Slice) -> list[Change]:
    """Make the reservations of dates that are new and not over; one that was left out is declined for its reasons."""
    changes: list[Change] = []
    for each in dates:
        if each.window.end <= ledger.now:
            continue
        made = reserve(group, ask_for_date(group, Planned(each.original_date, each.window), ledger.now), ledger.now)
        made = replace(made, reasons=(why,))
        if each.left_out:
            made = replace(made, status="declined", outcome=Outcome.DECLINE, reasons=each.reasons)
        changes += [Save(made, None), record_of(made)]
    return changes
