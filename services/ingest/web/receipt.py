"""The receipt of one post of notifications: its log line and its metrics.

One rule: counts and ids, never what a post says; until an entry is verified, a stranger may have written it.
"""

from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from services.ingest.core.notifications import SortedEntries

MOST_SPACES = 20
"""A line names no more spaces than this."""

ENTRIES = Counter("roomsync_notification_entries_total", "Entries of notifications", ["outcome"])

NOTHING = SortedEntries((), (), forged=0, unreadable=0)

log = structlog.get_logger()


@dataclass(slots=True)
class Receipt:
    """What became of a post. The messages made of it have its correlation id, followed by a dot and their number."""

    correlation_id: str
    found: SortedEntries = NOTHING
    beyond_share: int = 0
    """How many changes exceed the shares of their mailboxes, and are left to sweeps."""
    error: str | None = None

    def report(self, status: int, seconds: float) -> None:
        """Write the line and count the entries, once the post was answered with `status`."""
        found = self.found
        taken = len(found.changes) + len(found.lifecycle) if status == 202 else 0
        left = self.beyond_share if status == 202 else 0
        counts = {"taken": taken - left, "left": left, "forged": found.forged, "unreadable": found.unreadable}
        for outcome, count in counts.items():
            ENTRIES.labels(outcome).inc(count)
        spaces = {str(each.space_id) for each in found.changes} | {str(each.space_id) for each in found.lifecycle}
        is_clean = status == 202 and not left and not found.forged and not found.unreadable
        level = log.info if is_clean else log.warning
        level(
            "notifications.received",
            correlation_id=self.correlation_id,
            status=status,
            changes=len(found.changes),
            lifecycle=len(found.lifecycle),
            left_to_sweep=left,
            forged=found.forged,
            unreadable=found.unreadable,
            spaces=sorted(spaces)[:MOST_SPACES],
            duration_ms=round(seconds * 1000, 1),
            **({"error": self.error} if self.error else {}),
        )
