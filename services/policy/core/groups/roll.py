"""Roll a group forward: add the dates that have come into view as time passed.

Nobody waits for an answer, so a date that cannot be booked by then is left out: it is declined in the ledger, and told.
"""

from collections.abc import Iterable
from dataclasses import replace

from services.policy.core.approvals.asking import ask
from services.policy.core.approvals.question import AskedFor
from services.policy.core.changes import Change, Decision, Save, SaveGroup
from services.policy.core.groups.dates import ask_for_date, book_dates
from services.policy.core.groups.decide import PlannedGroup
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.recurrence.expand import Planned
from services.policy.core.recurring.judge import AskedDate, judge_dates
from services.policy.core.recurring.judged import JudgedSeries
from services.policy.core.verdict import Accept


def new_dates(planned: PlannedGroup, ledger: Slice) -> list[Planned]:
    """Return the dates of a group that are to be booked by now and never had a reservation."""
    return [each for each in planned.plan.dates if each.original_date not in ledger.dates]


def roll_group(planned: PlannedGroup, ledger: Slice) -> Decision:
    """Book the dates of a group that have come into view; none as long as an administrator is asked about it."""
    group, until = planned.group, planned.plan.booked_until
    if ledger.question is not None or group.status != "confirmed":
        return Decision(note="not_rolled")
    asked = [_ask(planned, each, ledger) for each in new_dates(planned, ledger)]
    found = JudgedSeries({}, Accept(), judge_dates(asked, ledger, ()), may_wait=False, is_change=False)
    booked = book_dates(group, found, ledger)
    if not booked and until == group.materialised_until:
        return Decision()
    rolled = replace(group, materialised_until=until, version=group.version + 1, updated_at=ledger.now)
    return Decision((SaveGroup(rolled), *booked, *_ask_about(booked, ledger)), note="group_rolled")


def _ask(planned: PlannedGroup, date: Planned, ledger: Slice) -> AskedDate:
    """Return what a new date asks for; an approval of its group holds for it as long as the rules are the same."""
    group, asked = planned.group, ask_for_date(planned.group, date, ledger.now)
    more = AskedFor(
        window=date.window, organizer=group.organizer_address, people=group.attendee_count, pattern=group.rules
    )
    return replace(asked, request=replace(asked.request, is_approved=ledger.is_approved(more)))


def _ask_about(booked: Iterable[Change], ledger: Slice) -> list[Change]:
    """Ask about each date that is pending by itself."""
    alone = replace(ledger, question=None)
    return [each for pending in _pending(booked) for each in ask(pending, pending.reasons, alone)[0]]


def _pending(booked: Iterable[Change]) -> list[Reservation]:
    saved = (each.reservation for each in booked if isinstance(each, Save))
    return [each for each in saved if each.status == "pending"]
