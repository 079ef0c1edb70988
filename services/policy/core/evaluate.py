"""Judge one request on a slice of the ledger: `evaluate(request, ledger) → Verdict`, with every reason."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from libs.contracts.values import Window
from services.policy.core.availability import find_conflicts, find_time_between
from services.policy.core.explanations import (
    BrokenRule,
    Explanation,
    HasNoLength,
    IsASeries,
    IsOver,
    SlotTaken,
    TooFarAhead,
    TooLong,
)
from services.policy.core.ledger import Slice
from services.policy.core.limits import FURTHEST_AHEAD, LONGEST_RESERVATION, is_within_limits
from services.policy.core.policies.dates import ChangeCutOff
from services.policy.core.policies.judge import Before, Broken, Judgement, judge
from services.policy.core.policies.resolve import Asker, find_in_force
from services.policy.core.policies.rule import A_MINUTE, Asked
from services.policy.core.policies.series import Series
from services.policy.core.request import Request
from services.policy.core.verdict import Accept, NeedsApproval, Refuse, Verdict


def evaluate(request: Request, ledger: Slice) -> Verdict:
    """Judge a request by the policies and by what is taken; a series as such by the policies about series alone."""
    if request.is_series and request.series is None:
        return Refuse((IsASeries(),))
    judgement = judge_by_policies(request, ledger)
    binding, warnings = _explain(judgement.binding), _explain(judgement.warning)
    enforced = tuple(each for each in binding if not _is_allowed(request, each))
    in_the_way = tuple(_find_in_the_way(request, ledger))
    if enforced and not in_the_way and _may_be_approved(request, enforced):
        return NeedsApproval(enforced, warnings, judgement.judged_by)
    if enforced or in_the_way:
        return Refuse((*enforced, *in_the_way), warnings, judgement.judged_by)
    return Accept(warnings, judgement.judged_by, binding if request.is_overridden else ())


def _is_allowed(request: Request, broken: BrokenRule) -> bool:
    """Whether an administrator allowed the request to break a rule."""
    return request.is_overridden or request.is_decided or (request.is_approved and broken.effect == "approve")


def _may_be_approved(request: Request, broken: Iterable[BrokenRule]) -> bool:
    """Whether all broken rules leave it to an administrator; nobody is asked whether something may be cancelled."""
    return not request.is_cancellation and all(each.effect == "approve" for each in broken)


def judge_by_policies(request: Request, ledger: Slice) -> Judgement:
    """Judge a request by the policies in force alone, whatever is taken; by none if its window is beyond limits.

    A cancellation is judged by the policies of kind `change_cut_off`, a series as such by those of kind `series`.
    """
    policies, space, before = ledger.policies, ledger.space, request.before
    if request.is_cancellation:
        policies = [each for each in policies if isinstance(each.rule, ChangeCutOff)]
    if request.series is not None:
        policies = [each for each in policies if isinstance(each.rule, Series)]
    if not policies or not is_within_limits(request.window, ledger.now):
        return Judgement()
    asker = Asker(request.organizer, request.channel, request.roles)
    asked = Asked(
        window=request.window,
        people=request.people,
        organizer=request.organizer,
        now=ledger.now,
        time_zone=space.time_zone,
        capacity=space.capacity,
        own_domains=space.own_domains,
        standing=before.window if before is not None else None,
        others=[each for each in ledger.bookings if each.reservation_id != request.own],
        is_cancellation=request.is_cancellation,
        series=request.series,
    )
    day = request.window.start.astimezone(ZoneInfo(space.time_zone)).date()
    is_edit = not request.is_cancellation
    was = Before(before.people, before.organizer) if before is not None and is_edit else None
    return judge(find_in_force(policies, asker, day), asked, was)


def _explain(broken: Iterable[Broken]) -> tuple[BrokenRule, ...]:
    return tuple(map(_explain_broken, broken))


def _explain_broken(broken: Broken) -> BrokenRule:
    policy = broken.policy
    return BrokenRule(
        policy_id=policy.id, version=policy.version, effect=broken.effect, rule=policy.rule, breach=broken.breach
    )


def _find_in_the_way(request: Request, ledger: Slice) -> Iterator[Explanation]:
    """Find what no override can allow; nothing is in the way of a cancellation, or of a series as such."""
    if not request.is_cancellation and request.series is None:
        yield from _impossible(request, ledger)
        yield from explain_conflicts(request, ledger)


def _impossible(request: Request, ledger: Slice) -> Iterator[Explanation]:
    """Find what no rule can allow: a window that cannot be booked anywhere."""
    window, now = request.window, ledger.now
    if window.start == window.end:
        yield HasNoLength()
    if window.end - window.start > LONGEST_RESERVATION:
        yield TooLong(most_days=LONGEST_RESERVATION.days, days=(window.end - window.start).days)
    if window.end <= now:
        yield IsOver(end=window.end)
    if window.start - now > FURTHEST_AHEAD:
        yield TooFarAhead(most_days=FURTHEST_AHEAD.days, start=window.start)


def explain_conflicts(request: Request, ledger: Slice) -> Iterator[Explanation]:
    """Find the reservations in the way, each once, however many of its stretches are."""
    window, buffers = request.window, ledger.space.buffers
    conflicts = find_conflicts(window, buffers, ledger.taken, request.own)
    for each in {(each.reservation_id, each.reserved_from, each.reserved_until): each for each in conflicts}.values():
        between = find_time_between(window, buffers, each)
        yield SlotTaken(
            reserved=Window(start=each.reserved_from, end=each.reserved_until),
            is_private=each.is_private,
            organizer=None if each.is_private else each.organizer_name,
            minutes_between=None if between is None else between // A_MINUTE,
        )
