"""The verdicts on a series: on it as such, and on those of its dates that are not booked as they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from libs.contracts.values import Outcome
from services.policy.core.case import Case
from services.policy.core.changes import Record, Want, record_verdict
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import Explanation, OnDate
from services.policy.core.goals import GiveAnswer, Response
from services.policy.core.ledger import Slice
from services.policy.core.notices import Notice
from services.policy.core.policies.policy import JudgedBy
from services.policy.core.recurring.asked import (
    PlannedDate,
    asked_series,
    gone_dates,
    id_of,
    last_end_of,
    plan_dates,
    series_asked_for,
    slice_of,
)
from services.policy.core.recurring.judge import AskedDate, JudgedDate, judge_dates
from services.policy.core.request import Request
from services.policy.core.verdict import Accept, NeedsApproval, Verdict


@dataclass(frozen=True, slots=True)
class JudgedSeries:
    """The dates of a series as planned, the verdict on it as such, and the verdicts on those that are to be judged.

    An administrator may be asked about it if it `may_wait`. It `is_change` if some of its dates are booked already.
    """

    planned: Mapping[date, PlannedDate]
    as_such: Verdict
    judged: Mapping[date, JudgedDate]
    may_wait: bool
    is_change: bool

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
    def to_book(self) -> Mapping[date, PlannedDate]:
        """Return the dates that may be booked, at once or once an administrator allows it."""
        refused = {each.asked.original_date for each in self.refused}
        return {day: each for day, each in self.planned.items() if day not in refused}

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


def explain_date(judged: JudgedDate) -> list[Explanation]:
    """Return why a date cannot be booked."""
    verdict, window = judged.verdict, judged.asked.request.window
    reasons = () if isinstance(verdict, Accept) else verdict.reasons
    return [OnDate(window=window, why=each) for each in reasons if not isinstance(each, OnDate)]


def _plain(why: Explanation) -> Explanation:
    return why.why if isinstance(why, OnDate) else why


def judge_series(case: Case, *, is_fact: bool) -> JudgedSeries:
    """Judge a series as such, and every date that is not booked as it stands, on what its others leave."""
    ledger, planned = case.ledger, plan_dates(case)
    as_such = evaluate(request_as_such(case, planned, is_fact=is_fact), ledger)
    to_judge = [each for each in planned.values() if not each.is_as_booked]
    gone = [known.reservation.id for _, known in gone_dates(case, planned) if known.reservation is not None]
    # What the series was before is given up, and what is held for a change of it is asked for anew.
    whole = [each.id for each in (ledger.live, ledger.group) if each is not None]
    given_up = {*gone, *whole, *(each.live.id for each in to_judge if each.live is not None)}
    asked = [
        AskedDate(each.original_date, _request_of(each, is_fact=is_fact), id_of(each), yields=is_fact)
        for each in to_judge
    ]
    was_single = ledger.live is not None and ledger.live.is_granted
    may_wait = not is_fact and not was_single
    return JudgedSeries(planned, as_such, judge_dates(asked, ledger, given_up), may_wait, _has_booked_dates(ledger))


def _has_booked_dates(ledger: Slice) -> bool:
    dates = (slice_of(ledger, known).live for known in ledger.dates.values())
    return any(each is not None and each.is_granted for each in dates)


def request_as_such(case: Case, planned: Mapping[date, PlannedDate], *, is_fact: bool) -> Request:
    """Return what a series asks for as such, whatever its dates."""
    asked = case.fact if is_fact else case.request
    is_approved = case.ledger.is_approved(series_asked_for(case, planned))
    return replace(asked, series=asked_series(case), before=None, is_approved=is_approved)


def _request_of(planned: PlannedDate, *, is_fact: bool) -> Request:
    return planned.case.fact if is_fact else planned.case.request


def record_series(
    case: Case, found: JudgedSeries, outcome: Outcome, reasons: tuple[Explanation, ...], *, is_fact: bool
) -> Record:
    """Record what was decided about the series; a refusal by dates follows from their verdicts, not from its own."""
    asked = request_as_such(case, found.planned, is_fact=is_fact)
    record = record_verdict(case.key, None, outcome, reasons, asked, found.as_such)
    is_by_dates = bool(found.refused or found.waiting) and outcome is not Outcome.ACCEPT
    return replace(record, judged=case.judged, asked=None if is_by_dates else asked)


def answer_series(case: Case, response: Response, notice: Notice) -> Want:
    """Want the series to be answered; the answer matters until its last date is over."""
    want = case.answer(response, notice, None)
    if not isinstance(want.goal, GiveAnswer):
        return want
    return replace(want, goal=want.goal.model_copy(update={"lasts_until": last_end_of(case)}))
