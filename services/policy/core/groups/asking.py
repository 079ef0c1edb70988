"""Ask administrators about a change of a group: one question with all of its dates, beside what is booked.

No date is changed before that is approved. The times that are asked for, and that the group does not have yet, are held
in the ledger as for a series from Outlook; Outlook shows what is booked.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from libs.contracts.values import Outcome, Window
from services.policy.core.approvals.asking import ask_about_change_of_series
from services.policy.core.approvals.question import AskedFor, AskedGroup, Question, SeriesChange, SeriesDate
from services.policy.core.back_office import ReservationChange
from services.policy.core.changes import Change, Decision, Record, save_if_changed
from services.policy.core.explanations import Explanation
from services.policy.core.groups.cancel import group_in
from services.policy.core.groups.dates import key_of
from services.policy.core.groups.decide import GroupGranted
from services.policy.core.groups.planned_change import ChangedGroup, GroupChange
from services.policy.core.ledger import Judged, Reservation, Slice
from services.policy.core.recurring.asked import UNKNOWN, slice_of
from services.policy.core.recurring.judged import JudgedSeries
from services.policy.core.requested_change import close_change
from services.policy.core.verdict import Refuse


def ask_about_group(changed: ChangedGroup, change: GroupChange, found: JudgedSeries, ledger: Slice) -> GroupGranted:
    """Ask about a change of a group; a date that cannot be booked says so at once, and stays as it is."""
    group, reasons = group_in(ledger), found.reasons_to_ask
    wanted = _describe(changed, change, found)
    asked = _asked_for(changed, wanted)
    saved, _ = ask_about_change_of_series(asked, wanted, reasons, ledger)
    judged = Judged(window=asked.window, organizer=asked.organizer, people=asked.people, pattern=asked.pattern)
    record = Record(key_of(group), None, Outcome.TENTATIVE, reasons, judged, found.judged_by)
    changes = (*_keep_dates(changed, found, ledger), *saved, record)
    decision = Decision(changes, note="change_awaits_approval")
    return GroupGranted(group, Outcome.TENTATIVE, decision, found.judged, reasons=reasons)


def is_asked_about(booked: Reservation, change: ReservationChange, question: Question) -> bool:
    """Whether what a change names of a date is asked about with its group: all that rules look at, unless left out."""
    dates = question.change.dates if question.change is not None else ()
    waits = any(each.booked_as == booked.original_date and not each.left_out for each in dates)
    return waits and booked.is_live and change.is_judged


def _keep_dates(changed: ChangedGroup, found: JudgedSeries, ledger: Slice) -> list[Change]:
    """Keep what is booked; a question about the change of one date alone gives way to that about all."""
    changes: list[Change] = []
    for day, (before, after) in changed.kept.items():
        judged = found.judged.get(day)
        if judged is None:
            continue
        if isinstance(judged.verdict, Refuse):
            changes += save_if_changed(replace(before, refused_request=after.refused_request), before, ledger.now)
        else:
            changes += close_change(before, _slice_of(before, ledger), "superseded")
    for live in changed.gone:
        changes += close_change(live, _slice_of(live, ledger), "superseded")
    return changes


def _slice_of(booked: Reservation, ledger: Slice) -> Slice:
    known = ledger.dates.get(booked.original_date, UNKNOWN) if booked.original_date is not None else UNKNOWN
    return slice_of(ledger, known)


def _describe(changed: ChangedGroup, change: GroupChange, found: JudgedSeries) -> SeriesChange:
    """Return what the group is to become, beside what stays booked meanwhile."""
    after, wanted = changed.after, change.of_dates
    refused = {each.asked.original_date: each.verdict for each in found.refused}
    whys = {day: verdict.reasons for day, verdict in refused.items() if isinstance(verdict, Refuse)}
    booked = [*(before for before, _ in changed.kept.values()), *changed.gone]
    return SeriesChange(
        recurrence=dict(after.recurrence),
        time_zone=after.time_zone,
        window=after.window,
        until=after.materialised_until,
        dates=(*_kept_dates(changed, whys), *_new_dates(changed, whys)),
        booked=tuple(sorted((each.window for each in booked if each.is_granted), key=lambda each: each.start)),
        group=AskedGroup(
            id=after.id,
            since=changed.since,
            days=changed.days,
            rules=after.rules or "",
            retitled=wanted.title,
            attendee_count=wanted.attendee_count,
            changes_organizer=wanted.changes_organizer,
            organizer=wanted.organizer_address,
            organizer_name=wanted.organizer_name,
            on_conflict=change.on_conflict,
        ),
    )


def _kept_dates(changed: ChangedGroup, refused: Collection[date]) -> list[SeriesDate]:
    return [
        SeriesDate(
            original_date=day,
            window=after.window,
            people=after.attendee_count,
            left_out=day in refused,
            was=before.original_date,
        )
        for day, (before, after) in sorted(changed.kept.items())
    ]


def _new_dates(changed: ChangedGroup, refused: dict[date, tuple[Explanation, ...]]) -> list[SeriesDate]:
    people = changed.after.attendee_count
    return [
        SeriesDate(
            original_date=each.original_date,
            window=each.window,
            people=people,
            left_out=each.original_date in refused,
            reasons=refused.get(each.original_date, ()),
        )
        for each in changed.new
    ]


def _asked_for(changed: ChangedGroup, wanted: SeriesChange) -> AskedFor:
    """Return what an administrator is asked to allow: every date that is not left out, and later ones."""
    windows: tuple[Window, ...] = wanted.windows
    return AskedFor(
        window=windows[0],
        organizer=changed.after.organizer_address,
        people=max(each.people for each in wanted.dates if not each.left_out),
        dates=windows,
        pattern=changed.after.rules,
        names_organizer=changed.after.organizer_address != changed.before.organizer_address,
        organizer_name=changed.after.organizer_name,
    )
