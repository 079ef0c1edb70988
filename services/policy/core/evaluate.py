"""Judge one request: `evaluate(request, space, taken, now) → Verdict`, with every reason, not just the first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.contracts.values import Window
from services.policy.core.availability import Taken, find_conflicts
from services.policy.core.explanations import (
    Explanation,
    HasNoLength,
    IsASeries,
    IsOver,
    OverCapacity,
    SlotTaken,
    TooFarAhead,
    TooLong,
)
from services.policy.core.ledger import Space
from services.policy.core.limits import FURTHEST_AHEAD, LONGEST_RESERVATION
from services.policy.core.verdict import Accept, Refuse, Verdict


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `people` counts the organizer and everybody invited who is not a resource.

    `own` is the reservation that the request is about already; it does not conflict with the request. An override
    allows the request to break a rule, never to take what is taken.
    """

    window: Window
    people: int
    is_series: bool = False
    own: UUID | None = None
    is_overridden: bool = False


def evaluate(request: Request, space: Space, taken: Sequence[Taken], now: datetime) -> Verdict:
    """Judge a request by the rules and by what is taken."""
    if request.is_series:
        return Refuse((IsASeries(),))
    reasons = (*_broken_rules(request, space), *_impossible(request, now), *_conflicts(request, space, taken))
    return Refuse(reasons) if reasons else Accept()


def _broken_rules(request: Request, space: Space) -> Iterator[Explanation]:
    """Find the rules that a request breaks, of those that an administrator can allow it to break."""
    if request.people > space.capacity and not request.is_overridden:
        yield OverCapacity(capacity=space.capacity, people=request.people)


def _impossible(request: Request, now: datetime) -> Iterator[Explanation]:
    """Find what no rule can allow: a window that cannot be booked anywhere."""
    window = request.window
    if window.start == window.end:
        yield HasNoLength()
    if window.end - window.start > LONGEST_RESERVATION:
        yield TooLong(most_days=LONGEST_RESERVATION.days, days=(window.end - window.start).days)
    if window.end <= now:
        yield IsOver(end=window.end)
    if window.start - now > FURTHEST_AHEAD:
        yield TooFarAhead(most_days=FURTHEST_AHEAD.days, start=window.start)


def _conflicts(request: Request, space: Space, taken: Sequence[Taken]) -> Iterator[Explanation]:
    """Find the reservations in the way, each once, however many of its stretches are."""
    conflicts = find_conflicts(request.window, space.buffers, taken, request.own)
    for each in {(each.reservation_id, each.reserved_from, each.reserved_until): each for each in conflicts}.values():
        reserved = Window(start=each.reserved_from, end=each.reserved_until)
        organizer = None if each.is_private else each.organizer_name
        yield SlotTaken(reserved=reserved, is_private=each.is_private, organizer=organizer)
