"""The loop that repeats looks which found nothing: when one is due, its notification goes through the queue again.

It keeps its correlation id, so that what follows is found by it from the notification on.

The delay is here and not on the ladder of the bus, because a look that found nothing is no failure: it never runs out
of tries, and it is not parked.
"""

from datetime import datetime
from functools import partial
from uuid import uuid4

from libs.common import outbox
from libs.common.bus.port import Envelope
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool
from libs.common.every import every
from libs.common.topology import Lane
from libs.contracts.messages import OutlookNotified
from services.ingest.store import misses
from services.ingest.store.misses import DueLook

AT_A_TIME = 500


async def look_again(pool: Pool, codec: Codec, interval_s: float) -> None:
    """Repeat the looks that are due, every `interval_s` seconds, until cancelled; replicas share them."""
    await every(interval_s, partial(repeat_due, pool, codec), name="looking again")


async def repeat_due(pool: Pool, codec: Codec) -> None:
    """Put the notifications of the looks that are due onto the bus again."""
    async with pool.acquire() as conn, conn.transaction():
        due = await misses.claim_due(conn, AT_A_TIME)
        now = utc_now()
        await outbox.add_envelopes(conn, [_envelope(codec, each, now) for each in due])


def _envelope(codec: Codec, due: DueLook, now: datetime) -> Envelope:
    """Return the notification that first asked for a look, as it is sent again."""
    notified = OutlookNotified(
        space_id=due.space_id, event_id=due.event_id, change=due.change, received_at=due.received_at
    )
    return codec.envelope(
        notified,
        message_id=uuid4(),
        correlation_id=due.correlation_id or str(uuid4()),
        lane=Lane.LIVE,
        sent_at=now,
        began_at=due.received_at,
    )
