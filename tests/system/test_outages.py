"""Outages are paid for once: what waited is answered within one interval of their end, and nothing is given up."""

import asyncio

import pytest

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually, expect, throughout
from deploy.driver.looks import answered, blocked, booked, mailed
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack

FROZEN_S = 35
"""Longer than a query may take, so that whatever is in hand fails at least once."""

INTERVAL_S = 10
"""How often one message is tried for what cannot be reached (`ROOMSYNC_GRAPH_RETRY_INTERVAL_S`)."""

WITHIN_S = 2 * INTERVAL_S
"""One interval, the first step of the ladder, and the work itself on a busy machine."""


@pytest.mark.chaos
@pytest.mark.timeout(240)
async def test_invitations_made_while_the_database_stood_still_are_answered_within_seconds(
    stack: LocalStack, cast: Cast
) -> None:
    postgres = stack.servers.postgres
    if postgres is None:
        pytest.skip("this PostgreSQL is not ours to stop")
    rooms = [await cast.room(f"room {number}") for number in range(5)]
    ada = await cast.user()
    times = [slot(hour=9 + number) for number in range(4)]

    postgres.stall()
    try:
        made = [
            (event, room)
            for room in rooms
            for event in [await ada.invite("Planning", when, room.calendar) for when in times]
        ]
        await asyncio.sleep(FROZEN_S)
    finally:
        postgres.resume()

    async with asyncio.timeout(WITHIN_S):
        await asyncio.gather(*(answered(ada, event, room, "accepted", within_s=WITHIN_S) for event, room in made))
    for room in rooms:
        await booked(cast, room, *times)
        await mailed(cast, ada, room, ["accepted"] * len(times))


@pytest.mark.timeout(120)
async def test_reservations_made_while_their_room_was_refused_stand_in_outlook_within_an_interval(cast: Cast) -> None:
    room = await cast.room()
    first, second = slot(hour=9), slot(hour=11)
    refused = {"match": {"mailbox": room.calendar.address, "app": "roomsync"}, "effect": {"status": 403}}

    async with cast.tenant.faults(refused):
        for when in (first, second):
            await cast.administrator.reserve(room.space, when, "Board meeting")

        async def nothing_written() -> None:
            expect(await room.calendar.shows_as(first) == "free", "something was written")

        await throughout(nothing_written, seconds=INTERVAL_S)

    await asyncio.gather(*(blocked(room, when, within_s=WITHIN_S) for when in (first, second)))
    for reservation in await booked(cast, room, first, second):
        expect(reservation["outlook"]["state"] != "failed", f"Outlook is said to have failed: {reservation}")


@pytest.mark.timeout(180)
async def test_rooms_whose_subscription_was_removed_while_access_was_away_are_all_subscribed_within_an_interval(
    cast: Cast,
) -> None:
    rooms = [await cast.room(f"room {number}") for number in range(6)]
    ada = await cast.user()

    async with cast.tenant.no_mailbox_reachable():
        for room in rooms:
            await cast.tenant.remove_subscription(room.calendar)

        async def none_subscribed() -> None:
            states = [(await cast.administrator.space(room.space))["mapping"]["state"] for room in rooms]
            expect("active" not in states, f"the rooms are {states}")

        await eventually(none_subscribed, within_s=30)

    async def all_subscribed() -> None:
        for room in rooms:
            state = (await cast.administrator.space(room.space))["mapping"]["state"]
            expect(state == "active", f"a room is {state}")
            subscriptions = await cast.tenant.subscriptions(room.calendar)
            expect(len(subscriptions) == 1, f"{len(subscriptions)} are notified of a room's changes")

    await eventually(all_subscribed, within_s=WITHIN_S)
    events = [(await ada.invite("Planning", slot(hour=9), room.calendar), room) for room in rooms]
    await asyncio.gather(*(answered(ada, event, room, "accepted", within_s=WITHIN_S) for event, room in events))


@pytest.mark.timeout(120)
async def test_a_space_is_tried_at_once_when_an_administrator_asks(cast: Cast) -> None:
    room = await cast.room()
    when = slot(hour=9)
    refused = {"match": {"mailbox": room.calendar.address, "app": "roomsync"}, "effect": {"status": 403}}
    async with cast.tenant.faults(refused):
        await cast.administrator.reserve(room.space, when, "Board meeting")

        async def refused_twice() -> None:
            calls = await cast.tenant.calls(room.calendar)
            expect([call["status"] for call in calls].count(403) >= 2, "it was not tried twice")

        await eventually(refused_twice)

    answer = await cast.administrator.api.send("POST", f"/v1/spaces/{room.space['id']}/check")

    assert answer.status == 202
    await blocked(room, when, within_s=5)
