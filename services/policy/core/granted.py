"""What a request takes, and what it counts as, once it is granted: several are judged as if others were granted."""

from uuid import UUID

from libs.contracts.values import Window
from services.policy.core.availability import Taken
from services.policy.core.ledger import Slice
from services.policy.core.policies.rule import Booking
from services.policy.core.space import Space


def take(reservation_id: UUID, window: Window, space: Space) -> Taken:
    """Return what a reservation takes of a space, with the buffers around it."""
    starts_at, ends_at = space.buffers.around(window)
    return Taken(
        reservation_id=reservation_id,
        starts_at=starts_at,
        ends_at=ends_at,
        title="",
        is_private=False,
        organizer_name=None,
        reserved_from=window.start,
        reserved_until=window.end,
        part_ids=frozenset(space.part_ids),
        yields=False,
    )


def count(reservation_id: UUID, window: Window, ledger: Slice) -> list[Booking]:
    """Return a reservation as a booking of its organizer, if some policy counts what one organizer has."""
    if not any(each.rule.counts_others for each in ledger.policies):
        return []
    groups = frozenset(one.attach.id for one in ledger.policies if one.attach.scope == "group" and one.attach.id)
    return [Booking(reservation_id, ledger.space.id, groups, window.start, window.end)]
