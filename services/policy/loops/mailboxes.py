"""Bring room mailboxes up to date after a change of their mapping: first those that were left, then the new ones.

What only blocked the time of events in a mailbox that was left ends with that.

What is to be done is rows, so a restart goes on where it stopped, and any number of replicas may work on them.
"""

from collections.abc import Sequence
from uuid import UUID, uuid4

import structlog

from libs.common import outbox
from libs.common.clock import utc_now
from libs.common.codec import Codec
from libs.common.correlation import correlated
from libs.common.db import Connection, Pool
from libs.common.every import every
from libs.common.topology import Lane
from libs.contracts.message import Message
from services.policy.commands.apply import Patience
from services.policy.commands.mailboxes import end_left_blocks, fill_mailbox, take_out_holds
from services.policy.store import fillings

LOOK_EVERY_S = 1.0

log = structlog.get_logger()


class MailboxLoop:
    """Look every second for mailboxes that were left or are to be filled."""

    def __init__(self, pool: Pool, codec: Codec, patience: Patience) -> None:
        self._pool = pool
        self._codec = codec
        self._patience = patience

    async def run(self) -> None:
        """Do what is to be done, until cancelled; keep trying while the database is away."""
        await every(LOOK_EVERY_S, self.once, name="mailboxes")

    async def once(self) -> None:
        """Do all that is to be done now: spaces take turns, a few reservations each time."""
        async with self._pool.acquire() as conn:
            while await self._take_out(conn):
                pass
            while not await self._end_blocks(conn):
                pass
            waiting = await fillings.unfinished(conn)
            while waiting:
                waiting = [each for each in waiting if not await self._fill(conn, each)]

    async def _take_out(self, conn: Connection) -> bool:
        """Ask for a few holds to be taken out; False if none is due."""
        with correlated(f"mailbox-{uuid4()}") as correlation_id:
            async with conn.transaction():
                asked = await take_out_holds(conn)
                await self._send(conn, asked, correlation_id)
            if asked:
                log.info("holds.left", holds=len(asked))
        return bool(asked)

    async def _end_blocks(self, conn: Connection) -> bool:
        """End a few blocks of events in mailboxes that were left; True if those were all."""
        with correlated(f"mailbox-{uuid4()}") as correlation_id:
            async with conn.transaction():
                ended = await end_left_blocks(conn, self._patience)
                await self._send(conn, ended.messages, correlation_id)
            if ended.messages:
                log.info("blocks.left", messages=len(ended.messages))
        return ended.is_done

    async def _fill(self, conn: Connection, space_id: UUID) -> bool:
        """Hold a few reservations of a space; True if that was the rest."""
        with correlated(f"mailbox-{uuid4()}") as correlation_id:
            async with conn.transaction():
                filled = await fill_mailbox(conn, space_id, self._patience)
                await self._send(conn, filled.messages, correlation_id)
            is_done, messages = filled.is_done, len(filled.messages)
            log.info("mailbox.filling", space_id=str(space_id), messages=messages, is_done=is_done)
        return is_done

    async def _send(self, conn: Connection, messages: Sequence[Message], correlation_id: str) -> None:
        rows = [(message, Lane.BULK) for message in messages]
        await outbox.add(conn, self._codec, rows, correlation_id=correlation_id, now=utc_now())
