"""Judge a series as a whole: one that is new, or whose pattern, time, organizer or people have changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from libs.contracts.values import Outcome
from services.policy.core.answering import decline
from services.policy.core.approvals.asking import ask_about_series
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, Record, SaveGroup, Want, record_verdict, save_if_changed
from services.policy.core.ending import end_reservation
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import Explanation, MeetingCancelled, OnDate, Replaced, is_conflict
from services.policy.core.goals import GiveAnswer, Response
from services.policy.core.holds import keep_hold_if_changed
from services.policy.core.ledger import RefusedRequest, Slice, Standing
from services.policy.core.looking import NOTHING_SHOWN, InTheWay, find_shown, look_at
from services.policy.core.notices import Notice, SeriesAwaitsApproval, SeriesBooked, SeriesDeclined, SeriesEditRefused
from services.policy.core.policies.policy import JudgedBy
from services.policy.core.policies.resolve import Asker, find_in_force
from services.policy.core.policies.series import Series
from services.policy.core.recurring.asked import (
    PlannedDate,
    asked_series,
    gone_dates,
    id_of,
    last_end_of,
    listing_of,
    plan_dates,
    series_asked_for,
    slice_of,
)
from services.policy.core.recurring.dates import book_with_series, decline_date, hold_with_series, keep_with_series
from services.policy.core.recurring.ending import decline_waiting
from services.policy.core.recurring.group import group_of
from services.policy.core.recurring.judge import AskedDate, JudgedDate, judge_dates
from services.policy.core.refused_edit import refuse_edit
from services.policy.core.request import Request
from services.policy.core.taken_over import was_accepted_before_mapping
from services.policy.core.verdict import Accept, NeedsApproval, Refuse, Verdict

MOST_LOOKED_AT = 5


@dataclass(frozen=True, slots=True)
class JudgedSeries:
    """The dates of a series as planned, the verdict on it as such, and the verdicts on those that are to be judged."""

    planned: Mapping[date, PlannedDate]
    as_such: Verdict
    judged: Mapping[date, JudgedDate]
    may_wait: bool

    @property
    def is_refused(self) -> bool:
        """Whether it cannot be booked as such, whatever its dates."""
        return not isinstance(self.as_such, Accept) and not (self.may_wait and isinstance(self.as_such, NeedsApproval))

    @property
    def refused(self) -> list[JudgedDate]:
        """Return the dates that cannot be booked, by time."""
        waits = {each.asked.original_date for each in self.waiting}
        found = [
            each
            for each in self.judged.values()
            if not isinstance(each.verdict, Accept) and each.asked.original_date not in waits
        ]
        return sorted(found, key=lambda each: each.asked.request.window.start)

    @property
    def waiting(self) -> list[JudgedDate]:
        """Return the dates that an administrator may approve."""
        return [each for each in self.judged.values() if self.may_wait and isinstance(each.verdict, NeedsApproval)]

    @property
    def needs_approval(self) -> bool:
        """Whether an administrator has to decide about it."""
        return self.may_wait and (isinstance(self.as_such, NeedsApproval) or bool(self.waiting))

    @property
    def reasons(self) -> tuple[Explanation, ...]:
        """Return everything that speaks against it, each reason with its date."""
        whole = () if isinstance(self.as_such, Accept) else self.as_such.reasons
        return (*whole, *(reason for each in self.refused for reason in explain_date(each)))

    @property
    def reasons_to_ask(self) -> tuple[Explanation, ...]:
        """Return why an administrator has to decide; what holds for every date is said of the series."""
        whole = self.as_such.reasons if isinstance(self.as_such, NeedsApproval) else ()
        dates = [each.verdict.reasons for each in self.waiting if isinstance(each.verdict, NeedsApproval)]
        is_about_all = len(dates) == len(self.judged)
        # Compared and not hashed: a rule may have parameters that have no hash.
        common = [why for why in dates[0] if all(why in each for each in dates)] if dates and is_about_all else []
        single = [why for each in self.waiting for why in explain_date(each) if _plain(why) not in common]
        return (*whole, *common, *single)

    @property
    def judged_by(self) -> tuple[JudgedBy, ...]:
        """Return every policy that judged it as such, and if dates are refused, those of its dates too.

        A policy that judged many dates is named once: as broken, if it is on any.
        """
        dates = [each.verdict for each in self.judged.values()] if self.refused else []
        found: dict[UUID, JudgedBy] = {}
        for one in (each for verdict in (self.as_such, *dates) for each in verdict.judged_by):
            if one.policy_id not in found or (found[one.policy_id].held and not one.held):
                found[one.policy_id] = one
        return tuple(found.values())


def judge_whole(case: Case) -> Decision:
    """Judge what the series asks for, and answer it; what was accepted before the mapping is only taken over."""
    is_fact = was_accepted_before_mapping(case)
    found = _judge(case, is_fact=is_fact)
    if not found.is_refused and (not found.refused or _may_skip(case, found) or is_fact):
        return _ask_for_approval(case, found) if found.needs_approval else _book(case, found, is_fact=is_fact)
    looking = look_at(case, _find_in_the_way(found))
    if looking is not None:
        return looking
    live, verdict = case.ledger.live, Refuse(found.reasons, found.as_such.warnings, found.judged_by)
    if live is not None and live.is_granted:
        return _audited(refuse_edit(case, live, verdict), case, found)
    if _is_granted(case.ledger):
        return _refuse_edit(case, found)
    waiting = decline_waiting(case.ledger, found.reasons)
    first = min((each.case.judged.window for each in found.planned.values()), key=lambda each: each.start, default=None)
    notice = SeriesDeclined(dates=len(found.planned), reasons=found.reasons)
    declined = _audited(decline(case, verdict, notice, first), case, found)
    return replace(declined, changes=(*waiting, *declined.changes))


def _find_in_the_way(found: JudgedSeries) -> InTheWay:
    """Return the meetings to look at before a series is refused: those in the way of its dates, if nothing else is.

    "This and following" cuts one series and makes another in its place, and the new one may be seen first.
    """
    if found.is_refused or not all(is_conflict(each) for each in found.reasons):
        return NOTHING_SHOWN
    shown = [find_shown(each.asked.request, each.ledger) for each in found.refused]
    in_the_way = InTheWay.together(shown)
    are_all_shown = all(each.ical_uids for each in shown) and len(in_the_way.ical_uids) <= MOST_LOOKED_AT
    return in_the_way if are_all_shown else NOTHING_SHOWN


def explain_date(judged: JudgedDate) -> list[Explanation]:
    """Return why a date cannot be booked."""
    verdict, window = judged.verdict, judged.asked.request.window
    reasons = () if isinstance(verdict, Accept) else verdict.reasons
    return [OnDate(window=window, why=each) for each in reasons if not isinstance(each, OnDate)]


def _plain(why: Explanation) -> Explanation:
    return why.why if isinstance(why, OnDate) else why


def _judge(case: Case, *, is_fact: bool) -> JudgedSeries:
    ledger, planned = case.ledger, plan_dates(case)
    as_such = evaluate(_request_as_such(case, planned, is_fact=is_fact), ledger)
    to_judge = [each for each in planned.values() if not each.is_as_booked]
    gone = [known.reservation.id for _, known in gone_dates(case, planned) if known.reservation is not None]
    single = [ledger.live.id] if ledger.live is not None else []
    given_up = {*gone, *single, *(each.live.id for each in to_judge if each.live is not None)}
    asked = [AskedDate(each.original_date, _request_of(each, is_fact=is_fact), id_of(each)) for each in to_judge]
    return JudgedSeries(planned, as_such, judge_dates(asked, ledger, given_up), not is_fact and not _is_granted(ledger))


def _is_granted(ledger: Slice) -> bool:
    """Whether anything of a series, or of the single meeting that it was, is booked: its change cannot be asked for."""
    single = ledger.live is not None and ledger.live.is_granted
    dates = (slice_of(ledger, known).live for known in ledger.dates.values())
    return single or any(each is not None and each.is_granted for each in dates)


def _request_as_such(case: Case, planned: Mapping[date, PlannedDate], *, is_fact: bool) -> Request:
    asked = case.fact if is_fact else case.request
    is_approved = case.ledger.is_approved(series_asked_for(case, planned))
    return replace(asked, series=asked_series(case), before=None, is_approved=is_approved)


def _request_of(planned: PlannedDate, *, is_fact: bool) -> Request:
    return planned.case.fact if is_fact else planned.case.request


def _may_skip(case: Case, found: JudgedSeries) -> bool:
    """Whether the dates that cannot be booked are left out, by the policy of kind `series` that is in force."""
    if len(found.refused) == len(found.planned):
        return False
    policies = [each for each in case.ledger.policies if isinstance(each.rule, Series)]
    day = case.judged.window.start.astimezone(ZoneInfo(case.ledger.space.time_zone)).date()
    in_force = find_in_force(policies, Asker(case.judged.organizer, "outlook"), day)
    return any(isinstance(each.rule, Series) and each.rule.on_conflict == "skip_conflicts" for each in in_force)


def _book(case: Case, found: JudgedSeries, *, is_fact: bool) -> Decision:
    """Book the series: its dates, or those that can be booked; what it no longer has, and what it was before, ends."""
    group, ledger = group_of(case), case.ledger
    changes: list[Change] = [SaveGroup(group), *end_reservation(ledger, case.key, Replaced())]
    for day, known in gone_dates(case, found.planned):
        key = replace(case.key, original_date=day)
        changes += end_reservation(slice_of(ledger, known), key, MeetingCancelled())
    for day, each in found.planned.items():
        judged = found.judged.get(day)
        match judged.verdict if judged is not None else None:
            case Accept() as verdict if judged is not None:
                changes += book_with_series(each, judged, verdict, group)
            case NeedsApproval() | Refuse() as verdict if judged is not None and not is_fact:
                changes += decline_date(each, judged, verdict, group)
            case None:
                changes += keep_with_series(each)
    warnings = (*found.as_such.warnings, *(each for one in found.judged.values() for each in _warnings_of(one)))
    notice = SeriesBooked(
        dates=len(found.planned) - len(found.refused),
        until=listing_of(case).listed_until,
        skipped=tuple(reason for each in found.refused for reason in explain_date(each)),
        warnings=warnings,
    )
    # The answer to the series comes before those to single dates: it covers all that it finds unanswered.
    return Decision(
        (
            replace(_answer(case, "accepted", notice), is_shown=is_fact),
            *changes,
            _record(case, found, Outcome.ACCEPT, (), is_fact=is_fact),
            case.note_standing(Standing.ACCEPTED, None),
        ),
        note="series_taken_over" if is_fact else "series_accepted",
    )


def _ask_for_approval(case: Case, found: JudgedSeries) -> Decision:
    """Hold the dates of the series, or those that can be booked, and ask about all of them at once."""
    group, ledger, reasons = group_of(case), case.ledger, found.reasons_to_ask
    changes: list[Change] = [SaveGroup(group), *end_reservation(ledger, case.key, Replaced())]
    for day, known in gone_dates(case, found.planned):
        key = replace(case.key, original_date=day)
        changes += end_reservation(slice_of(ledger, known), key, MeetingCancelled())
    for day, each in found.planned.items():
        judged = found.judged[day]
        if isinstance(judged.verdict, Refuse):
            changes += decline_date(each, judged, judged.verdict, group)
        else:
            changes += hold_with_series(each, judged, group)
    refused = {each.asked.original_date for each in found.refused}
    held = {day: each for day, each in found.planned.items() if day not in refused}
    asked, question = ask_about_series(group, series_asked_for(case, held), reasons, ledger)
    notice = SeriesAwaitsApproval(
        dates=len(held), until=listing_of(case).listed_until, reasons=reasons, deadline=question.deadline_at
    )
    return Decision(
        (
            _answer(case, "tentativelyAccepted", notice),
            *changes,
            *asked,
            _record(case, found, Outcome.TENTATIVE, reasons, is_fact=False),
            case.note_standing(Standing.AWAITS_APPROVAL, None),
        ),
        note="series_awaits_approval",
    )


def _refuse_edit(case: Case, found: JudgedSeries) -> Decision:
    """Keep the series as it was, and have holds show its dates as they are booked.

    A date that is not changed needs one as well: the answer to the series makes it tentative, or takes it away.
    """
    is_declined = case.ledger.space.refused_edit == "decline"
    changes: list[Change] = []
    for day, known in case.ledger.dates.items():
        ledger = slice_of(case.ledger, known)
        live, each = ledger.live, found.planned.get(day)
        if live is None:
            continue
        asked = each.case.judged if each is not None else case.judged
        before = live.refused_request
        at = before.at if before is not None and before.window == asked.window else case.now
        refused = RefusedRequest(
            window=asked.window, people=asked.people, reasons=found.reasons, at=at, leaves_out=each is None
        )
        kept = replace(live, refused_request=refused, kept_without_invitation=is_declined)
        changes += save_if_changed(kept, live, case.now)
        changes += keep_hold_if_changed(kept, ledger)
    outcome = Outcome.DECLINE if is_declined else Outcome.TENTATIVE
    standing = Standing.DECLINED if is_declined else Standing.PROPOSES_ORIGINAL
    notice = SeriesEditRefused(dates=len(found.planned), reasons=found.reasons)
    return Decision(
        (
            *changes,
            _record(case, found, outcome, found.reasons, is_fact=False),
            case.note_standing(standing, None),
            _answer(case, "declined" if is_declined else "tentativelyAccepted", notice),
        ),
        note="series_edit_refused",
    )


def _record(
    case: Case, found: JudgedSeries, outcome: Outcome, reasons: tuple[Explanation, ...], *, is_fact: bool
) -> Record:
    """Record what was decided about the series; a refusal by dates follows from their verdicts, not from its own."""
    asked = _request_as_such(case, found.planned, is_fact=is_fact)
    record = record_verdict(case.key, None, outcome, reasons, asked, found.as_such)
    is_by_dates = bool(found.refused or found.waiting) and outcome is not Outcome.ACCEPT
    return replace(record, judged=case.judged, asked=None if is_by_dates else asked)


def _audited(decision: Decision, case: Case, found: JudgedSeries) -> Decision:
    """Return a refusal of a series with an entry in the audit that is about the series, not about a single meeting."""
    asked = None if found.refused else _request_as_such(case, found.planned, is_fact=False)
    changes = [
        replace(each, asked=asked) if isinstance(each, Record) and each.asked == case.request else each
        for each in decision.changes
    ]
    return replace(decision, changes=tuple(changes))


def _answer(case: Case, response: Response, notice: Notice) -> Want:
    """Want the series to be answered; the answer matters until its last date is over."""
    want = case.answer(response, notice, None)
    if not isinstance(want.goal, GiveAnswer):
        return want
    return replace(want, goal=want.goal.model_copy(update={"lasts_until": last_end_of(case)}))


def _warnings_of(judged: JudgedDate) -> list[Explanation]:
    window = judged.asked.request.window
    return [OnDate(window=window, why=each) for each in judged.verdict.warnings if not isinstance(each, OnDate)]
