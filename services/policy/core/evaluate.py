"""Judge one request: every reason against it, not just the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from libs.contracts.values import Reason, Window
from services.policy.core.ledger import Space, Taken
from services.policy.core.wording import span

LONGEST = timedelta(days=366)
FURTHEST = timedelta(days=3653)
LOOKED_AHEAD = timedelta(days=1)
"""How far beyond a refused window a free one is looked for."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `people` counts the organizer and everybody invited who is not a resource."""

    window: Window
    people: int
    is_series: bool = False
    own: UUID | None = None
    is_overridden: bool = False


def evaluate(request: Request, space: Space, taken: Sequence[Taken], now: datetime) -> tuple[Reason, ...]:
    """Return every reason against the request; empty means yes.

    What occupies the space on the request's own account (`own`) is not in its way. An override lets a rule be
    broken, never the availability.
    """
    if request.is_series:
        return (_no_series(),)
    reasons = [] if request.is_overridden else [*_too_many(request, space)]
    reasons += [*_empty(request), *_too_long(request), *_over(request, now), *_too_far(request, now)]
    return (*reasons, *_conflicts(request, space, taken))


def _no_series() -> Reason:
    return Reason(
        rule="series",
        limit="single meetings",
        actual="a recurring series",
        message="Recurring meetings cannot be booked here yet. Please invite the room to each date separately.",
    )


def _too_many(request: Request, space: Space) -> Sequence[Reason]:
    if request.people <= space.capacity:
        return ()
    return (
        Reason(
            rule="capacity",
            limit=str(space.capacity),
            actual=str(request.people),
            message=f"{space.name} holds {space.capacity} people and {request.people} are expected.",
        ),
    )


def _empty(request: Request) -> Sequence[Reason]:
    if request.window.start < request.window.end:
        return ()
    return (
        Reason(
            rule="minimum_duration",
            limit="1 minute",
            actual="0 minutes",
            message="A booking has to last some time and this one ends as it begins.",
        ),
    )


def _too_long(request: Request) -> Sequence[Reason]:
    length = request.window.end - request.window.start
    if length <= LONGEST:
        return ()
    return (
        Reason(
            rule="maximum_duration",
            limit=f"{LONGEST.days} days",
            actual=f"{length.days} days",
            message=f"A booking may last {LONGEST.days} days at most and this one lasts {length.days} days.",
        ),
    )


def _over(request: Request, now: datetime) -> Sequence[Reason]:
    if request.window.end > now:
        return ()
    return (
        Reason(
            rule="not_in_the_past",
            limit="a time to come",
            actual=request.window.end.isoformat(),
            message="The time asked for is already over.",
        ),
    )


def _too_far(request: Request, now: datetime) -> Sequence[Reason]:
    ahead = request.window.start - now
    if ahead <= FURTHEST:
        return ()
    return (
        Reason(
            rule="advance_window",
            limit=f"{FURTHEST.days} days",
            actual=request.window.start.isoformat(),
            message=f"A booking may be made {FURTHEST.days} days ahead at most and this one is further away.",
        ),
    )


def _conflicts(request: Request, space: Space, taken: Sequence[Taken]) -> Sequence[Reason]:
    reasons = []
    for each in conflicting(request, space, taken):
        window = Window(start=each.reserved_from, end=each.reserved_until)
        reasons.append(
            Reason(
                rule="availability",
                limit="free",
                actual=f"{window.start.isoformat()}/{window.end.isoformat()}",
                message=f"It is taken by {_by(each)}, {span(window, space.time_zone)}.",
            )
        )
    return reasons


def conflicting(request: Request, space: Space, taken: Sequence[Taken]) -> list[Taken]:
    """Return what stands in the way of the request, the earliest first, buffers on both sides counted."""
    others = [each for each in taken if each.reservation_id != request.own]
    if not others or request.window.start == request.window.end:
        return []
    start, end = request.window.start - space.setup, request.window.end + space.cleanup
    in_the_way = [each for each in others if each.starts_at < end and each.ends_at > start]
    return sorted(in_the_way, key=lambda each: (each.starts_at, each.reservation_id))


def _by(taken: Taken) -> str:
    if taken.is_private:
        return "a private meeting"
    named = f'"{taken.title}"' if taken.title.strip() else "a meeting"
    return f"{named} of {taken.organizer_name}" if taken.organizer_name else named


def next_free(request: Request, space: Space, taken: Sequence[Taken], now: datetime) -> Window | None:
    """Find the first other window of the same length, still ahead and at most `LOOKED_AHEAD` later than asked.

    None if there is none, or if nothing is in the way of the request, so that another time would not help.
    """
    if not conflicting(request, space, taken):
        return None
    length = request.window.end - request.window.start
    start = max(request.window.start, now)
    for each in sorted(taken, key=lambda one: one.starts_at):
        if each.reservation_id == request.own or each.ends_at <= start - space.setup:
            continue
        if each.starts_at >= start + length + space.cleanup:
            break
        start = each.ends_at + space.setup
    if start - request.window.start > LOOKED_AHEAD:
        return None
    return Window(start=start, end=start + length)
