"""Decide a question about a change of a booked series: book all of it as asked, or leave the series as it is booked.

What was asked for is not judged again, as its times were held meanwhile. A date that was left out, because it cannot be
booked, stays as it is until the calendar is read the next time: then it is decided by itself.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import uuid5

from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.values import Outcome
from services.policy.core.approvals.asking import close, find_due
from services.policy.core.approvals.question import Question, SeriesChange, SeriesDate
from services.policy.core.changes import (
    Change,
    Decision,
    LookAgain,
    NoteMeeting,
    Record,
    Save,
    SaveGroup,
    SaveQuestion,
    record_of,
    save_if_changed,
    succeed_past,
)
from services.policy.core.ending import end_reservation
from services.policy.core.explanations import Explanation, MeetingCancelled
from services.policy.core.holds import drop_hold
from services.policy.core.invited import answer_known_series
from services.policy.core.ledger import Judged, KnownDate, Reservation, ReservationGroup, Slice
from services.policy.core.notices import SeriesApproved
from services.policy.core.recurring.asked import UNKNOWN, slice_of
from services.policy.core.standing import Standing


def book_change(closed: SaveQuestion, change: SeriesChange, ledger: Slice, why: Explanation) -> Decision:
    """Book a series as it is asked to become. A date that it no longer has ends; one that is over stays as it was."""
    left_out = {each.original_date for each in change.dates if each.left_out}
    asked = [each for each in change.dates if not each.left_out and each.window.end > ledger.now]
    kept = left_out | {each.original_date for each in asked}
    changes: list[Change] = [SaveGroup(_group_of(ledger, change)), closed]
    for day, known in ledger.dates.items():
        own = slice_of(ledger, known)
        if day not in kept and own.live is not None:
            changes += end_reservation(own, own.live.key, MeetingCancelled())
    like = _find_like(ledger)
    for each in asked:
        changes += _book_date(closed.question, each, ledger, replace(like, reasons=(why,)))
    notice = SeriesApproved(dates=len(asked), why=why, until=change.until)
    return Decision((*changes, *answer_known_series(ledger, Standing.ACCEPTED, notice)), note="approved")


def leave_series(closed: SaveQuestion, ledger: Slice, reasons: tuple[Explanation, ...]) -> Decision:
    """Leave a series as it is booked; its meeting is looked at, and its change is refused by what it is then.

    Of a group of the back office there is none, and nothing more to do; nor does Outlook show what the back office
    asks.
    """
    question, meeting, group = closed.question, ledger.meeting, ledger.group
    if group is None:
        return Decision((closed,), note="change_rejected")
    asked = question.asked
    judged = Judged(
        window=asked.window, organizer=asked.organizer, people=asked.people, is_series=True, pattern=asked.pattern
    )
    if group.ical_uid is None or meeting is None or question.moves is not None:
        own = Record(ReservationKey(ledger.space.id, group.id), None, Outcome.DECLINE, reasons, judged)
        return Decision((closed, own), note="change_rejected")
    key = MeetingKey(ledger.space.id, group.ical_uid)
    record = Record(key, None, Outcome.DECLINE, reasons, judged)
    unjudged = NoteMeeting(key, replace(meeting, standing=None))
    look = LookAgain(uuid5(question.id, "rejected"), key.ical_uid, ())
    return Decision((closed, record, unjudged, look), note="change_rejected")


def leave_out(question: Question, ended: Collection[Reservation], now: datetime) -> SaveQuestion:
    """Ask no more for the dates of a series that were ended one by one; with the last of them it is withdrawn."""
    if question.change is None:
        raise ValueError("the question is about no change of a booked series")
    left = question.change.without({each.original_date for each in ended if each.original_date is not None})
    if not left.windows:
        return close(question, "withdrawn", now)
    gone = {each.window for each in ended}
    left = left.model_copy(update={"booked": tuple(each for each in left.booked if each not in gone)})
    asked = question.asked.model_copy(update={"window": left.windows[0], "dates": left.windows})
    due_at, version = find_due(question.deadline_at, question.at_deadline, asked), question.version + 1
    less = replace(question, change=left, asked=asked, due_at=due_at, version=version, updated_at=now)
    return SaveQuestion(less, question)


def _group_of(ledger: Slice, change: SeriesChange) -> ReservationGroup:
    if ledger.group is None:
        raise LookupError("the question is about no series that is booked")
    return replace(
        ledger.group,
        recurrence=change.recurrence,
        time_zone=change.time_zone,
        starts_at=change.window.start,
        ends_at=change.window.end,
        materialised_until=change.until,
        taken_away_from=None,
        version=ledger.group.version + 1,
        updated_at=ledger.now,
    )


def _find_like(ledger: Slice) -> Reservation:
    """Return a date of the series of which a new one takes over what they all have: a live one, if there is any."""
    dates = sorted(ledger.dates.items())
    found = [known.reservation for _, known in dates if known.reservation is not None]
    if not found:
        raise LookupError("nothing of the series that the question is about is at hand")
    return next((each for each in found if each.is_live), found[0])


def _book_date(question: Question, asked: SeriesDate, ledger: Slice, like: Reservation) -> list[Change]:
    """Book one date as asked: the reservation that it has, or a new one that is like the others."""
    known: KnownDate = ledger.dates.get(asked.original_date, UNKNOWN)
    own = slice_of(ledger, known)
    live = own.live
    new = replace(
        like,
        id=uuid5(question.id, asked.original_date.isoformat()),
        original_date=asked.original_date,
        warnings=(),
        has_successor=False,
        yields=False,
        version=1,
        created_at=ledger.now,
        updated_at=ledger.now,
    )
    booked = replace(
        new if live is None else live,
        status="confirmed",
        competes=False,
        starts_at=asked.window.start,
        ends_at=asked.window.end,
        organizer_address=question.asked.organizer,
        attendee_count=asked.people,
        outcome=Outcome.ACCEPT,
        reasons=like.reasons,
        kept_without_invitation=False,
        refused_request=None,
        proposed_change=None,
        moving_from=None,
    )
    if live is not None and (live.window, live.attendee_count) == (booked.window, booked.attendee_count):
        booked = replace(booked, reasons=live.reasons)
    saved = save_if_changed(booked, live, ledger.now)
    records = [record_of(each.reservation) for each in saved if isinstance(each, Save)]
    superseded = [] if known.question is None else [close(known.question, "superseded", ledger.now)]
    return [*succeed_past(own.past), *saved, *records, *superseded, *drop_hold(own)]
