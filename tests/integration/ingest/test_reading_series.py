"""Series as a reader observes them: left to the bulk lane, and read as a whole there."""

from datetime import datetime, timedelta

import pytest

from libs.common.handlers import Finished, InLane
from libs.common.topology import Lane
from libs.contracts.messages import OutlookNotified
from libs.contracts.values import Observation
from libs.graph.types import USUAL_LIMITS, SeriesLimits
from services.ingest.handlers.reader import Reader
from tests.integration.ingest.oddity import Json, Oddity
from tests.integration.ingest.reading import GRACE_S, look, look_partly, notified, reads
from tests.integration.ingest.world import DAY, World

DAILY = {
    "pattern": {"type": "daily", "interval": 1},
    "range": {"type": "numbered", "startDate": DAY.date().isoformat(), "numberOfOccurrences": 3},
}


def _hours_earlier(moment: str, hours: int) -> str:
    return (datetime.fromisoformat(moment[:19]) - timedelta(hours=hours)).isoformat()


async def look_at_series(world: World, limits: SeriesLimits, *messages: OutlookNotified) -> list[Observation]:
    """Look in the live lane, expect that all is left to the bulk lane, and look there."""
    live, bulk = (Reader(world.pool, world.clients, lane, GRACE_S, 16, limits) for lane in (Lane.LIVE, Lane.BULK))
    became = await live.on_outlook_notified(messages)
    caused = [told for each in became if isinstance(each, Finished) for told in each.caused]
    left = [told.message for told in caused if isinstance(told, InLane) and told.lane is Lane.BULK]
    assert len(left) == len(caused), became
    return await look(bulk, *(each for each in left if isinstance(each, OutlookNotified)))


async def test_a_series_is_one_observation_of_its_master(world: World) -> None:
    space = await world.room()
    master = await world.put(space, recurrence=DAILY)
    window = f"startDateTime={DAY.date()}T00:00:00Z&endDateTime={(DAY + timedelta(days=9)).date()}T00:00:00Z"
    found = await world.graph("GET", f"/users/{space.address}/events/{master['id']}/instances?{window}")
    occurrences = [each["id"] for each in found["value"]]
    assert len(occurrences) == 3

    (observed,) = await look_at_series(
        world, USUAL_LIMITS, *[notified(space, each) for each in (*occurrences, master["id"])]
    )

    assert observed.meeting is not None
    assert observed.meeting.is_series
    assert (observed.meeting.event_id, observed.ical_uid) == (master["id"], master["iCalUId"])
    series = observed.meeting.series
    assert series is not None
    assert [each.event_id for each in series.occurrences] == occurrences
    assert [each.start for each in series.occurrences] == [DAY + timedelta(days=number, hours=9) for number in range(3)]
    assert [each.original_date for each in series.occurrences] == [
        (DAY + timedelta(days=number)).date() for number in range(3)
    ]
    assert series.listed_until is None


@pytest.mark.parametrize("named", ["master", "occurrence"])
async def test_a_series_is_read_in_three_calls_at_most_however_long_it_is(world: World, named: str) -> None:
    space = await world.room()
    most = SeriesLimits(ahead=timedelta(days=1825), most=999)
    daily = {**DAILY, "range": {**DAILY["range"], "numberOfOccurrences": 999}}
    master = await world.put(space, recurrence=daily)
    window = f"startDateTime={DAY.date()}T00:00:00Z&endDateTime={(DAY + timedelta(days=9)).date()}T00:00:00Z"
    found = await world.graph("GET", f"/users/{space.address}/events/{master['id']}/instances?{window}")
    event_id = master["id"] if named == "master" else found["value"][4]["id"]

    (observed,) = await look_at_series(world, most, notified(space, event_id))

    assert observed.meeting is not None
    assert observed.meeting.series is not None
    assert len(observed.meeting.series.occurrences) == 999
    assert observed.meeting.series.listed_until is None
    assert len(await reads(world, space)) == 3


async def test_a_single_meeting_does_not_wait_for_a_series_at_hand(world: World, reader: Reader) -> None:
    space = await world.room()
    series, single = await world.put(space, recurrence=DAILY), await world.put(space)

    (observed,) = await look(reader, notified(space, series["id"]), notified(space, single["id"]))

    assert observed.ical_uid == single["iCalUId"]
    assert [path for path in await reads(world, space) if path.endswith("/instances")] == []


async def test_a_series_that_was_left_to_the_bulk_lane_is_not_left_again(world: World, reader: Reader) -> None:
    space = await world.room()
    series = await world.put(space, recurrence=DAILY)
    left = notified(space, series["id"]).model_copy(update={"series_id": series["id"]})

    (observed,) = await look(reader, left)

    assert observed.meeting is not None
    assert observed.meeting.series is not None


async def test_a_series_is_not_read_again_to_find_out_that_it_is_one(world: World, reader: Reader) -> None:
    space = await world.room()
    series = await world.put(space, recurrence=DAILY)
    await look(reader, notified(space, series["id"]))
    read_before = await reads(world, space)

    (became,) = await reader.on_outlook_notified([notified(space, series["id"])])

    assert isinstance(became, Finished)
    (left,) = became.caused
    assert isinstance(left, InLane)
    assert isinstance(left.message, OutlookNotified)
    assert (left.lane, left.message.series_id) == (Lane.BULK, series["id"])
    assert await reads(world, space) == read_before


async def test_a_master_that_is_gone_when_its_turn_comes_is_looked_for_by_what_was_named(world: World) -> None:
    space = await world.room()
    single = await world.put(space)
    left = notified(space, single["id"]).model_copy(update={"series_id": "AAMkGone"})

    (observed,) = await look(Reader(world.pool, world.clients, Lane.BULK, GRACE_S, 16), left)

    assert observed.ical_uid == single["iCalUId"]


async def test_a_series_that_is_moved_between_two_calls_is_not_taken_for_one_whose_dates_were_moved(
    world: World, oddity: Oddity, odd_reader: Reader
) -> None:
    space = await world.room()
    series = await world.put(space, recurrence=DAILY)
    asking = notified(space, series["id"]).model_copy(update={"series_id": series["id"]})

    def as_before(_: str, body: Json) -> Json:
        """Show the master as it was before it was moved, once; its instances are read after that."""
        if body.get("id") != series["id"]:
            return body
        oddity.rewrite = lambda _, body: body
        earlier = {
            edge: {**body[edge], "dateTime": _hours_earlier(body[edge]["dateTime"], 2)} for edge in ("start", "end")
        }
        return {**body, **earlier, "@odata.etag": "before"}

    oddity.rewrite = as_before
    observed, again, why = await look_partly(odd_reader, asking)

    assert (observed, again, "was changed while" in why) == ([], [series["id"]], True)
    [seen] = await look(odd_reader, asking)
    assert seen.meeting is not None
    assert seen.meeting.series is not None
    assert seen.meeting.series.occurrences[0].start == seen.meeting.start


async def test_an_endless_series_says_until_when_it_was_read(world: World) -> None:
    space = await world.room()
    limits = SeriesLimits(ahead=timedelta(days=90), most=10)
    endless = {**DAILY, "range": {"type": "noEnd", "startDate": DAY.date().isoformat()}}
    master = await world.put(space, recurrence=endless)

    (observed,) = await look_at_series(world, limits, notified(space, master["id"]))

    assert observed.meeting is not None
    assert observed.meeting.series is not None
    assert len(observed.meeting.series.occurrences) == 10
    assert observed.meeting.series.listed_until == DAY + timedelta(days=10, hours=9)


async def test_an_exception_whose_master_is_out_of_reach_is_an_event_of_its_own(
    world: World, oddity: Oddity, odd_reader: Reader
) -> None:
    space = await world.room()
    event = await world.put(space)
    exception = {"type": "exception", "seriesMasterId": "AAMkAGI2NOBODYS="}
    oddity.rewrite = lambda _, body: {**body, **exception} if body.get("id") == event["id"] else body

    left = notified(space, event["id"]).model_copy(update={"series_id": exception["seriesMasterId"]})
    (observed,) = await look(odd_reader, left)

    assert observed.ical_uid == f"roomsync-event:{event['id']}"
    assert observed.meeting is not None
    assert (observed.meeting.is_series, observed.meeting.start) == (False, DAY + timedelta(hours=9))
