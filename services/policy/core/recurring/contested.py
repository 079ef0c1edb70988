"""Dates of a series that are contested: they take their time in Outlook while others have some of it in the ledger.

A date that was taken over is not asked for anew as long as it stays as it was. One that is gone from the calendar is in
nobody's way any more, whether or not it had anything left to block.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer
from services.policy.core.case import Case
from services.policy.core.changes import NoteMeeting
from services.policy.core.freshness import is_stale
from services.policy.core.ledger import KnownMeeting, Slice
from services.policy.core.recurring.asked import PlannedDate, listing_of


def part_contested(planned: Mapping[date, PlannedDate]) -> tuple[list[PlannedDate], list[PlannedDate]]:
    """Return the dates that are contested, and all others; none whose observation is stale."""
    seen = [each for each in planned.values() if not is_stale(each.case)]
    return [each for each in seen if _is_contested(each)], [each for each in seen if not _is_contested(each)]


def _is_contested(planned: PlannedDate) -> bool:
    """Whether a date was taken over as it stands, though others have some of its time: it is not asked for anew."""
    known, answer = planned.known.meeting, planned.occurrence.answer
    if known is None or known.contested is None or not known.is_present:
        return False
    return answer is Answer.ACCEPTED and known.judged == planned.case.judged


def leave_gone_contested(case: Case, planned: Mapping[date, PlannedDate]) -> list[NoteMeeting]:
    """Note the contested dates to come that are not on the calendar any more, as far as that was listed."""
    return [
        each
        for each in leave_contested(case.ledger, case.key)
        if each.key.original_date not in planned and _would_be_listed(case, each.meeting)
    ]


def leave_contested(ledger: Slice, key: MeetingKey) -> list[NoteMeeting]:
    """Note that no contested date of the slice's series is on the calendar any more."""
    return [
        NoteMeeting(replace(key, original_date=day), replace(known.meeting, is_present=False))
        for day, known in ledger.dates.items()
        if known.meeting is not None and known.meeting.contested is not None and known.meeting.is_present
    ]


def _would_be_listed(case: Case, known: KnownMeeting) -> bool:
    until = listing_of(case).listed_until
    if known.judged is None or known.judged.window.end <= case.now:
        return False
    return until is None or known.judged.window.start < until
