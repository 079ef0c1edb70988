"""The reader against the simulator: what it observes, how often it reads, and what it leaves for later."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from deploy.driver.eventually import eventually
from libs.common.bus.port import Envelope
from libs.common.handlers import Finished, InLane
from libs.common.observed import observed_together
from libs.common.topology import Lane
from libs.contracts.messages import MOST_NOTIFICATIONS_TOLD, MeetingObserved, OutlookNotified
from libs.contracts.values import Observation
from services.ingest.handlers.reader import Reader
from tests.integration.ingest.oddity import Json, Oddity
from tests.integration.ingest.reading import GRACE_S, look, look_partly, notified, observed_by, reads
from tests.integration.ingest.world import DAY, Space, World, moment

DAILY = {
    "pattern": {"type": "daily", "interval": 1},
    "range": {"type": "numbered", "startDate": f"{DAY:%Y-%m-%d}", "numberOfOccurrences": 3},
}


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


async def test_what_is_told_names_each_notification_that_the_read_answers_by_its_own_correlation_id(
    world: World, reader: Reader
) -> None:
    space = await world.room()
    events = [await world.put(space, 9 + number) for number in range(3)]
    batch = [(envelope(f"post.{number}"), notified(space, events[number % 3]["id"])) for number in range(50)]

    with observed_together("ingest", OutlookNotified.type, batch):
        became = await reader.on_outlook_notified([message for _, message in batch])

    told = [each for done in became if isinstance(done, Finished) for each in done.caused]
    assert len(told) == 3
    for number, each in enumerate(told):
        assert isinstance(each, MeetingObserved)
        about = range(number, 50, 3)
        assert each.notifications == len(about)
        assert [one.correlation_id for one in each.notified] == [f"post.{n}" for n in about][:MOST_NOTIFICATIONS_TOLD]


async def test_a_series_that_is_left_to_the_bulk_lane_takes_all_its_notifications_along(
    world: World, reader: Reader
) -> None:
    space = await world.room()
    event = await world.put(space, recurrence=DAILY)
    batch = [(envelope(f"post.{number}"), notified(space, event["id"])) for number in range(3)]
    with observed_together("ingest", OutlookNotified.type, batch):
        became = await reader.on_outlook_notified([message for _, message in batch])
    [left] = [each for done in became if isinstance(done, Finished) for each in done.caused]
    assert isinstance(left, InLane)
    assert isinstance(left.message, OutlookNotified)

    later = [(envelope("post.0"), left.message)]
    bulk = Reader(world.pool, world.clients, Lane.BULK, GRACE_S, 2)
    with observed_together("ingest", OutlookNotified.type, later):
        [done] = await bulk.on_outlook_notified([left.message])

    assert isinstance(done, Finished)
    [told] = done.caused
    assert isinstance(told, MeetingObserved)
    assert [each.correlation_id for each in told.notified] == ["post.0", "post.1", "post.2"]


def envelope(correlation_id: str) -> Envelope:
    return Envelope(uuid4(), OutlookNotified.type, b"{}", 0, datetime.now(UTC), correlation_id)


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
