"""Rooms on AutoAccept judge series: by thresholds for conflicts, by how far ahead they go, and date by date."""

import pytest

from tests.graphsim.exchange.mailbox import Recreation
from tests.graphsim.exchange.world import World
from tests.unit.graphsim.conftest import ADA, BIRCH, BOB, add_room
from tests.unit.graphsim.outlook import Json, Outlook, answers
from tests.unit.graphsim.series import (
    FIVE_TUESDAYS,
    WEEKLY,
    answer_of,
    at,
    change,
    days,
    instances,
    on,
    repeated,
    when,
)


async def taken(outlook: Outlook, *on_days: int) -> None:
    """Bob has the room at ten on some days."""
    for day in on_days:
        event = await outlook.invite(BOB, BIRCH, day=day)
        await outlook.status(BOB, event, BIRCH, "accepted")


async def judged(outlook: Outlook, series: Json) -> str:
    """What the organizer's master shows, once everything is said."""
    await outlook.quiet()
    return answers(await outlook.call("GET", f"{ADA}/events/{series['id']}"))[BIRCH]


@pytest.mark.parametrize(
    ("most", "percentage", "verdict"),
    [
        (0, 0, "declined"),
        (2, 0, "declined"),
        (0, 100, "declined"),
        (1, 100, "declined"),
        (2, 39, "declined"),
        (2, 40, "accepted"),
    ],
)
async def test_a_series_is_taken_without_its_conflicts_below_both_thresholds(
    outlook: Outlook, world: World, most: int, percentage: int, verdict: str
) -> None:
    add_room(world, BIRCH, maximum_conflict_instances=most, conflict_percentage_allowed=percentage)
    await taken(outlook, 8, 22)

    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)

    assert await judged(outlook, series) == verdict
    if verdict == "declined":
        assert await outlook.find(BIRCH, series["iCalUId"]) is None
        return
    copy = await outlook.copy(BIRCH, series)
    assert await days(outlook, BIRCH, copy) == [1, 15, 29]
    shown = [answers(each)[BIRCH] for each in await instances(outlook, ADA, series)]
    assert shown == ["accepted", "declined", "accepted", "declined", "accepted"]
    told = [(each["response"], each["occurrence"]) for each in world.mails_of(ADA)]
    assert told == [("accepted", None), ("declined", "2026-12-08"), ("declined", "2026-12-22")]


async def test_a_room_that_allows_conflicts_takes_every_date(outlook: Outlook, world: World) -> None:
    add_room(world, BIRCH, allow_conflicts=True)
    await taken(outlook, 8)
    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)
    assert await judged(outlook, series) == "accepted"
    assert len(await days(outlook, BIRCH, await outlook.copy(BIRCH, series))) == 5


async def test_a_room_may_take_no_series_at_all(outlook: Outlook, world: World) -> None:
    add_room(world, BIRCH, allow_recurring_meetings=False)
    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)
    assert await judged(outlook, series) == "declined"
    await taken(outlook, 8)


EVERY_THIRD_YEAR = {
    "pattern": {"type": "absoluteYearly", "interval": 3, "dayOfMonth": 1, "month": 12},
    "range": {"type": "noEnd", "startDate": "2026-12-01"},
}
ENDLESS = {"pattern": WEEKLY, "range": {"type": "noEnd", "startDate": "2026-12-01"}}
# It is the 24th of November; the window ends with the 24th of December.
OVER = repeated(WEEKLY, numberOfOccurrences=5)
WITHIN = repeated(WEEKLY, numberOfOccurrences=4)


@pytest.mark.parametrize(
    ("recurrence", "enforces", "expected"),
    [
        (WITHIN, True, [1, 8, 15, 22]),
        (OVER, True, None),
        (ENDLESS, True, None),
        (EVERY_THIRD_YEAR, True, None),
        (OVER, False, [1, 8, 15, 22]),
        (ENDLESS, False, [1, 8, 15, 22]),
        (WITHIN, False, [1, 8, 15, 22]),
    ],
)
async def test_a_series_beyond_the_horizon_is_declined_or_cut(
    outlook: Outlook, world: World, recurrence: Json, enforces: bool, expected: list[int] | None
) -> None:
    add_room(world, BIRCH, booking_window_days=30, enforce_scheduling_horizon=enforces)
    series = await outlook.invite(ADA, BIRCH, recurrence=recurrence)
    assert await judged(outlook, series) == ("declined" if expected is None else "accepted")
    if expected is not None:
        copy = await outlook.copy(BIRCH, series)
        assert await days(outlook, BIRCH, copy) == expected
        is_cut = copy["recurrence"]["range"]["endDate"] == "2026-12-24"
        assert is_cut is (recurrence is not WITHIN)


async def test_a_moved_date_is_judged_alone(outlook: Outlook, world: World) -> None:
    add_room(world, BIRCH)
    await taken(outlook, 9, 16)
    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)
    copy = await outlook.copy(BIRCH, series, lambda each: answer_of(each) == "accepted")
    await outlook.quiet()

    async def moved(day: int, times: Json, response: str) -> None:
        await change(outlook, ADA, await on(outlook, ADA, series, day), **times)

        def holds(each: Json | None) -> bool:
            return each is not None and answers(each)[BIRCH] == response

        await when(outlook, ADA, series, day, holds)
        await outlook.quiet()

    await moved(8, at(9, (10, 11)), "declined")
    await moved(15, at(16, (14, 15)), "accepted")
    # Overlapping its own old time is no conflict.
    await moved(22, {"end": at(22, (10, 12))["end"]}, "accepted")
    assert await days(outlook, BIRCH, copy) == [1, 15, 22, 29]
    assert {each["subject"] for each in await instances(outlook, BIRCH, copy)} == {"Ada"}
    assert await judged(outlook, series) == "accepted"


async def test_a_series_does_not_conflict_with_its_own_dates(outlook: Outlook, world: World) -> None:
    add_room(world, BIRCH)
    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)
    await outlook.status(ADA, series, BIRCH, "accepted")
    await change(outlook, ADA, series, **at(1, (10, 12)))
    assert await judged(outlook, series) == "accepted"


async def test_the_conflicts_of_a_copy_that_is_written_anew_are_declined_too(outlook: Outlook, world: World) -> None:
    add_room(world, BIRCH, maximum_conflict_instances=1, conflict_percentage_allowed=50)
    await taken(outlook, 8)
    world.mailbox(BIRCH).recreate_on_accept = Recreation((20, 20))
    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)
    assert await judged(outlook, series) == "accepted"
    assert await days(outlook, BIRCH, await outlook.copy(BIRCH, series)) == [1, 15, 22, 29]
