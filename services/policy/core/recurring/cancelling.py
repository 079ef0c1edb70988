"""Cancel several dates of a series in Outlook for the back office: all of them, or one date and those after it.

All or nothing: policies are asked about each date, and one that comes too late refuses all. A series that loses every
date that is to come is declined once, as a series. Of one that keeps some, each date is declined by itself, because a
response is about one date or about all. The organizer reads one text all the same, with the first of these dates: the
other responses have none, so that Outlook can file them by itself. They are sent, since the organizer's calendar would
show the room as accepted on these dates otherwise.

Source: https://learn.microsoft.com/graph/api/event-decline (comment, sendResponse),
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal/ (sections 3.1.4.8.4, 3.1.4.8.5.2)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Outcome
from services.policy.core.back_office import CancellationRequest, Denied, Granted, Ruling, cancel_as_asked
from services.policy.core.changes import Change, Decision, Record, Save, SaveGroup, record_verdict
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import CancelledByAdministrator, OnDate, TimeNotChangeable
from services.policy.core.holds import drop_hold
from services.policy.core.invited import answer_known_invitation, take_room_off
from services.policy.core.ledger import Reservation, ReservationGroup, Slice
from services.policy.core.notices import SaidOnce, SeriesTakenAway
from services.policy.core.recurring.ending import decline_known_series
from services.policy.core.recurring.known import slice_of_booked
from services.policy.core.request import request_of_cancellation
from services.policy.core.standing import Standing
from services.policy.core.verdict import Accept


@dataclass(frozen=True, slots=True)
class DateToCancel:
    """One date of a series that is to be cancelled, and the slice of the ledger for it alone."""

    original_date: date
    live: Reservation
    ledger: Slice


def decide_series_cancellation(before: Reservation, wanted: CancellationRequest, ledger: Slice) -> Ruling:
    """Decide about a cancellation of several dates, of which `before` is one; `ledger` is the slice of its series.

    What is over stays, and what is cancelled already is. Nothing follows where nothing is left to cancel.
    """
    group, since = ledger.group, before.original_date
    if group is None or group.id != before.group_id or since is None:
        return Granted(before)
    live = _live_dates(ledger)
    chosen = [each for each in live if wanted.scope == "all" or each.original_date >= since]
    reasons = [
        OnDate(window=each.live.window, why=TimeNotChangeable(why="being_moved"))
        for each in chosen
        if each.live.moving_from is not None
    ]
    if reasons:
        return Denied(tuple(reasons))
    records: list[Record] = []
    for each in chosen:
        record, refused = _judge(each, wanted)
        records.append(record)
        reasons += refused
    if reasons:
        refusal = Record(before.key, before.id, Outcome.DECLINE, tuple(reasons), before.judged, records[0].policies)
        return Denied(tuple(reasons), Decision((refusal,), note="refused"))
    is_whole = len(chosen) == len(live)
    told = SeriesTakenAway(
        comment=wanted.comment, dates=len(chosen), since=None if is_whole or not chosen else chosen[0].live.starts_at
    )
    changes = _end_all(chosen, records, wanted)
    if is_whole and live:
        changes += _end_series(group, ledger, told)
    else:
        changes += [*_decline_each(chosen, told), *_take_no_later(group, since, ledger)]
    saved = {each.reservation.id: each.reservation for each in changes if isinstance(each, Save)}
    return Granted(
        saved.get(before.id, before), Decision(tuple(changes), note="dates_cancelled" if changes else "nothing")
    )


def _live_dates(ledger: Slice) -> list[DateToCancel]:
    """Return the dates that are booked or wait and are not over, in their order."""
    found = ((day, slice_of_booked(ledger, known)) for day, known in sorted(ledger.dates.items()))
    return [DateToCancel(day, each.live, each) for day, each in found if each.live is not None]


def _judge(each: DateToCancel, wanted: CancellationRequest) -> tuple[Record, list[OnDate]]:
    """Judge the cancellation of one date; return the entry for the audit, and what speaks against it."""
    live, is_overridden = each.live, wanted.override_reason is not None
    asked = request_of_cancellation(live, wanted.channel, wanted.roles, is_overridden=is_overridden)
    verdict = evaluate(asked, each.ledger)
    why = CancelledByAdministrator(comment=wanted.comment)
    record = record_verdict(live.key, live.id, "cancelled", (why,), asked, verdict)
    refused = () if isinstance(verdict, Accept) else verdict.reasons
    return replace(record, judged_on=each.ledger), [
        OnDate(window=live.window, why=reason) for reason in refused if not isinstance(reason, OnDate)
    ]


def _end_all(chosen: Sequence[DateToCancel], records: Sequence[Record], wanted: CancellationRequest) -> list[Change]:
    changes: list[Change] = []
    for each, record in zip(chosen, records, strict=True):
        after = cancel_as_asked(each.live, wanted, each.ledger.now, record)
        changes += [Save(after, each.live), record, *drop_hold(each.ledger)]
    return changes


def _end_series(group: ReservationGroup, ledger: Slice, told: SeriesTakenAway) -> list[Change]:
    """End the group, and have the series declined once, off the organizer's own event where that may be edited."""
    ended = replace(group, status="cancelled", version=group.version + 1, updated_at=ledger.now)
    if group.ical_uid is None:
        return [SaveGroup(ended)]
    declined = decline_known_series(ledger, MeetingKey(group.space_id, group.ical_uid), told)
    return [SaveGroup(ended), *take_room_off(declined, ledger)]


def _decline_each(chosen: Sequence[DateToCancel], told: SeriesTakenAway) -> list[Change]:
    """Have each date declined by itself; the first answer says what the others do not."""
    changes: list[Change] = []
    for number, each in enumerate(chosen):
        notice = told if number == 0 else SaidOnce()
        declined = answer_known_invitation(each.live, each.ledger, Standing.DECLINED, notice)
        changes += take_room_off(declined, each.ledger)
    return changes


def _take_no_later(group: ReservationGroup, since: date, ledger: Slice) -> list[Change]:
    """Have the dates declined that come into view later, of a series that goes on beyond what is booked."""
    is_room_owned = ledger.meeting is not None and ledger.meeting.shown_answer == Answer.ORGANIZER
    is_known = group.taken_away_from is not None and group.taken_away_from <= since
    if group.materialised_until is None or is_known or is_room_owned:
        return []
    return [SaveGroup(replace(group, taken_away_from=since, version=group.version + 1, updated_at=ledger.now))]
