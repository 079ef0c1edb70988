"""Compare the version that a caller has read with the one that is there."""

from services.policy.commands.errors import StaleVersion


def check_version(expected: int | None, current: int) -> None:
    """Return if the caller has read the current version, or does not care. Raises `StaleVersion`."""
    if expected not in (None, current):
        raise StaleVersion(current)
