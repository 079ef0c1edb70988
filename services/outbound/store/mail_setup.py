"""Whether mail is set up, as policy reads it in `mail_setup_v1`."""

from libs.common.db import Connection

_RECORD = """
    INSERT INTO mail_setup AS known (is_set_up) VALUES ($1)
    ON CONFLICT (is_the_only_one) DO UPDATE SET is_set_up = excluded.is_set_up, since = excluded.since
    WHERE known.is_set_up <> excluded.is_set_up
"""


async def record(conn: Connection, *, is_set_up: bool) -> None:
    """Record whether mail is set up. Since when stays as it is, unless that is news."""
    await conn.execute(_RECORD, is_set_up)
