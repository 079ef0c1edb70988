"""Judge the dates of a series in one pass over one read of what is taken.

Dates are judged in the order of their time, each on what those before it leave: so a series that overlaps itself is
refused, and a quota counts its own dates. What the series gives up is free for it: it can move over itself.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from services.policy.core.availability import Stretch, Taken
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import is_conflict
from services.policy.core.granted import count, take
from services.policy.core.ledger import Slice
from services.policy.core.limits import LONGEST_BUFFER, LONGEST_RESERVATION
from services.policy.core.request import Request
from services.policy.core.verdict import Accept, NeedsApproval, Verdict

_BUCKET = timedelta(days=1)
_LONGEST = LONGEST_RESERVATION.days + 2 * LONGEST_BUFFER.days + 1
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class AskedDate:
    """What one date of a series asks for. `reservation_id` is the one that it has, or would get.

    One that `yields` takes what others leave of its time where it conflicts with them.
    """

    original_date: date
    request: Request
    reservation_id: UUID
    yields: bool = False


@dataclass(frozen=True, slots=True)
class JudgedDate:
    """The verdict on one date, with the slice that it was judged on."""

    asked: AskedDate
    verdict: Verdict
    ledger: Slice


def judge_dates(asked: Sequence[AskedDate], ledger: Slice, given_up: Collection[UUID]) -> Mapping[date, JudgedDate]:
    """Judge each date, by time. `given_up` are the reservations that the series gives up, or asks for anew."""
    taken = _Calendar(each for each in ledger.taken if each.reservation_id not in given_up)
    bookings = [each for each in ledger.bookings if each.reservation_id not in given_up]
    judged: dict[date, JudgedDate] = {}
    for each in sorted(asked, key=lambda one: (one.request.window.start, one.original_date)):
        around = ledger.space.buffers.around(each.request.window)
        slice_ = replace(ledger, taken=taken.near(around), bookings=tuple(bookings))
        verdict = evaluate(each.request, slice_)
        judged[each.original_date] = JudgedDate(each, verdict, slice_)
        if isinstance(verdict, Accept | NeedsApproval):
            taken.add(take(each.reservation_id, each.request.window, ledger.space))
            bookings += count(each.reservation_id, each.request.window, ledger)
        elif each.yields and all(is_conflict(reason) for reason in verdict.reasons):
            # What others have of its time is in the way of every later date as it is.
            taken.add(replace(take(each.reservation_id, each.request.window, ledger.space), yields=True))
    return judged


class _Calendar:
    """What is taken, by the days that it touches, so that a date looks at what is near it alone."""

    def __init__(self, taken: Iterable[Taken]) -> None:
        self._days: defaultdict[int, list[Taken]] = defaultdict(list)
        for each in taken:
            self.add(each)

    def add(self, taken: Taken) -> None:
        for day in _days_of((taken.starts_at, taken.ends_at)):
            self._days[day].append(taken)

    def near(self, around: Stretch) -> tuple[Taken, ...]:
        found = {(id(each)): each for day in _days_of(around) for each in self._days.get(day, ())}
        return tuple(found.values())


def _days_of(stretch: Stretch) -> range:
    """Return the days that a stretch touches; of one that is too long to be booked, the first of them."""
    starts, ends = stretch
    first = (starts - _EPOCH) // _BUCKET
    return range(first, min((ends - _EPOCH) // _BUCKET, first + _LONGEST) + 1)
