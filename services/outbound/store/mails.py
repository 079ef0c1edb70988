"""What became of each mail for each of its recipients. A recipient is known by the address in lower case."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.common.db import Connection, Pool

MOST_UNANSWERED = 2
"""So often a mail is handed over although the server did not say whether it took it. A third time is not tried."""


class MailState(StrEnum):
    """How a mail ended for one recipient. `UNCONFIRMED`: the server may have taken it, and did not say so.

    `NOT_CONFIGURED`: no mail is set up, so it was not sent, and is not sent once mail is.
    """

    SENT = "sent"
    REFUSED = "refused"
    EXPIRED = "expired"
    UNCONFIRMED = "unconfirmed"
    NOT_CONFIGURED = "not_configured"


@dataclass(frozen=True, slots=True)
class UnsentMail:
    """A mail that has not ended for a recipient. `may_be_sent` is false if it was handed over too often."""

    noted_at: datetime
    may_be_sent: bool


# Ordered, so that two processes that note the same mail cannot deadlock.
_NOTE = f"""
    INSERT INTO mails AS known (mail_id, recipient) SELECT $1, each FROM unnest($2::text[]) AS each ORDER BY each
    ON CONFLICT (mail_id, recipient) DO UPDATE SET recipient = excluded.recipient
    RETURNING recipient, state, noted_at, handed_over < {MOST_UNANSWERED} AS may_be_sent
"""

_CLAIM = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))"

_BEGIN = f"""
    UPDATE mails SET handed_over = handed_over + 1
    WHERE mail_id = $1 AND recipient = $2 AND state IS NULL AND handed_over < {MOST_UNANSWERED}
"""

_RECORD_REFUSAL = """
    UPDATE mails SET handed_over = handed_over - 1 WHERE mail_id = $1 AND recipient = $2 AND state IS NULL
"""

_SETTLE = """
    UPDATE mails SET state = $3, ended_at = clock_timestamp()
    WHERE mail_id = $1 AND recipient = $2 AND state IS NULL
"""

_LEAVE = f"""
    INSERT INTO mails (mail_id, recipient, state, ended_at)
    SELECT $1, each, '{MailState.NOT_CONFIGURED}', clock_timestamp() FROM unnest($2::text[]) AS each ORDER BY each
    ON CONFLICT (mail_id, recipient) DO UPDATE SET state = excluded.state, ended_at = excluded.ended_at
        WHERE mails.state IS NULL
"""

_OLDEST_UNSENT_S = """
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(noted_at)), 0)::float8 FROM mails WHERE state IS NULL
"""


async def note(conn: Connection, mail_id: UUID, recipients: Iterable[str]) -> Mapping[str, UnsentMail]:
    """Record for whom a mail is, and return those of these recipients for whom it has not ended."""
    rows = await conn.fetch(_NOTE, mail_id, list(dict.fromkeys(recipients)))
    return {row["recipient"]: UnsentMail(row["noted_at"], row["may_be_sent"]) for row in rows if row["state"] is None}


@asynccontextmanager
async def claimed(pool: Pool, mail_id: UUID, recipient: str) -> AsyncIterator[bool]:
    """Claim a mail while the context is open; False if another process has. A process that dies claims nothing."""
    async with pool.acquire() as conn, conn.transaction():
        yield await conn.fetchval(_CLAIM, f"{mail_id} {recipient}")


async def begin(conn: Connection, mail_id: UUID, recipient: str) -> bool:
    """Record that a claimed mail is handed over. If this returns False, it must not be.

    False means that it has ended, or that this happened too often without an answer.
    """
    status = await conn.execute(_BEGIN, mail_id, recipient)
    return bool(status.endswith(" 1"))


async def record_refusal(conn: Connection, mail_id: UUID, recipient: str) -> None:
    """Record that the server did not take the mail, so that it may be handed over again at once."""
    await conn.execute(_RECORD_REFUSAL, mail_id, recipient)


async def settle(conn: Connection, mail_id: UUID, recipient: str, state: MailState) -> None:
    """Record how a mail ended for a recipient; the first end counts."""
    await conn.execute(_SETTLE, mail_id, recipient, state)


async def leave(conn: Connection, mail_id: UUID, recipients: Iterable[str]) -> int:
    """Record that a mail is not sent because none is set up; return for how many recipients it ended so just now."""
    status = await conn.execute(_LEAVE, mail_id, list(dict.fromkeys(recipients)))
    return int(status.rpartition(" ")[2])


async def oldest_unsent_s(conn: Connection) -> float:
    """Return the age in seconds of the oldest mail that has not ended for somebody; 0 when there is none."""
    age: float = await conn.fetchval(_OLDEST_UNSENT_S)
    return age
