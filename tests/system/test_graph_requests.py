"""How many requests Graph gets for what the back office does, the reads of our own writes included."""

from datetime import timedelta

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.slots import slot
from deploy.driver.tenant import count_requests

DATES, LEFT_OUT, MOST_REQUESTS = 150, 5, 8


async def test_a_group_of_150_dates_with_five_exceptions_takes_eight_requests_at_most(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    left_out = [(when.start + timedelta(days=10 * number)).date().isoformat() for number in range(1, LEFT_OUT + 1)]
    before = len(await cast.tenant.calls(room.calendar))

    group = await cast.administrator.reserve_group(
        room.space, when, "Daily", rrule=f"FREQ=DAILY;COUNT={DATES}", exdates=left_out
    )

    async def is_shown() -> None:
        found = await cast.administrator.group(group)
        expect(found["outlook"]["state"] == "in_sync", found["outlook"])

    await eventually(is_shown, within_s=20)
    calls = (await cast.tenant.calls_in_the_end(room.calendar))[before:]
    about_it = [each for each in calls if "/events" in each["path"]]
    assert count_requests(about_it) <= MOST_REQUESTS, [(each["method"], each["path"]) for each in about_it]
    [series] = await room.calendar.graph.listing(f"{room.calendar.path}/events")
    assert len(await room.calendar.occurrences(series)) == DATES - LEFT_OUT
