"""Open pages are told of what has changed: by which spaces, how soon, and when nobody could tell them."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from services.policy.console.addresses import ROOT
from services.policy.console.changes import GATHER_S, ReservationChanges
from tests.integration.policy_api.world import at, fresh
from tests.integration.policy_console_pages.console import Console
from tests.integration.policy_console_pages.streaming import open_stream

SOON_S = 10.0
QUIET_S = 1.0

_LISTENERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%reservations%'"


@pytest.fixture
async def changes(database: str, console: Console) -> AsyncIterator[ReservationChanges]:
    changes = ReservationChanges(database)
    listening = asyncio.create_task(changes.run())
    async with asyncio.timeout(SOON_S):
        while not await console.world.admin.fetch(_LISTENERS):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)
    yield changes
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_a_page_is_told_once_of_all_that_changed_in_its_spaces(
    console: Console, changes: ReservationChanges
) -> None:
    world = console.world
    shown, other = await world.space(), await world.space()
    with changes.subscribed([UUID(shown["id"])]) as page:
        await world.reservation(other["id"], 9, 10)
        assert await page.changed(QUIET_S) == frozenset()

        made = await world.reservation(shown["id"], 9, 10)
        assert await page.changed(SOON_S) == {UUID(shown["id"])}
        await world.call("PATCH", f"/v1/reservations/{made['id']}", {"start": at(11), "end": at(12)})
        await world.call("POST", f"/v1/reservations/{made['id']}/cancel", {})
        await asyncio.sleep(GATHER_S)
        assert await page.changed(SOON_S) == {UUID(shown["id"])}
        assert await page.changed(QUIET_S) == frozenset()


async def test_what_is_rolled_back_is_told_nobody(console: Console, changes: ReservationChanges) -> None:
    space = await console.world.space()
    with changes.subscribed([UUID(space["id"])]) as page:
        await console.world.reservation(space["id"], 9, 10)
        assert await page.changed(SOON_S) == {UUID(space["id"])}
        refused = {"space_id": space["id"], "start": at(9), "end": at(10), "title": "Review"}
        assert (await console.world.call("POST", "/v1/reservations", refused)).status_code == 409
        transaction = console.world.admin.transaction()
        await transaction.start()
        await console.world.admin.execute("UPDATE policy.reservations SET version = version + 1")
        await transaction.rollback()

        assert await page.changed(QUIET_S) == frozenset()


async def test_a_page_looks_at_everything_again_when_the_connection_was_lost(
    console: Console, changes: ReservationChanges
) -> None:
    admin = console.world.admin
    space = UUID((await console.world.space())["id"])
    with changes.subscribed([space]) as page:
        [listener] = await admin.fetch(_LISTENERS)
        await admin.execute("SELECT pg_terminate_backend($1)", listener["pid"])

        assert await page.changed(30) == {space}
        made = await console.world.reservation(str(space), 9, 10)
        assert made["id"]
        assert await page.changed(SOON_S) == {space}


async def test_an_open_page_does_not_keep_the_server_from_ending(database: str) -> None:
    changes = ReservationChanges(database)
    running = asyncio.create_task(changes.run())
    with changes.subscribed([]) as page:
        waiting = asyncio.create_task(page.changed(60))
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

        assert await asyncio.wait_for(waiting, SOON_S) == frozenset()
        assert page.is_over
    with changes.subscribed([]) as late:
        assert late.is_over


async def test_the_stream_names_the_spaces_of_an_address_and_those_that_share_a_part(
    console: Console, changes: ReservationChanges
) -> None:
    world = console.world
    part = await world.space(name=fresh("Part"))
    hall = await world.space(name=fresh("Hall"), parts=[part["id"]])
    async with open_stream(console, changes, f"/timeline/changes?name={part['name']}") as stream:
        assert stream.media_type.startswith("text/event-stream")
        assert _retry_ms(await stream.next()) in range(1_000, 4_001)
        await world.reservation(hall["id"], 9, 10)
        assert await stream.next() == f"event: changed\ndata: {hall['id']}"


async def test_pages_that_are_cut_off_together_do_not_come_back_together(
    console: Console, changes: ReservationChanges
) -> None:
    space = await console.world.space(name=fresh("Shown"))
    path, told = f"/timeline/changes?name={space['name']}", set[int]()
    for _ in range(4):
        async with open_stream(console, changes, path) as stream:
            told.add(_retry_ms(await stream.next()))
    assert len(told) > 1


def _retry_ms(opened: str) -> int:
    """Read from the first event of a stream when a browser that is cut off is to ask again."""
    field, _, value = opened.partition("\n")[0].partition(": ")
    assert field == "retry"
    return int(value)


async def test_nobody_without_a_session_is_told_anything(console: Console) -> None:
    answer = await console.http.get(f"{ROOT}/timeline/changes", headers={"sec-fetch-mode": "cors"})
    assert answer.status_code == 401
