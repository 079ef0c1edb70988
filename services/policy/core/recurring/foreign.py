"""Decide about a foreign series: each of its dates blocks its time, or what others leave of it, as a single event does.

Nobody asks with it, so it is not judged as a whole: no date can refuse another. What differs from what was decided is
judged by date, all in one pass. A series of which nothing could be blocked yet has no group.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, LookAgain, NoteMeeting, Save, judged_on
from services.policy.core.ending import end_reservation
from services.policy.core.explanations import NoLongerBlocks, Replaced
from services.policy.core.foreign import follow_foreign, take_time
from services.policy.core.ledger import KnownMeeting, ReservationGroup
from services.policy.core.recurring.asked import PlannedDate, gone_dates, id_of, plan_dates, slice_of
from services.policy.core.recurring.contested import leave_gone_contested
from services.policy.core.recurring.dates import case_as_judged
from services.policy.core.recurring.ending import end_series
from services.policy.core.recurring.group import group_of, save_group_if_changed
from services.policy.core.recurring.judge import AskedDate, judge_dates
from services.policy.core.standing import Standing


def decide_foreign_series(case: Case) -> Decision:
    """Decide about a series of which the room is the organizer; without its occurrences it is looked at again."""
    seen, known = replace(case.see(), judged=case.judged, standing=None, reservation_id=None), case.known
    if case.meeting.is_cancelled:
        return Decision((case.note(seen), *end_series(case.ledger, case.key, NoLongerBlocks())), note="free")
    if case.meeting.series is None:
        return Decision((LookAgain(case.new_id, case.observation.ical_uid, ()),), note="looking")
    if known.standing is Standing.DECLINED and known.is_present and known.judged == case.judged:
        return Decision((case.note(replace(seen, standing=Standing.DECLINED)),), note="unmanaged")
    before, group = case.ledger.group, group_of(case)
    changes = _decide_dates(case, group)
    if before is None and not any(isinstance(each, Save) and each.reservation.is_live for each in changes):
        return Decision((case.note(seen), *changes), note="unmanaged")
    changes = [*save_group_if_changed(group, before), *changes]
    noted = case.note(replace(seen, standing=Standing.ACCEPTED))
    return Decision((noted, *changes), note="series_imported" if changes else "agreed")


def _decide_dates(case: Case, group: ReservationGroup) -> list[Change]:
    """Return what follows for each date, and for the single event that the series was before."""
    ledger, planned = case.ledger, plan_dates(case)
    changes: list[Change] = [*end_reservation(ledger, case.key, Replaced())]
    for day, known in gone_dates(case, planned):
        changes += end_reservation(slice_of(ledger, known), replace(case.key, original_date=day), NoLongerBlocks())
    changes += leave_gone_contested(case, planned)
    asked: list[AskedDate] = []
    for each in planned.values():
        followed = follow_foreign(each.case)
        if followed is None:
            asked.append(AskedDate(each.original_date, each.case.fact, id_of(each), yields=True))
        else:
            changes += _without_old_news(followed, each)
    for day, judged in judge_dates(asked, ledger, _given_up(case, planned)).items():
        dated = case_as_judged(planned[day], judged, group)
        changes += judged_on(dated.ledger, _without_old_news(take_time(dated, judged.verdict), planned[day]))
    return changes


def _given_up(case: Case, planned: Mapping[date, PlannedDate]) -> set[UUID]:
    """Return the reservations that no longer need the time that they have."""
    gone = [known.reservation for _, known in gone_dates(case, planned)]
    left = [each.live for each in planned.values() if not _stays(each)]
    return {each.id for each in (case.ledger.live, *gone, *left) if each is not None}


def _stays(planned: PlannedDate) -> bool:
    """Whether a date needs the time that its reservation has."""
    live = planned.live
    return live is not None and live.window == planned.case.judged.window and planned.occurrence.shows_as != "free"


def _without_old_news(decided: Decision, planned: PlannedDate) -> list[Change]:
    """Return what a decision changes, without a note of what is known of the date already."""
    known = planned.known.meeting
    return [each for each in decided.changes if not (isinstance(each, NoteMeeting) and _is_known(each.meeting, known))]


def _is_known(seen: KnownMeeting, known: KnownMeeting | None) -> bool:
    return known is not None and replace(seen, last_observed_at=known.last_observed_at) == known
