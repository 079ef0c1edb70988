"""Tell which events on a room's calendar are holds that we made.

A copy of a hold, made by hand in Outlook, has our extended property too, and it is somebody's own event: it must not be
deleted as a duplicate. What a copy does not have is the event id that we know, or the transaction id under which we
created the hold; Graph shows a transaction id to whoever may read the event, and nobody can set one later. An id alone
proves nothing: it is only a pointer.

A hold is made for a reservation, or, as a recurring event, for a reservation group: `reservation_id` is the id of
either. The extended property and the transaction id belong to the recurring event as a whole.

Source: https://learn.microsoft.com/graph/api/resources/event#properties (transactionId),
https://learn.microsoft.com/graph/api/resources/extended-properties-overview
"""

from collections.abc import Collection
from uuid import UUID, uuid5

from libs.contracts.values import Meeting


def transaction_id(reservation_id: UUID, generation: int) -> UUID:
    """Return the id under which Graph creates the hold of one generation once, however often it is asked."""
    return uuid5(reservation_id, str(generation))


def renewal_id(reservation_id: UUID, generation: int) -> UUID:
    """Return the id under which a hold is written anew within one generation, instead of one that cannot be mended."""
    return uuid5(reservation_id, f"{generation} anew")


def is_our_hold(meeting: Meeting, reservation_id: UUID, generation: int, known_ids: Collection[str | None]) -> bool:
    """Whether an event is a hold that we made for the reservation, in this generation or an earlier one."""
    if not meeting.is_room_owned or meeting.reservation_id not in {None, reservation_id}:
        return False
    if meeting.reservation_id is not None and meeting.event_id in known_ids:
        return True
    if meeting.transaction_id is None:
        return False
    generations = range(1, generation + 1)
    made_by_us = {str(name(reservation_id, each)) for each in generations for name in (transaction_id, renewal_id)}
    return meeting.transaction_id.lower() in made_by_us
