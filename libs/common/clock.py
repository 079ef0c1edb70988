"""The one wall clock. Services hand its reading on as an argument; pure code never asks."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return this machine's time, aware and in UTC."""
    return datetime.now(UTC)
