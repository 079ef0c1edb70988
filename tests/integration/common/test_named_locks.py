"""Locks that processes share: held by one at a time, and free once given back or once their session is over."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import asyncpg
import pytest
import pytest_asyncio

from deploy.driver.eventually import eventually, expect
from libs.common.db import AWAY
from libs.common.named_locks import NamedLocks, open_locks
from tests.support.lock_sessions import end_lock_sessions

NAME = "turn 0 of roomsync at orion@contoso.example"


@pytest_asyncio.fixture
async def ours(migrated: str) -> AsyncIterator[NamedLocks]:
    async with open_locks(migrated, "desk") as locks:
        yield locks


@pytest_asyncio.fixture
async def theirs(migrated: str) -> AsyncIterator[NamedLocks]:
    async with open_locks(migrated, "desk") as locks:
        yield locks


async def freed(locks: NamedLocks, name: str = NAME) -> None:
    """Wait until a lock can be taken, and give it back."""

    async def look() -> None:
        give_back = await locks.take(name)
        expect(give_back is not None, f"{name} is held")
        assert give_back is not None
        give_back()

    await eventually(look, within_s=3)


async def end_sessions(url: str) -> None:
    """End every session that holds a lock, as a database that restarts does."""
    conn = await asyncpg.connect(url)
    try:
        assert await end_lock_sessions(conn)
    finally:
        await conn.close()


async def test_one_holds_a_lock_until_it_gives_it_back(ours: NamedLocks, theirs: NamedLocks) -> None:
    give_back = await ours.take(NAME)
    assert give_back is not None
    assert (await theirs.take(NAME), await ours.take(NAME)) == (None, None)

    give_back()

    await freed(theirs)


async def test_locks_of_different_names_do_not_meet(ours: NamedLocks, theirs: NamedLocks) -> None:
    taken = [await locks.take(f"{NAME} {number}") for number, locks in enumerate((ours, ours, theirs))]
    assert None not in taken


async def test_what_was_given_back_can_be_taken_again_at_once_and_is_free_in_the_end(
    ours: NamedLocks, theirs: NamedLocks
) -> None:
    for _ in range(20):
        give_back = await ours.take(NAME)
        assert give_back is not None
        assert await theirs.take(NAME) is None
        give_back()

    await freed(theirs)


async def test_many_who_ask_at_once_never_hold_the_same_lock(ours: NamedLocks, theirs: NamedLocks) -> None:
    holders, taken = 0, 0

    async def use(locks: NamedLocks) -> None:
        nonlocal holders, taken
        for _ in range(30):
            if (give_back := await locks.take(NAME)) is not None:
                taken += 1
                holders += 1
                assert holders == 1
                await asyncio.sleep(0.001)
                holders -= 1
                give_back()
            await asyncio.sleep(0.001)

    await asyncio.gather(*(use(locks) for locks in (ours, theirs) for _ in range(5)))

    assert taken > 10
    await freed(theirs)


async def test_a_process_that_ends_gives_everything_back(migrated: str, theirs: NamedLocks) -> None:
    async with open_locks(migrated, "desk") as locks:
        assert await locks.take(NAME) is not None
        assert await theirs.take(NAME) is None

    await freed(theirs)


async def test_a_lost_session_leaves_its_locks_to_others_and_is_replaced(
    migrated: str, ours: NamedLocks, theirs: NamedLocks
) -> None:
    give_back = await ours.take(NAME)
    assert give_back is not None
    await end_sessions(migrated)

    await freed(theirs)
    late = await theirs.take(NAME)
    assert late is not None
    give_back()  # of a session that is over: others keep what they took since
    await asyncio.sleep(0.1)
    assert await ours.take(NAME) is None
    late()
    await freed(ours)


async def test_a_database_that_is_away_is_told(unused_tcp_port: int) -> None:
    async with open_locks(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/nothing", "desk") as locks:
        for _ in range(2):
            with pytest.raises(AWAY):
                await locks.take(NAME)


async def test_a_call_that_is_cancelled_leaves_no_lock_behind(migrated: str, theirs: NamedLocks) -> None:
    async with open_locks(migrated, "desk") as locks:
        for ten_thousandths in range(30):
            await freed(locks)
            call = asyncio.ensure_future(locks.take(NAME))
            await _wait_exactly(ten_thousandths / 10_000)
            call.cancel()
            found = await asyncio.gather(call, return_exceptions=True)
            if callable(found[0]):
                found[0]()
            await freed(theirs)


async def _wait_exactly(seconds: float) -> None:
    """Wait for less than the event loop can: it sleeps for whole milliseconds."""
    until = monotonic() + seconds
    while monotonic() < until:  # noqa: ASYNC110 - time passes, and nobody could say so
        await asyncio.sleep(0)
