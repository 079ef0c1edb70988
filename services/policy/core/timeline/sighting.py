"""What led to a decision about an observation: when a calendar was read, and because of what."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.contracts.keys import Key
from libs.contracts.messages import DriftKind
from libs.contracts.values import NotificationTaken


@dataclass(frozen=True, slots=True)
class Prompt:
    """Why a calendar was read: because of notifications, of a drift that a sweep found, or else of a look.

    There were `notifications` so many, the first of which are `notified`.
    """

    notified: tuple[NotificationTaken, ...] = ()
    notifications: int = 0
    drift: DriftKind | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """One observation of a key, without what the calendar held. `reservation_id` is None for a series as a whole."""

    key: Key
    reservation_id: UUID | None
    observed_at: datetime
    is_present: bool
    prompt: Prompt
