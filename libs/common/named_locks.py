"""Locks that processes share by name: taken at once or not at all, and held until they are given back.

PostgreSQL keeps them, in one session for each process, and gives them up when the session ends: a process that died
holds none. A process whose session is lost is not told that its locks are gone with it. So they are for what may be
done twice for a moment without harm.

Source: https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import TypeAlias

from libs.common.db import AWAY, OwnConnection, own_connection

GiveBack: TypeAlias = Callable[[], None]

ANSWERS_WITHIN_S = 5.0

_TAKE = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"
_GIVE_BACK = "SELECT pg_advisory_unlock(hashtextextended($1, 0))"


class NamedLocks:
    """The locks of one process. Its session begins with the first, and anew after it was lost."""

    def __init__(self, url: str, schema: str) -> None:
        self._url = url
        self._schema = schema
        self._held: set[str] = set()
        self._asking = asyncio.Lock()
        self._session = AsyncExitStack()
        self._conn: OwnConnection | None = None
        self._giving_back: set[asyncio.Task[None]] = set()

    async def take(self, name: str) -> GiveBack | None:
        """Take a lock, and return what gives it back; None if somebody holds it, in this process or another.

        Does not wait for it. Raises an error of `AWAY`.
        """
        # PostgreSQL would give a session the lock again that it has already.
        if name in self._held:
            return None
        self._held.add(name)
        is_taken = False
        try:
            async with self._asking:
                conn = await self._open()
                with _ended_unless_answered(conn):
                    is_taken = await conn.fetchval(_TAKE, name)
        finally:
            if not is_taken:
                self._held.discard(name)
        return partial(self._begin_to_give_back, name, conn) if is_taken else None

    async def close(self) -> None:
        """End the session, and with it every lock."""
        for task in self._giving_back:
            task.cancel()
        await asyncio.gather(*self._giving_back, return_exceptions=True)
        await self._session.aclose()

    async def _open(self) -> OwnConnection:
        if self._conn is None or self._conn.is_closed():
            await self._session.aclose()
            opened = own_connection(self._url, schema=self._schema, answers_within_s=ANSWERS_WITHIN_S)
            self._conn = await self._session.enter_async_context(opened)
        return self._conn

    def _begin_to_give_back(self, name: str, conn: OwnConnection) -> None:
        # From now on this process may take it again. PostgreSQL counts how often a session has it.
        self._held.discard(name)
        task = asyncio.create_task(self._give_back(name, conn), name=f"give back {name}")
        self._giving_back.add(task)
        task.add_done_callback(self._giving_back.discard)

    async def _give_back(self, name: str, conn: OwnConnection) -> None:
        async with self._asking:
            if not conn.is_closed():
                with suppress(*AWAY), _ended_unless_answered(conn):
                    await conn.execute(_GIVE_BACK, name)


@contextmanager
def _ended_unless_answered(conn: OwnConnection) -> Iterator[None]:
    """End a session that did not answer: nobody could say which locks it holds."""
    try:
        yield
    except BaseException:
        conn.terminate()
        raise


@asynccontextmanager
async def open_locks(url: str, schema: str) -> AsyncIterator[NamedLocks]:
    """Yield the locks of a process that acts as the service that owns `schema`; give all of them back at the end."""
    locks = NamedLocks(url, schema)
    try:
        yield locks
    finally:
        await locks.close()
