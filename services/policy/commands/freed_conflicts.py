"""Have rooms compared at once whose calendars have events that were in conflict about time that a decision frees.

The event is decided about as it stands in Outlook by then, like everything that a comparison finds.
"""

from collections.abc import Iterable, Iterator, Sequence

from libs.common.db import Connection
from libs.contracts.messages import ConflictFreed
from libs.contracts.values import Window
from services.policy.core.changes import Decision, Save
from services.policy.core.ledger import Reservation, Slice
from services.policy.store import conflicts


async def tell_freed_conflicts(
    conn: Connection, ledger: Slice, decisions: Iterable[Decision]
) -> Sequence[ConflictFreed]:
    """Return a message for each room that has a contested event at a time which decisions, that are written, free."""
    freed = [window for decision in decisions for window in _find_freed(decision)]
    if not freed:
        return []
    around = [ledger.space.buffers.around(each) for each in freed]
    rooms = await conflicts.contested_at(conn, ledger.space.id, around)
    return [ConflictFreed(space_id=each) for each in rooms]


def _find_freed(decision: Decision) -> Iterator[Window]:
    for change in decision.changes:
        if isinstance(change, Save) and change.before is not None:
            kept = _times_of(change.reservation)
            yield from (each for each in _times_of(change.before) if each not in kept)


def _times_of(reservation: Reservation) -> list[Window]:
    """Return the times that a reservation takes, or holds beside its own."""
    if not reservation.is_live or reservation.competes:
        return []
    others = (reservation.proposed_change, reservation.moving_from)
    return [reservation.window, *(each.window for each in others if each is not None)]
