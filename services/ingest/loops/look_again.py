"""The loop that repeats looks which found nothing: when one is due, its notification goes through the queue again.

The delay is here and not on the ladder of the bus, because a look that found nothing is no failure: it never runs out
of tries, and it is not parked.
"""

from functools import partial
from uuid import uuid4

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.db import Pool
from libs.common.every import every
from libs.common.topology import Lane
from libs.contracts.messages import OutlookNotified
from services.ingest.store import misses

AT_A_TIME = 500


async def look_again(pool: Pool, codec: Codec, interval_s: float) -> None:
    """Repeat the looks that are due, every `interval_s` seconds, until cancelled; replicas share them."""
    await every(interval_s, partial(repeat_due, pool, codec), name="looking again")


async def repeat_due(pool: Pool, codec: Codec) -> None:
    """Put the notifications of the looks that are due onto the bus again."""
    async with pool.acquire() as conn, conn.transaction():
        due = await misses.claim_due(conn, AT_A_TIME)
        now = utc_now()
        messages = [
            OutlookNotified(
                space_id=each.space_id, event_id=each.event_id, change=each.change, received_at=each.received_at
            )
            for each in due
        ]
        await outbox.add_envelopes(
            conn,
            [
                codec.envelope(
                    each,
                    message_id=uuid4(),
                    correlation_id=str(uuid4()),
                    lane=Lane.LIVE,
                    sent_at=now,
                    began_at=each.received_at,
                )
                for each in messages
            ],
        )
