"""The reader against the simulator: what it observes, how often it reads, and what it leaves for later."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from deploy.driver.eventually import eventually
from libs.common.handlers import Became, Finished, InLane, RetryLater, Waits
from libs.common.topology import Lane
from libs.contracts.messages import MeetingObserved, OutlookNotified
from libs.contracts.values import Observation
from libs.graph.types import USUAL_LIMITS, SeriesLimits
from services.ingest.handlers.reader import Reader
from tests.integration.ingest.oddity import Json, Oddity, open_oddity
from tests.integration.ingest.world import DAY, Space, World, moment
from tests.integration.reconciler.spoiler import SpoiledClients

GRACE_S = 0.3


@pytest.fixture
def reader(world: World) -> Reader:
    return Reader(world.pool, world.clients, Lane.LIVE, GRACE_S, 16)


@pytest.fixture
async def oddity(world: World) -> AsyncIterator[Oddity]:
    async with open_oddity(world.simulator) as oddity:
        yield oddity


@pytest.fixture
async def odd_reader(world: World, oddity: Oddity) -> AsyncIterator[Reader]:
    """A reader to whom Graph is as odd as `oddity` says."""
    async with aiohttp.ClientSession() as http:
        yield Reader(world.pool, SpoiledClients(world.settings, http, oddity.url), Lane.LIVE, GRACE_S, 16)


def notified(space: Space, event_id: str, change: Any = "updated") -> OutlookNotified:
    return OutlookNotified(space_id=space.id, event_id=event_id, change=change, received_at=datetime.now(UTC))


def observed_by(became: Sequence[Became]) -> list[Observation]:
    caused = [told for each in became if isinstance(each, Finished) for told in each.caused]
    return [told.observation for told in caused if isinstance(told, MeetingObserved)]


async def look(reader: Reader, *messages: OutlookNotified) -> list[Observation]:
    """Look, and expect that nothing has to be looked at later."""
    became = await reader.on_outlook_notified(messages)
    assert all(isinstance(each, Finished) for each in became), became
    return observed_by(became)


async def look_at_series(world: World, limits: SeriesLimits, *messages: OutlookNotified) -> list[Observation]:
    """Look in the live lane, expect that all is left to the bulk lane, and look there."""
    live, bulk = (Reader(world.pool, world.clients, lane, GRACE_S, 16, limits) for lane in (Lane.LIVE, Lane.BULK))
    became = await live.on_outlook_notified(messages)
    caused = [told for each in became if isinstance(each, Finished) for told in each.caused]
    left = [told.message for told in caused if isinstance(told, InLane) and told.lane is Lane.BULK]
    assert len(left) == len(caused), became
    return await look(bulk, *(each for each in left if isinstance(each, OutlookNotified)))


async def look_partly(reader: Reader, *messages: OutlookNotified) -> tuple[list[Observation], list[str], str]:
    """Look, and expect that some has to be looked at later: what was observed, which ids come again, and why."""
    became = await reader.on_outlook_notified(messages)
    assert {id(each.message) for each in became} == {id(each) for each in messages}
    again = [each for each in became if isinstance(each, RetryLater | Waits)]
    assert again
    ids = [each.message.event_id for each in again if isinstance(each.message, OutlookNotified)]
    return observed_by(became), ids, "; ".join(each.reason for each in again)


async def reads(world: World, space: Space) -> list[str]:
    """The queries and paths by which our application has read a room."""
    calls = await world.simulator.requests(space.address)
    return [call["path"] for call in calls if call["client_id"] == world.simulator.client_id]


async def test_notifications_at_hand_for_a_meeting_are_answered_by_one_read(world: World, reader: Reader) -> None:
    space = await world.room()
    event = await world.put(space)

    (observed,) = await look(
        reader,
        notified(space, event["id"], "created"),
        *[notified(space, event["id"]) for _ in range(3)],
    )

    assert (observed.space_id, observed.room_mailbox, observed.ical_uid) == (space.id, space.address, event["iCalUId"])
    assert observed.meeting is not None
    assert (observed.meeting.event_id, observed.meeting.subject) == (event["id"], "Planning")
    assert (observed.meeting.start, observed.meeting.end) == (DAY + timedelta(hours=9), DAY + timedelta(hours=10))
    assert len(await reads(world, space)) == 1


async def test_the_first_notification_of_a_meeting_is_the_cause_of_what_is_told(world: World, reader: Reader) -> None:
    space = await world.room()
    one, other = await world.put(space, 9), await world.put(space, 11)
    named = [one, other, other, one]
    messages = [notified(space, each["id"]) for each in named]

    became = await reader.on_outlook_notified(messages)

    told = {id(each.message): [seen.ical_uid for seen in observed_by([each])] for each in became}
    assert [told[id(each)] for each in messages] == [[one["iCalUId"]], [other["iCalUId"]], [], []]


async def test_the_time_of_an_observation_is_taken_before_the_read(world: World, reader: Reader) -> None:
    space = await world.room()
    event = await world.put(space)
    started = await world.admin.fetchval("SELECT clock_timestamp()")

    (observed,) = await look(reader, notified(space, event["id"]))

    (call,) = [call for call in await world.simulator.requests(space.address) if call["method"] == "GET"]
    assert started < observed.observed_at < datetime.fromisoformat(call["time"])


async def test_a_meeting_whose_id_changed_is_found_by_what_stays(world: World, reader: Reader) -> None:
    """Source: https://learn.microsoft.com/graph/api/event-accept"""
    space = await world.room()
    await world.simulator.ask("PATCH", f"/mailboxes/{space.address}", {"new_id_on_accept": True})
    ada = await world.simulator.add_user("Ada")
    body = {"subject": "Planning", "start": moment(9), "end": moment(10)}
    room = {"type": "resource", "emailAddress": {"address": space.address}}
    await world.graph("POST", f"/users/{ada}/events", {**body, "attendees": [room]})

    async def arrived() -> str:
        copies = (await world.graph("GET", f"/users/{space.address}/events", has_stable_ids=False))["value"]
        assert copies
        return str(copies[0]["id"])

    old_id = await eventually(arrived)
    (before,) = await look(reader, notified(space, old_id, "created"))
    await world.graph("POST", f"/users/{space.address}/events/{old_id}/accept", {"sendResponse": False})

    async def renamed() -> str:
        new_id = await arrived()
        assert new_id != old_id
        return new_id

    new_id = await eventually(renamed)
    (after,) = await look(reader, notified(space, old_id, "deleted"), notified(space, new_id, "created"))

    assert after.ical_uid == before.ical_uid
    assert after.meeting is not None
    assert after.meeting.answer == "accepted"


async def test_a_deleted_meeting_is_absent_after_it_was_looked_up_twice(world: World, reader: Reader) -> None:
    space = await world.room()
    event = await world.put(space)
    await look(reader, notified(space, event["id"], "created"))
    await world.graph("DELETE", f"/users/{space.address}/events/{event['id']}")
    already = len(await reads(world, space))

    assert await look(reader, notified(space, event["id"], "deleted")) == []

    async def absent() -> Observation:
        found = await look(reader, notified(space, event["id"], "deleted"))
        assert found
        return found[0]

    observed = await eventually(absent)
    assert (observed.ical_uid, observed.meeting) == (event["iCalUId"], None)
    lookups = [path for path in (await reads(world, space))[already:] if path.endswith("/events")]
    assert len(lookups) >= 2


async def test_a_meeting_that_comes_back_in_time_was_never_absent(world: World, reader: Reader) -> None:
    space = await world.room()
    event = await world.put(space)
    await look(reader, notified(space, event["id"], "created"))
    gone = {"match": {"mailbox": space.address, "path": "/events/"}, "effect": {"status": 404}}
    async with world.simulator.faults(gone):
        (observed,) = await look(reader, notified(space, event["id"]))

    assert observed.meeting is not None


async def test_an_event_nobody_ever_saw_says_nothing(world: World, reader: Reader) -> None:
    space = await world.room()

    assert await look(reader, notified(space, "AAMkAGI2THVSAAA=", "deleted")) == []
    assert len(await reads(world, space)) == 1


async def test_a_cancelled_meeting_is_observed_as_cancelled(world: World, oddity: Oddity, odd_reader: Reader) -> None:
    space = await world.room()
    event = await world.put(space)
    copies = [{**event, "isCancelled": True}]
    oddity.rewrite = lambda _, body: {**body, "value": copies} if "value" in body else copies[0]

    (observed,) = await look(odd_reader, notified(space, event["id"]))

    assert observed.meeting is not None
    assert observed.meeting.is_cancelled


async def test_a_live_copy_counts_more_than_a_cancelled_one_beside_it(
    world: World, oddity: Oddity, odd_reader: Reader
) -> None:
    space = await world.room()
    old, new = await world.put(space, 9), await world.put(space, 11)
    copies = [{**old, "iCalUId": "ONE", "isCancelled": True}, {**new, "iCalUId": "ONE", "isCancelled": False}]
    oddity.rewrite = lambda _, body: {**body, "value": copies} if "value" in body else copies[0]

    (observed,) = await look(odd_reader, notified(space, old["id"]))

    assert observed.meeting is not None
    assert (observed.meeting.event_id, observed.meeting.is_cancelled) == (new["id"], False)


async def test_a_poisonous_event_costs_no_other_and_tells_no_secret(
    world: World, oddity: Oddity, odd_reader: Reader
) -> None:
    space = await world.room()
    poison, nameless, good = await world.put(space, 9), await world.put(space, 11), await world.put(space, 13)

    def poisonous(path: str, body: Json) -> Json:
        if body.get("id") == poison["id"]:
            return {**body, "start": {"dateTime": "Planning, at nine", "timeZone": "UTC"}}
        if body.get("id") == nameless["id"]:
            return {**body, "iCalUId": None}
        return body

    oddity.rewrite = poisonous
    seen, again, why = await look_partly(
        odd_reader, *[notified(space, each["id"]) for each in (poison, nameless, good)]
    )

    assert [each.ical_uid for each in seen] == [f"roomsync-event:{nameless['id']}", good["iCalUId"]]
    assert again == [poison["id"]]
    assert "Planning" not in why


DAILY = {
    "pattern": {"type": "daily", "interval": 1},
    "range": {"type": "numbered", "startDate": DAY.date().isoformat(), "numberOfOccurrences": 3},
}


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


async def test_a_master_that_is_gone_when_its_turn_comes_is_looked_for_by_what_was_named(world: World) -> None:
    space = await world.room()
    single = await world.put(space)
    left = notified(space, single["id"]).model_copy(update={"series_id": "AAMkGone"})

    (observed,) = await look(Reader(world.pool, world.clients, Lane.BULK, GRACE_S, 16), left)

    assert observed.ical_uid == single["iCalUId"]


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


async def test_a_space_that_is_not_mapped_is_not_read(world: World, reader: Reader) -> None:
    unmapped, mapped = Space(uuid4(), "nowhere@example.org"), await world.room()
    event = await world.put(mapped)

    (observed,) = await look(reader, notified(unmapped, event["id"]), notified(mapped, event["id"]))

    assert observed.space_id == mapped.id


async def test_a_room_was_heard_of_when_it_was_read(world: World, reader: Reader) -> None:
    space = await world.room()
    event = await world.put(space)
    assert (await world.watch(space))["last_notified_at"] is None

    await look(reader, notified(space, event["id"]))

    assert (await world.watch(space))["last_notified_at"] is not None


async def test_a_deleted_event_without_an_ical_uid_is_noticed(world: World, oddity: Oddity, odd_reader: Reader) -> None:
    space = await world.room()
    nameless = await world.put(space, 9)
    oddity.rewrite = lambda _, body: {**body, "iCalUId": None} if body.get("id") == nameless["id"] else body
    (before,) = await look(odd_reader, notified(space, nameless["id"], "created"))
    await world.graph("DELETE", f"/users/{space.address}/events/{nameless['id']}")
    assert await look(odd_reader, notified(space, nameless["id"], "deleted")) == []
    await world.missed_long_ago(space, GRACE_S)

    (observed,) = await look(odd_reader, notified(space, nameless["id"], "deleted"))

    assert (before.meeting is not None, observed.meeting) == (True, None)
    assert observed.ical_uid == before.ical_uid == f"roomsync-event:{nameless['id']}"


async def test_a_text_that_cannot_be_stored_costs_no_other(world: World, oddity: Oddity, odd_reader: Reader) -> None:
    space = await world.room()
    bad, good = await world.put(space, 9), await world.put(space, 11)
    odd = {"subject": "Party \ud83c\x00", "iCalUId": "04\x00"}
    oddity.rewrite = lambda _, body: {**body, **odd} if body.get("id") == bad["id"] else body

    seen = await look(odd_reader, notified(space, bad["id"]), notified(space, good["id"]))

    assert [each.meeting.subject for each in seen if each.meeting] == ["Party \ufffd\ufffd", "Planning"]
    assert seen[0].ical_uid == f"roomsync-event:{bad['id']}"


async def test_two_events_with_one_ical_uid_are_told_apart_in_one_batch_and_later(
    world: World, oddity: Oddity, odd_reader: Reader
) -> None:
    space = await world.room()
    one, two, three = await world.put(space, 9), await world.put(space, 11), await world.put(space, 13)
    oddity.rewrite = lambda _, body: {**body, "iCalUId": "ONE"} if "id" in body else body

    first = await look(odd_reader, notified(space, one["id"]), notified(space, two["id"]))
    later = await look(odd_reader, notified(space, three["id"]))
    again = await look(odd_reader, *[notified(space, each["id"]) for each in (three, two, one)])

    keeper, other = sorted([one["id"], two["id"]])
    expected = {keeper: "ONE", other: f"roomsync-event:{other}", three["id"]: f"roomsync-event:{three['id']}"}
    assert {each.meeting.event_id: each.ical_uid for each in (*first, *later) if each.meeting} == expected
    assert {each.meeting.event_id: each.ical_uid for each in again if each.meeting} == expected
    assert all(each.meeting.ical_uid == each.ical_uid for each in again if each.meeting)


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
