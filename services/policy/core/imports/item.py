"""The items of an import: what became of each event on a calendar, and of each reservation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from services.policy.core.explanations import Explanation

Side = Literal["outlook", "ledger"]

ItemOutcome = Literal[
    "created_in_ledger", "created_in_outlook", "agreed", "declined", "grandfathered", "conflict", "failed"
]
OUTCOMES: tuple[ItemOutcome, ...] = get_args(ItemOutcome)


@dataclass(frozen=True, slots=True)
class ImportItem:
    """One event, series or date of a series (`side` outlook), or one reservation or group (`side` ledger).

    `item_key` tells it apart from others of its room and side. In a conflict, and only there, `reservation_id` is that
    of what is in the way. `dates` is how many dates a series has. Without an `outcome` it is not known yet.
    """

    side: Side
    item_key: str
    ical_uid: str | None
    reservation_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    title: str
    outcome: ItemOutcome | None
    reasons: tuple[Explanation, ...] = ()
    dates: int | None = None
