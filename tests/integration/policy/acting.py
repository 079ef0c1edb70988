"""Who asks for what the tests ask for, and what they do."""

from collections.abc import Sequence
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.values import Actor, ActorKind
from services.policy.commands.reservations import CancellationRequest, Reserved, cancel_reservation
from tests.integration.policy.patience import PATIENCE

ADMINISTRATOR = Actor(kind=ActorKind.ADMINISTRATOR, subject="tenant:grace", name="Grace")
CATERING = Actor(kind=ActorKind.SERVICE, subject="tenant:catering", name="Catering")


async def cancel(conn: Connection, reservation_id: UUID) -> Sequence[Message]:
    """Have an administrator cancel a reservation; return what follows."""
    done = await cancel_reservation(
        conn,
        reservation_id,
        wanted=CancellationRequest(),
        expected_version=None,
        patience=PATIENCE,
        by=ADMINISTRATOR,
    )
    assert isinstance(done, Reserved)
    return done.messages
