"""Withdraw a proposal of another time, or of several, to an organizer who has not accepted it by its deadline."""

from collections.abc import Sequence
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.message import Message
from services.policy.commands.apply import Patience, apply
from services.policy.commands.competing import read_reservation
from services.policy.core.actors import SYSTEM
from services.policy.core.proposals import lapse
from services.policy.core.recurring.known import find_series
from services.policy.core.recurring.proposing import lapse_series
from services.policy.store import slices


async def withdraw_lapsed(
    conn: Connection, space_id: UUID, reservation_id: UUID, patience: Patience
) -> Sequence[Message]:
    """Free a time that was proposed until now, and accept the meeting as it is booked; nothing before that.

    What one answer to a series asked for lapses together.
    """
    await slices.lock_space(conn, space_id)
    ledger = await read_reservation(conn, space_id, reservation_id, None)
    live, series = ledger.live, find_series(ledger.live) if ledger.live is not None else None
    if live is None or live.proposed_change is None or not live.proposed_change.with_series or series is None:
        return await apply(conn, ledger, lapse(ledger), patience, by=SYSTEM)
    try:
        whole = await slices.of_meeting(conn, series, (), None)
    except slices.ClosingSpace as closing:
        whole = closing.ledger
    return await apply(conn, whole, lapse_series(whole), patience, by=SYSTEM)
