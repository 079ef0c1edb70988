"""A process, the broker or the database is killed in the middle of an import: nothing is doubled, skipped or mailed."""

from datetime import timedelta

import pytest

from deploy.driver.administrator import window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.looks import LIVE, mailed, ready
from deploy.driver.slots import Slot, slot
from deploy.local.options import Mode
from deploy.local.stack import LocalStack

EACH = 40
WITHIN_S = 90


def hourly(first: Slot) -> list[Slot]:
    """Return so many slots, eight a day."""
    return [first.later(days=number // 8, hours=number % 8) for number in range(EACH)]


async def kill(stack: LocalStack, killed: str) -> None:
    """Kill a service or one of the servers; whatever it is, it is started again."""
    if killed in {"postgres", "rabbitmq"}:
        server = stack.servers.postgres if killed == "postgres" else stack.servers.rabbitmq
        if server is None:
            pytest.skip(f"this system has no {killed} of its own")
        server.kill()
        await server.wait()
    else:
        stack.processes[killed if stack.mode is Mode.REAL else "services"].kill()


@pytest.mark.chaos
@pytest.mark.timeout(300)
@pytest.mark.parametrize("killed", ["policy", "reconciler", "outbound", "ingest", "postgres", "rabbitmq"])
async def test_what_is_killed_costs_an_import_nothing(stack: LocalStack, cast: Cast, killed: str) -> None:
    ada = await cast.user("ada")
    calendar = await cast.room_mailbox()
    space = await cast.administrator.add_space("Orion")
    in_outlook, in_ledger = hourly(slot(days=2, hour=0)), hourly(slot(days=2, hour=12))
    for number, when in enumerate(in_outlook):
        await calendar.put(f"Event {number}", when)
    for number, when in enumerate(in_ledger):
        await cast.administrator.reserve(space, when, f"Board {number}")
    asked = Slot(in_outlook[-1].end + timedelta(days=2), in_outlook[-1].end + timedelta(days=2, hours=1))
    await calendar.received(await ada.invite("Review", asked, calendar))
    room = BookableRoom(space, calendar)
    import_id = (await cast.administrator.map(space, calendar))["mapping"]["import_id"]

    async def is_under_way() -> None:
        begun = await cast.imports.read(import_id)
        expect(begun["items_done"] > 0 or begun["state"] != "running", begun)

    if killed != "reconciler":
        await eventually(is_under_way)
    await kill(stack, killed)
    await ready(cast, within_s=WITHIN_S)
    ended = await cast.imports.ended(import_id, within_s=WITHIN_S)

    assert {name: count for name, count in ended["counts"].items() if count} == {
        "created_in_ledger": EACH + 1,
        "created_in_outlook": EACH,
    }
    live = [window_of(each) for each in await cast.administrator.reservations(space, *LIVE)]
    assert live == sorted([*in_outlook, *in_ledger, asked], key=lambda each: each.start)
    shown = [each for each in await cast.tenant.stored(calendar) if not each.get("deleted")]
    assert len(shown) == 2 * EACH + 1
    await mailed(cast, ada, room, ["accepted"])
