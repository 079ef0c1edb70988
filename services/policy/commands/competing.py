"""What competes for time that somebody else gets: found, and declined in the transaction that books it.

The locks of the space that is booked are enough. What competes for its time shares a part with it, so whoever decides
about that waits for the same part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.values import Window
from services.policy.core.approvals.competing import find_booked
from services.policy.core.approvals.deciding import give_way
from services.policy.core.changes import Decision
from services.policy.core.ledger import Slice
from services.policy.store import competing, slices


@dataclass(frozen=True, slots=True)
class Following:
    """A decision that follows from another one, and the slice that it was made on."""

    ledger: Slice
    decision: Decision


async def give_way_to(conn: Connection, ledger: Slice, decision: Decision) -> Sequence[Following]:
    """Decide about everything that competes for time that a decision, which is written, has booked."""
    booked = find_booked(decision)
    if not booked or not ledger.is_competed_for:
        return []
    found = []
    for each in await competing.crowded_out(conn, [one.id for one in booked]):
        about = await read_reservation(conn, each.space_id, each.reservation_id, each.window)
        if about.question is not None and about.question.id == each.id:
            found.append(Following(about, give_way(about.question, about)))
    return found


async def read_reservation(conn: Connection, space_id: UUID, reservation_id: UUID, window: Window | None) -> Slice:
    """Read the slice of a reservation, also if its space is closing."""
    try:
        return await slices.of_reservation(conn, space_id, reservation_id, window)
    except slices.ClosingSpace as closing:
        return closing.ledger
