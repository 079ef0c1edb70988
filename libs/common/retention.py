"""How long the rows of each table stay, as data: a service lists its tables, and its `tidy` task keeps to the list.

Old rows are deleted a few at a time, each few in a transaction of their own, so that nobody waits long for them. What
the list says is also said in SQL, as the comment of each table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from libs.common import inbox
from libs.common.db import Connection

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Retention:
    """The rows of a table for which the condition `is_old` holds are deleted. In it, $1 is `kept`."""

    table: str
    kept: timedelta
    is_old: str

    @property
    def statement(self) -> str:
        """Return the statement that deletes the next few old rows."""
        return f"""
            DELETE FROM {self.table} WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM {self.table} WHERE {self.is_old} LIMIT $2 FOR UPDATE SKIP LOCKED
            ))
        """


INBOX = Retention("inbox", inbox.KEPT, "handled_at < statement_timestamp() - $1::interval")
"""The marks of messages so old that they are not delivered again."""


async def forget_old(conn: Connection, retentions: Sequence[Retention], at_once: int = AT_ONCE) -> None:
    """Delete all old rows of these tables, in the order of the list; rows that somebody has locked stay for now."""
    for each in retentions:
        deleted = at_once
        while deleted == at_once:
            status = await conn.execute(each.statement, each.kept, at_once)
            deleted = int(status.rpartition(" ")[2])
