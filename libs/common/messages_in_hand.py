"""Note in the database how old the oldest message of each queue is, for whoever asks without the service's metrics.

Only the process that has a message in hand knows its age: a broker does not tell it, and nobody else can look at the
head of a queue that has a consumer. One rule: whoever has nothing in hand notes nothing, because another replica may
have the message. So what is noted counts for `COUNTS_FOR`, and then nobody has anything in hand as far as is known.

Source: https://www.rabbitmq.com/docs/consumers#single-active-consumer
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from libs.common.bus.port import Consumption
from libs.common.db import Connection
from libs.common.queue_metrics import MEASURE_EVERY_S, age_s
from libs.common.topology import QueueName

COUNTS_FOR = timedelta(seconds=2 * MEASURE_EVERY_S)
"""How long an age that was noted counts: until the next measurement, which may be a little late."""

_NOTE = """
    INSERT INTO messages_in_hand (consumer, lane, shard, age_s)
    SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::float8[])
    ON CONFLICT (consumer, lane, shard) DO UPDATE SET age_s = excluded.age_s, measured_at = excluded.measured_at
"""


async def note_messages_in_hand(conn: Connection, consumed: Mapping[QueueName, Consumption], now: datetime) -> None:
    """Note the age of the oldest message in hand of each of these queues that has one, as the metric shows it."""
    found = [(queue, age_s(each.oldest_sent_at, now)) for queue, each in consumed.items() if each.oldest_sent_at]
    if found:
        await conn.execute(
            _NOTE,
            [queue.consumer for queue, _ in found],
            [queue.lane.value for queue, _ in found],
            [queue.shard for queue, _ in found],
            [age for _, age in found],
        )
