"""On a requested retry: give back the intents that wait for the mailbox or connection."""

from collections.abc import Sequence

from libs.common import waiting
from libs.common.db import Connection
from libs.common.observed import add_facts
from libs.common.waiting import Remote
from libs.contracts.message import Message
from libs.contracts.messages import RetryRequested


async def on_retry_requested(conn: Connection, message: RetryRequested) -> Sequence[Message]:
    """Wake what waits for the mailbox, or for the connection and all of its mailboxes."""
    woken = await waiting.wake(conn, Remote(message.connection_id, message.room_mailbox))
    add_facts(connection_id=str(message.connection_id), woken=str(woken))
    return ()
