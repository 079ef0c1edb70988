"""Decide about a new group: its dates are judged in one pass, each on what those before it leave.

One date that cannot be booked refuses all, or by `on_conflict` is left out: then it is in the ledger as a declined
reservation, with its reasons. What needs approval is asked about once, with all of its dates, and held meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from libs.contracts.keys import ReservationKey
from libs.contracts.values import Outcome
from services.policy.core.approvals.asking import ask_about_series
from services.policy.core.approvals.question import AskedFor
from services.policy.core.changes import NOTHING, Change, Decision, Record, SaveGroup, record_verdict
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import Explanation, IsOver
from services.policy.core.groups.dates import ask_for_date, book_dates, key_of, request_of
from services.policy.core.groups.plan import Plan, asked_series
from services.policy.core.groups.request import GroupRequest
from services.policy.core.ledger import OnConflict, ReservationGroup, Slice
from services.policy.core.policies.resolve import Asker, find_in_force
from services.policy.core.policies.series import Series
from services.policy.core.recurrence.graph import as_graph
from services.policy.core.recurrence.rule import Recurrence
from services.policy.core.recurrence.stored import as_text
from services.policy.core.recurring.judge import JudgedDate, judge_dates
from services.policy.core.recurring.judged import JudgedSeries
from services.policy.core.request import Request
from services.policy.core.verdict import Accept


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """A group as it is asked for: its row, how it recurs, and its dates that are to be booked now."""

    group: ReservationGroup
    recurrence: Recurrence
    plan: Plan

    @property
    def key(self) -> ReservationKey:
        """Return the key of the group as a whole."""
        return key_of(self.group)


@dataclass(frozen=True, slots=True)
class GroupGranted:
    """The group as it stands once the decision is applied. `left_out` are the dates of it that cannot be booked."""

    group: ReservationGroup
    outcome: Outcome
    decision: Decision = NOTHING
    judged: Mapping[date, JudgedDate] | None = None
    warnings: tuple[Explanation, ...] = ()
    reasons: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupDenied:
    """Every reason against what is asked for, each with its date, and the verdict on each date that was judged."""

    reasons: tuple[Explanation, ...]
    decision: Decision = NOTHING
    judged: Mapping[date, JudgedDate] | None = None
    warnings: tuple[Explanation, ...] = ()


GroupRuling = GroupGranted | GroupDenied


def plan_group(request: GroupRequest, recurrence: Recurrence, plan: Plan, new_id: UUID, now: datetime) -> PlannedGroup:
    """Return the group that a request asks for."""
    group = ReservationGroup(
        id=new_id,
        space_id=request.space_id,
        ical_uid=None,
        origin=request.origin,
        status="confirmed",
        recurrence=as_graph(recurrence, request.time_zone or "UTC") or {},
        time_zone=request.time_zone or "UTC",
        starts_at=request.start,
        ends_at=request.end,
        materialised_until=plan.booked_until,
        version=1,
        created_at=now,
        updated_at=now,
        rules=as_text(recurrence),
        title=request.title,
        organizer_name=request.organizer_name,
        organizer_address=request.organizer_address,
        attendee_count=request.attendee_count,
        on_conflict=request.on_conflict,
        override_reason=request.override_reason,
        roles=request.roles,
    )
    return PlannedGroup(group, recurrence, plan)


def decide_group(planned: PlannedGroup, ledger: Slice) -> GroupRuling:
    """Decide about a request for a new group."""
    group = planned.group
    if group.ends_at <= ledger.now:
        return GroupDenied((IsOver(end=group.ends_at),))
    group = replace(group, on_conflict=group.on_conflict or _find_on_conflict(group, ledger))
    found = judge_group(planned, ledger)
    may_skip = group.on_conflict == "skip_conflicts" and len(found.refused) < len(found.judged)
    warnings = _warnings_of(found)
    if found.is_refused or not found.judged or (found.refused and not may_skip):
        record = _record(planned, found, Outcome.DECLINE, found.reasons)
        return GroupDenied(found.reasons, Decision((record,), note="refused"), found.judged, warnings)
    outcome = Outcome.TENTATIVE if found.needs_approval else Outcome.ACCEPT
    changes: list[Change] = [SaveGroup(group), *book_dates(group, found, ledger)]
    reasons: tuple[Explanation, ...] = ()
    if found.needs_approval:
        reasons = found.reasons_to_ask
        asked, _ = ask_about_series(group, _asked_for(planned, found), reasons, ledger)
        changes += asked
    changes.append(_record(planned, found, outcome, reasons))
    return GroupGranted(
        group, outcome, Decision(tuple(changes), note="group_" + outcome), found.judged, warnings, reasons
    )


def judge_group(planned: PlannedGroup, ledger: Slice) -> JudgedSeries:
    """Judge a group as such, and each of its planned dates."""
    as_such = evaluate(_request_as_such(planned), ledger)
    asked = [ask_for_date(planned.group, each, ledger.now) for each in planned.plan.dates]
    return JudgedSeries({}, as_such, judge_dates(asked, ledger, ()), may_wait=True, is_change=False)


def _request_as_such(planned: PlannedGroup) -> Request:
    asked = request_of(planned.group, planned.group.window)
    return replace(asked, series=asked_series(planned.recurrence))


def _asked_for(planned: PlannedGroup, found: JudgedSeries) -> AskedFor:
    """Return what an administrator is asked to allow: every date that is held, and the pattern of later ones."""
    refused = {each.asked.original_date for each in found.refused}
    dates = [each.window for each in planned.plan.dates if each.original_date not in refused]
    group = planned.group
    return AskedFor(
        window=dates[0],
        organizer=group.organizer_address,
        people=group.attendee_count,
        dates=tuple(dates),
        pattern=group.rules,
    )


def _record(planned: PlannedGroup, found: JudgedSeries, outcome: Outcome, reasons: tuple[Explanation, ...]) -> Record:
    """Record what was decided about the group; what follows from verdicts on its dates does not from its own."""
    asked = _request_as_such(planned)
    record = record_verdict(planned.key, None, outcome, reasons, asked, found.as_such)
    is_by_dates = bool(found.refused or found.waiting) and outcome is not Outcome.ACCEPT
    return replace(record, asked=None if is_by_dates else asked)


def _find_on_conflict(group: ReservationGroup, ledger: Slice) -> OnConflict:
    """Return what the policies of kind `series` that are in force say about dates that cannot be booked."""
    policies = [each for each in ledger.policies if isinstance(each.rule, Series)]
    day = group.starts_at.astimezone(ZoneInfo(ledger.space.time_zone)).date()
    in_force = find_in_force(policies, Asker(group.organizer_address, group.origin, group.roles), day)
    skips = (isinstance(each.rule, Series) and each.rule.on_conflict == "skip_conflicts" for each in in_force)
    return "skip_conflicts" if any(skips) else "all_or_nothing"


def _warnings_of(found: JudgedSeries) -> tuple[Explanation, ...]:
    """Return what is only told, each once."""
    kept: list[Explanation] = []
    for verdict in (found.as_such, *(each.verdict for each in found.judged.values())):
        told = verdict.told if isinstance(verdict, Accept) else verdict.warnings
        kept += [why for why in told if why not in kept]
    return tuple(kept)
