"""Suggest another time for a request: the next window of the same length that is free and that the policies allow.

Whole days are suggested for whole days. Quotas are judged by the bookings that are known for the time asked for, so a
time in another period may still break one.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from libs.contracts.values import Window
from services.policy.core.availability import find_conflicts, find_next_free
from services.policy.core.evaluate import judge_by_policies
from services.policy.core.ledger import Slice
from services.policy.core.limits import SUGGESTED_AHEAD
from services.policy.core.request import Request
from services.policy.core.times import days_window, whole_days

_A_STEP = timedelta(minutes=15)


def suggest_time(wish: Request, ledger: Slice) -> Window | None:
    """Return the next time at which what was asked for can be booked; None if there is none within `SUGGESTED_AHEAD`.

    The slice's `taken` has to cover all of that time, with the buffers around it. Rules that the request breaks and
    that no other time would mend are left out of account: they have to be mended in another way.
    """
    asked = judge_by_policies(wish, ledger)
    unmended = {each.policy.id for each in asked.binding if not each.policy.rule.another_time_helps}
    for free in _find_free(wish, ledger):
        broken = {each.policy.id for each in judge_by_policies(replace(wish, window=free), ledger).binding}
        if broken <= unmended:
            return free
    return None


def _find_free(wish: Request, ledger: Slice) -> Iterator[Window]:
    """Find free windows, the earliest first; one at least in each quarter of an hour that has some."""
    window, space = wish.window, ledger.space
    days = whole_days(window, space.time_zone)
    if days is not None:
        yield from _find_free_days(*days, wish, ledger)
        return
    asked, last = window, window.start + SUGGESTED_AHEAD
    while asked.start <= last:
        free = find_next_free(asked, space.buffers, ledger.taken, wish.own, ledger.now)
        if free is None or free.start > last:
            return
        yield free
        start = _next_step(free.start, space.time_zone)
        asked = Window(start=start, end=start + (window.end - window.start))


def _find_free_days(first: date, last: date, wish: Request, ledger: Slice) -> Iterator[Window]:
    space = ledger.space
    for later in range(SUGGESTED_AHEAD.days + 1):
        shift = timedelta(days=later)
        window = days_window(first + shift, last + shift, space.time_zone)
        if window.end > ledger.now and not find_conflicts(window, space.buffers, ledger.taken, wish.own):
            yield window


def _next_step(start: datetime, time_zone: str) -> datetime:
    """Return the next quarter of an hour on the clock after a start."""
    local = start.astimezone(ZoneInfo(time_zone))
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond) % _A_STEP
    return start + (_A_STEP - past)
