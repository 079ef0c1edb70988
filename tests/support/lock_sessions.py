"""Sessions that hold advisory locks: by them processes claim what one at a time may do."""

from libs.common.db import Connection

_END = """
    SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database() AND l.pid <> pg_backend_pid()
"""


async def end_lock_sessions(conn: Connection) -> int:
    """End every other session that holds such a lock of this database, and count the locks that this freed."""
    return len(await conn.fetch(_END))
