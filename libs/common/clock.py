"""The only wall clock. Services pass its time on as an argument; pure code never reads it."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return this machine's time, aware and in UTC."""
    return datetime.now(UTC)
