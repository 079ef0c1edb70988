"""Let the cancellations go on that a brake of the reconciler has stopped.

Policy neither compares calendars nor keeps the brake: it says what somebody confirmed, and the reconciler compares the
room once more. It asks for a correction of what is still gone, which is decided about as any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.messages import CancellationsConfirmed
from libs.contracts.values import Actor
from services.policy.commands.unconfirmable import BrakeChanged, NothingBraked
from services.policy.commands.unknown import UnknownSpace
from services.policy.core.braking import SeenBrake
from services.policy.store import brakes, spaces
from services.policy.store.brakes import WaitingBrake


@dataclass(frozen=True, slots=True)
class ConfirmedBrake:
    """The brake as it was when it was confirmed, and the messages to send."""

    waiting: WaitingBrake
    messages: Sequence[Message]


async def confirm_brake(conn: Connection, space_id: UUID, seen: SeenBrake, by: Actor) -> ConfirmedBrake:
    """Let the cancellations of a room go on that somebody has `seen`. Harmless to repeat.

    What is confirmed is what waits now, which is never more than was seen. Raises `UnknownSpace`, `NothingBraked`, and
    `BrakeChanged` if more cancellations wait than were seen or another brake stopped them.
    """
    waiting = await brakes.read(conn, space_id)
    if waiting is None:
        if await spaces.read(conn, space_id) is None:
            raise UnknownSpace(space_id)
        raise NothingBraked(space_id)
    if not seen.is_still(waiting.since, waiting.cancellations):
        raise BrakeChanged(waiting.since, waiting.cancellations)
    await brakes.add_confirmation(conn, waiting, by)
    confirmed = CancellationsConfirmed(
        space_id=space_id, braked_at=waiting.since, cancellations=waiting.cancellations, by=by
    )
    return ConfirmedBrake(waiting, (confirmed,))
