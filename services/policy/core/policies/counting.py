"""From when until when an organizer's other bookings have to be known to judge a request."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from libs.contracts.values import Window
from services.policy.core.limits import is_within_limits
from services.policy.core.policies.policy import Policy
from services.policy.core.policies.usage import Quota


@dataclass(frozen=True, slots=True)
class CountedRange:
    """The bookings that overlap this count; None is no end."""

    since: datetime
    until: datetime | None


def find_counted_range(policies: Iterable[Policy], window: Window, now: datetime, zone: str) -> CountedRange | None:
    """Return the range of everything that some policy counts to judge a window; None if nothing is to be counted."""
    counting = [each.rule for each in policies if each.rule.counts_others]
    if not counting or not is_within_limits(window, now):
        return None
    periods: list[tuple[datetime, datetime | None]] = [(window.start, window.end)]
    periods += [each.period_of(window.start, now, zone) for each in counting if isinstance(each, Quota)]
    ends = [until for _, until in periods if until is not None]
    is_endless = len(ends) < len(periods)
    return CountedRange(min(since for since, _ in periods), None if is_endless else max(ends))
