"""How long a subscription lives, when it is renewed, and how soon a failure is tried again."""

from datetime import datetime, timedelta
from uuid import UUID

SOONEST, LATEST = timedelta(seconds=5), timedelta(minutes=15)
STAGGER = 0.1


def renewal_at(now: datetime, expires_at: datetime, space_id: UUID) -> datetime:
    """Return when to renew: after half of the granted lifetime, earlier by a share that depends on the space."""
    half = (expires_at - now) / 2
    return now + half * (1 - STAGGER * (space_id.int % 1000) / 1000)


def next_try(
    now: datetime, failures: int, expires_at: datetime | None, asked_to_wait: timedelta | None = None
) -> datetime:
    """Return when to try again after this number of failures in a row.

    Not before the time that Graph asked us to wait for, if it did, but always early enough for a try before the expiry.
    """
    at = now + max(min(LATEST, SOONEST * float(2 ** min(failures, 10))), asked_to_wait or timedelta())
    if expires_at is None or expires_at <= now:
        return at
    return min(at, now + (expires_at - now) / 2)
