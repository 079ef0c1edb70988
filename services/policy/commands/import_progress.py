"""How far an import is, how fast, and how long the rest may take, as everybody is told it."""

from dataclasses import dataclass

from services.policy.core.imports.progress import Work, rate_per_s, remaining_s
from services.policy.store.imports import ImportRow


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How many items are done, how many per second so far, and in how many seconds the rest may be; None if unknown."""

    done: int
    rate_per_s: float | None
    remaining_s: float | None


def progress_of(found: ImportRow) -> ImportProgress:
    """Return how far an import is; what the rest may take is known only while it runs."""
    done = sum(found.counts.values())
    known = found.events_of_read + found.to_hold
    work = Work(done, found.ran_s, known, found.rooms - found.rooms_failed, found.rooms_read)
    rate, remaining = rate_per_s(work), remaining_s(work)
    is_known = remaining is not None and found.state == "running"
    return ImportProgress(
        done,
        round(rate, 2) if rate is not None else None,
        round(remaining, 1) if remaining is not None and is_known else None,
    )
