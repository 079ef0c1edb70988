"""Say whether a request on the waiting list has come to its end, by what is so and not by what happened."""

from dataclasses import dataclass
from datetime import datetime

from libs.contracts.values import Window
from services.policy.core.ledger import Reservation
from services.policy.core.waiting.request import EndState, WaitingRequest, is_offer


@dataclass(frozen=True, slots=True)
class WaitingFacts:
    """What decides whether a request still waits, beside the request itself.

    `booked` is what its meeting has in the space, `asks_for` what the meeting asked for when it was last judged; both
    are None of a request that is for no meeting in Outlook.
    """

    booked: Window | None
    asks_for: Window | None
    is_meeting_cancelled: bool


def find_end(waiting: WaitingRequest, facts: WaitingFacts, held: Reservation | None, now: datetime) -> EndState | None:
    """Return how the request has ended; None if it still waits, or has an offer. `held` holds what is offered."""
    if waiting.state == "offered":
        if held is None or not is_offer(held):
            return "taken" if held is not None and held.is_live else "withdrawn"
    elif facts.booked is not None:
        return "taken" if facts.booked == waiting.window else "withdrawn"
    elif facts.is_meeting_cancelled or facts.asks_for not in {None, waiting.window}:
        return "withdrawn"
    return "lapsed" if min(waiting.offered_until or waiting.starts_at, waiting.starts_at) <= now else None
