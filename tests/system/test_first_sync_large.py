"""The first sync of a calendar with tens of thousands of events: only what is to come is synced, a page at a time."""

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import answered
from deploy.driver.slots import slot
from deploy.local.options import Mode
from deploy.local.stack import LocalStack
from tests.bench.proc import megabytes

pytestmark = pytest.mark.timeout(300)

PAST, AHEAD = 48_000, 1_000
HOUR = slot(hour=1).start - slot(hour=0).start
WITHIN_S = 240
MOST_MB = 300
"""Of the reconciler, whatever it has done before; one page of events takes a few of them."""


async def test_of_a_calendar_with_years_of_past_only_what_is_to_come_is_synced(stack: LocalStack, cast: Cast) -> None:
    calendar, other, ada = await cast.room_mailbox(), await cast.room("Other"), await cast.user("ada")
    space = await cast.administrator.add_space("Orion")
    organizer = {"name": "Ada", "address": ada.address}
    oldest, first = slot(days=-1 - PAST // 24, hour=0, minutes=50), slot(days=2, hour=0, minutes=50)
    await cast.tenant.fill(calendar, "Past", oldest, every=HOUR, count=PAST, organizer=organizer)
    await cast.tenant.fill(calendar, "Own", first, every=2 * HOUR, count=AHEAD // 2)
    await cast.tenant.fill(
        calendar, "Invited", first.later(hours=1), every=2 * HOUR, count=AHEAD // 2, organizer=organizer
    )

    import_id = (await cast.administrator.map(space, calendar))["mapping"]["import_id"]
    moving = await under_way(cast, import_id)
    event = await ada.invite("Meanwhile", slot(), other.calendar)
    await answered(ada, event, other, "accepted")
    meanwhile = await cast.imports.read(import_id)
    ended = await cast.imports.ended(import_id, within_s=WITHIN_S)

    assert {name: count for name, count in ended["counts"].items() if count} == {
        "created_in_ledger": AHEAD,
        "past": PAST,
    }
    assert (ended["state"], ended["items_done"]) == ("finished", AHEAD)
    assert 0 < moving["items_done"] <= meanwhile["items_done"] <= AHEAD
    booked = await cast.administrator.reservations(space, "confirmed")
    assert len({each["start"] for each in booked}) == len(booked) == AHEAD
    assert {each["start"] for each in booked if each["title"] == "Own 0"} == {booked[0]["start"]}
    assert await cast.tenant.writes(calendar) == []
    assert await cast.tenant.answers(ada, calendar) == []
    if stack.mode is Mode.REAL:
        _, most = megabytes(stack.processes["reconciler"].pid)
        assert most < MOST_MB
    await cast.watched(BookableRoom(space, calendar))


async def under_way(cast: Cast, import_id: str) -> Json:
    """Wait until some items are done and the rest is reckoned, and return the import as it was then."""

    async def look() -> Json:
        found = await cast.imports.read(import_id)
        is_reckoned = found["remaining_s"] is not None or found["state"] == "finished"
        expect(found["items_done"] > 0 and is_reckoned, found)
        return found

    return await eventually(look, within_s=60)
