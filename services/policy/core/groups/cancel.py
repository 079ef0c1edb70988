"""Cancel a group, or what is to come of it from a date on; what is over stays as it was.

Policies may refuse a cancellation that comes too late. One date that is refused refuses all of it. A change of the
group that an administrator is asked about is asked for no more.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from libs.contracts.values import Outcome
from services.policy.core.approvals.asking import close
from services.policy.core.back_office import CancellationRequest, cancel_as_asked
from services.policy.core.changes import Change, Decision, Record, Save, SaveGroup, record_verdict
from services.policy.core.ending import cancel, record_ending
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import CancelledByAdministrator
from services.policy.core.groups.dates import key_of
from services.policy.core.groups.decide import GroupDenied, GroupGranted, GroupRuling
from services.policy.core.groups.request import recurrence_of
from services.policy.core.ledger import Reservation, ReservationGroup, Slice
from services.policy.core.recurrence.graph import as_graph
from services.policy.core.recurrence.part import cut_before
from services.policy.core.recurrence.rule import InvalidRecurrence
from services.policy.core.recurrence.stored import as_text
from services.policy.core.recurring.asked import slice_of
from services.policy.core.recurring.judge import AskedDate, JudgedDate
from services.policy.core.recurring.judged import explain_date
from services.policy.core.request import request_of_cancellation
from services.policy.core.verdict import Accept


def cancel_group(ledger: Slice, wanted: CancellationRequest, since: date | None) -> GroupRuling:
    """Decide about cancelling the slice's group from a date on; all of it without one, or if no date is before it."""
    group = group_in(ledger)
    judged = {day: _judge(day, live, wanted, ledger) for day, live in dates_to_come(ledger, since).items()}
    late = [each for each in judged.values() if not isinstance(each.verdict, Accept)]
    if late:
        reasons = tuple(reason for each in late for reason in explain_date(each))
        record = Record(key_of(group), None, Outcome.DECLINE, reasons, late[0].asked.request.judged)
        return GroupDenied(
            reasons, Decision((record,), note="refused"), {each.asked.original_date: each for each in late}
        )
    changes: list[Change] = [change for each in judged.values() for change in _end(each, wanted)]
    if ledger.question is not None and ledger.question.change is not None:
        changes.append(close(ledger.question, "withdrawn", ledger.now))
    after = end_before(group, since, ledger)
    if after != group:
        changes.append(SaveGroup(after))
    return GroupGranted(
        after, Outcome.ACCEPT, Decision(tuple(changes), note="group_cancelled" if changes else "nothing")
    )


def take_away_group(ledger: Slice, comment: str) -> Decision:
    """Cancel all that is to come of the slice's group, whatever the policies say."""
    why = CancelledByAdministrator(comment=comment)
    changes: list[Change] = []
    for live in dates_to_come(ledger, None).values():
        changes += [Save(cancel(live, ledger.now), live), record_ending(live.key, live, why)]
    after = end_before(group_in(ledger), None, ledger)
    return Decision((*changes, SaveGroup(after)), note="group_cancelled")


def group_in(ledger: Slice) -> ReservationGroup:
    """Return the group that a slice is about. Raises LookupError without one of the back office."""
    if ledger.group is None or ledger.group.rules is None:
        raise LookupError("the slice is about no group of the back office")
    return ledger.group


def dates_to_come(ledger: Slice, since: date | None) -> Mapping[date, Reservation]:
    """Return the live reservations of a group that are not over, from a date on."""
    found = ((day, slice_of(ledger, known).live) for day, known in sorted(ledger.dates.items()))
    return {day: live for day, live in found if live is not None and (since is None or day >= since)}


def end_before(group: ReservationGroup, since: date | None, ledger: Slice) -> ReservationGroup:
    """Return the group without any date from that day on; cancelled if none is left, and as it was if it has none."""
    ended = replace(group, materialised_until=None, version=group.version + 1, updated_at=ledger.now)
    if since is None:
        return group if group.status == "cancelled" else replace(ended, status="cancelled")
    try:
        left = cut_before(recurrence_of(group.rules), since)
    except InvalidRecurrence:
        return group if group.status == "cancelled" else replace(ended, status="cancelled")
    if as_text(left) == group.rules:
        return group
    return replace(ended, rules=as_text(left), recurrence=as_graph(left, group.time_zone) or {})


def _judge(day: date, live: Reservation, wanted: CancellationRequest, ledger: Slice) -> JudgedDate:
    is_overridden = wanted.override_reason is not None
    asked = request_of_cancellation(live, wanted.channel, wanted.roles, is_overridden=is_overridden)
    own = replace(ledger, reservation=live, dates={}, group=None)
    return JudgedDate(AskedDate(day, asked, live.id), evaluate(asked, own), own)


def _end(judged: JudgedDate, wanted: CancellationRequest) -> list[Change]:
    live, ledger, verdict = judged.ledger.reservation, judged.ledger, judged.verdict
    if live is None:
        return []
    why = CancelledByAdministrator(comment=wanted.comment)
    record = record_verdict(live.key, live.id, "cancelled", (why,), judged.asked.request, verdict)
    return [Save(cancel_as_asked(live, wanted, ledger.now, record), live), replace(record, judged_on=ledger)]
