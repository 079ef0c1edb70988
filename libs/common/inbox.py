"""The inbox: which messages were handled, recorded in the transaction that handles them."""

from datetime import timedelta
from uuid import UUID

from libs.common.db import Connection

KEPT = timedelta(days=7)


async def mark(conn: Connection, consumer: str, message_id: UUID) -> bool:
    """Record that `consumer` handles this message; False if it did before. Counts once the transaction commits."""
    status = await conn.execute(
        "INSERT INTO inbox (consumer, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", consumer, message_id
    )
    return bool(status.endswith(" 1"))
