"""Tell which notifications one read answers: those of a batch about one meeting, or about one series.

One action in Outlook brings several; the first of them causes what follows, and what follows tells of all.
"""

from collections.abc import Sequence

from libs.common.observed import correlation_of
from libs.contracts.messages import MOST_NOTIFICATIONS_TOLD, MeetingObserved, OutlookNotified
from libs.contracts.values import NotificationTaken, Observation
from services.ingest.core.known_series import FoundSeries

MOST_JOINED = 400
"""How many notifications are handed on with the one that stands for them; a batch has fewer."""


def notifications_of(asking: Sequence[OutlookNotified]) -> list[NotificationTaken]:
    """Return the notifications that these stand for, in the order in which they were taken."""
    found = [each for asked in asking for each in (_taken(asked), *asked.joined)]
    return sorted(found, key=lambda each: each.received_at)


def observed_for(asking: Sequence[OutlookNotified], observation: Observation) -> MeetingObserved:
    """Return the message that tells policy what was observed because of these notifications."""
    taken = notifications_of(asking)
    return MeetingObserved(
        space_id=observation.space_id,
        observation=observation,
        notified=tuple(taken[:MOST_NOTIFICATIONS_TOLD]),
        notifications=len(taken),
    )


def join(first: OutlookNotified, others: Sequence[OutlookNotified], series: FoundSeries) -> OutlookNotified:
    """Return a notification about a series that stands for the others too."""
    joined = [*first.joined, *notifications_of(others)][:MOST_JOINED]
    found = {"series_id": series.master_id, "is_of_hold": series.is_of_hold}
    return first.model_copy(update={**found, "joined": tuple(joined)})


def _taken(asked: OutlookNotified) -> NotificationTaken:
    return NotificationTaken(received_at=asked.received_at, correlation_id=correlation_of(asked))
