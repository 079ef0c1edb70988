"""How long a subscription lives, when it is renewed, and how soon a failure is tried again."""

import re
from datetime import datetime, timedelta
from uuid import UUID

SHORTEST_MIN = 45
"""Graph raises anything shorter to this. Source: https://learn.microsoft.com/graph/api/resources/subscription"""

SOONEST, LATEST = timedelta(seconds=5), timedelta(minutes=15)
STAGGER = 0.1

_NAMED_MINUTES = re.compile(r"(\d{2,6})\s+minutes")


def granted_minutes(refusal: str, asked: int) -> int | None:
    """Return the lifetime that a refusal names, if it is a shorter one than was asked for.

    The documented maximum and the one enforced differ, and both have changed over the years, so the number in the
    error is the only one to be trusted. Source: https://learn.microsoft.com/graph/api/resources/subscription
    """
    found = _NAMED_MINUTES.search(refusal)
    minutes = int(found.group(1)) if found else asked
    return minutes if SHORTEST_MIN <= minutes < asked else None


def renewal_at(now: datetime, expires_at: datetime, space_id: UUID) -> datetime:
    """Return when to renew: after half of the life that was granted, a little earlier for some than for others."""
    half = (expires_at - now) / 2
    return now + half * (1 - STAGGER * (space_id.int % 1000) / 1000)


def next_try(now: datetime, failures: int, expires_at: datetime | None) -> datetime:
    """Return when to try again after so many failures in a row, always with a try left before the expiry."""
    at = now + min(LATEST, SOONEST * float(2 ** min(failures, 10)))
    if expires_at is None or expires_at <= now:
        return at
    return min(at, now + (expires_at - now) / 2)
