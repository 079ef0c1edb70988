"""Find the date of a booked series that was moved by itself, so that it may change places with other meetings."""

from libs.contracts.values import Occurrence
from services.policy.core.case import Case
from services.policy.core.ledger import KnownDate
from services.policy.core.recurring.asked import plan_dates
from services.policy.core.standing import Standing


def find_moved_date(case: Case) -> Case | None:
    """Return the one date that asks for a time that was not decided about yet, as a case of its own.

    None if there is none, or more than one: then the dates of the series are judged together.
    """
    meeting = case.observation.meeting
    if meeting is None or meeting.series is None or case.known.standing is not Standing.ACCEPTED:
        return None
    moved = [each for each in meeting.series.occurrences if _is_moved(each, case.ledger.dates.get(each.original_date))]
    planned = plan_dates(case).get(moved[0].original_date) if len(moved) == 1 else None
    return planned.case if planned is not None else None


def _is_moved(shown: Occurrence, known: KnownDate | None) -> bool:
    if known is None or known.reservation is None or not known.reservation.is_live or shown.is_cancelled:
        return False
    own = known.meeting.judged if known.meeting is not None else None
    return shown.window != known.reservation.window and (own is None or own.window != shown.window)
