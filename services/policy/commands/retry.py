"""Ask Outlook again for what was given up about a reservation, because a person asks for it."""

from collections.abc import Sequence
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.keys import MeetingKey
from libs.contracts.message import Message
from libs.contracts.values import Actor
from services.policy.commands.apply import Patience, apply
from services.policy.commands.unknown import UnknownReservation
from services.policy.core.changes import Decision, Want
from services.policy.store import intents, reservations, slices


async def retry_reservation(
    conn: Connection, reservation_id: UUID, patience: Patience, *, by: Actor
) -> Sequence[Message]:
    """Want again whatever was given up about a reservation; how often it was put back before counts no more.

    Raises `UnknownReservation`.
    """
    place = await reservations.place_of(conn, reservation_id)
    if place is None:
        raise UnknownReservation(reservation_id)
    space_id, _ = place
    await slices.lock_space(conn, space_id)
    messages: list[Message] = []
    for intent in await intents.given_up(conn, space_id, reservation_id):
        if isinstance(intent.key, MeetingKey):
            ledger = await slices.of_meeting(conn, intent.key, (), None)
        else:
            ledger = await slices.of_reservation(conn, space_id, reservation_id, None)
        again = Decision((Want(intent.key, intent.wanted, intent.reservation_id),), note="asked_again")
        messages += await apply(conn, ledger, again, patience, by=by)
    return messages
