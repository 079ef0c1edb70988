"""Every method of the client against the simulated Microsoft 365."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from libs.graph import bodies
from libs.graph.client import GraphClient
from libs.graph.errors import (
    BadRequest,
    DuplicateTransaction,
    Forbidden,
    MailboxNotFound,
    NotFound,
    PreconditionFailed,
)
from libs.graph.types import Event, Extent
from tests.contract.graph.tenant import END, MORNING, START
from tests.contract.graphsim.graph import Graph, Json, eventually, meeting
from tests.contract.graphsim.receiver import Receiver
from tests.support.simulator import Simulator

DAY = timedelta(days=1)


async def invited(sim: Simulator, outlook: Graph, client: GraphClient, **more: object) -> tuple[str, str, Event]:
    """Have somebody invite a room; the room, the organizer and the room's copy."""
    room, organizer = await sim.add_room("Birch"), await sim.add_user("Ada")
    made = await outlook.invite(organizer, room, **more)
    await outlook.copy(room, made)
    (copy,) = await client.find_events(room, made["iCalUId"])
    return room, organizer, copy


def new_hold(**more: object) -> Json:
    return bodies.new_hold(START, END, "Board", reservation_id=uuid4(), transaction_id=uuid4()) | more


async def answers_at_organizer(outlook: Graph, organizer: str) -> list[str]:
    events = (await outlook.get(f"/users/{organizer}/events"))["value"]
    return [row["status"]["response"] for event in events for row in event["attendees"]]


async def test_an_invitation_is_found_and_read_by_its_id(sim: Simulator, outlook: Graph, client: GraphClient) -> None:
    room, organizer, copy = await invited(sim, outlook, client, subject="Planning")

    read = await client.event(room, copy.event_id)

    assert read == copy
    assert (read.subject, read.start, read.end) == ("Planning", START, END)
    assert read.organizer is not None
    assert read.organizer.address == organizer
    assert (read.answer, read.is_room_owned, read.is_series) == ("notResponded", False, False)
    assert [each.address for each in read.attendees] == [room]


async def test_a_recurring_hold_is_read_in_two_calls_with_the_dates_that_were_taken_out(
    sim: Simulator, client: GraphClient
) -> None:
    room, days = await sim.add_room("Birch"), [START + number * DAY for number in range(3)]
    limits = {"type": "endDate", "startDate": f"{days[0]:%Y-%m-%d}", "endDate": f"{days[-1]:%Y-%m-%d}"}
    daily = bodies.recurrence({"pattern": {"type": "daily", "interval": 1}, "range": limits}, "UTC")
    made = await client.create_event(room, new_hold(**daily))
    extent = Extent(START - DAY, 9 * DAY, 10)
    listed = (await client.with_series(room, made, extent)).series
    assert listed is not None
    await client.delete_event(room, listed.occurrences[1].event_id)
    before = len(await sim.requests(room))

    whole = await client.with_series(room, await client.master(room, made.event_id), extent)

    assert whole.series is not None
    assert [each.start for each in whole.series.occurrences] == [days[0], days[2]]
    assert whole.series.removed_dates == (days[1].date(),)
    assert len(await sim.requests(room)) - before == 2
    assert whole == replace(
        await client.with_series(room, await client.event(room, made.event_id), extent),
        removed_dates=whole.removed_dates,
    )


@pytest.mark.parametrize(
    ("verb", "answer"), [("accept", "accepted"), ("tentativelyAccept", "tentativelyAccepted"), ("decline", "declined")]
)
async def test_an_answer_reaches_the_organizer_with_its_comment(
    sim: Simulator, outlook: Graph, client: GraphClient, verb: str, answer: str
) -> None:
    room, organizer, copy = await invited(sim, outlook, client)

    await client.respond(room, copy.event_id, verb, comment="So be it.")  # type: ignore[arg-type]  # one of three

    async def shown() -> bool:
        return await answers_at_organizer(outlook, organizer) == [answer]

    await eventually(shown)
    (mail,) = (await sim.ask("GET", "/mails", mailbox=organizer))["mails"]
    assert (mail["kind"], mail["response"], mail["comment"]) == ("response", answer, "So be it.")


async def test_another_time_goes_with_a_tentative_answer(sim: Simulator, outlook: Graph, client: GraphClient) -> None:
    room, organizer, copy = await invited(sim, outlook, client)

    await client.respond(room, copy.event_id, "tentativelyAccept", comment="Later?", proposed=(START + DAY, END + DAY))

    async def proposed() -> list[str]:
        events = (await outlook.get(f"/users/{organizer}/events"))["value"]
        rows = [row["proposedNewTime"] for row in events[0]["attendees"] if "proposedNewTime" in row]
        return [row["start"]["dateTime"][:16] for row in rows]

    assert await eventually(proposed) == ["2027-03-02T10:00"]


async def test_an_answer_that_nobody_wants_can_be_given_in_silence(
    sim: Simulator, outlook: Graph, client: GraphClient
) -> None:
    room, organizer, copy = await invited(sim, outlook, client, responseRequested=False)

    with pytest.raises(BadRequest):
        await client.respond(room, copy.event_id, "accept", comment="Booked.")
    await client.respond(room, copy.event_id, "accept", comment="Booked.", sends_response=False)

    async def accepted() -> bool:
        return (await client.event(room, copy.event_id)).answer == "accepted"

    await eventually(accepted)
    assert (await sim.ask("GET", "/mails", mailbox=organizer))["mails"] == []


async def test_a_hold_is_made_changed_found_by_its_reservation_and_deleted(sim: Simulator, client: GraphClient) -> None:
    room, reservation = await sim.add_room("Birch"), uuid4()
    body = bodies.new_hold(START, END, "Board", reservation_id=reservation, transaction_id=uuid4())

    made = await client.create_event(room, body)
    changed = await client.update_event(room, made.event_id, bodies.hold(START, END + DAY, "Bored"), if_match=made.etag)
    (found,) = await client.find_holds(room, reservation)

    assert (found.event_id, found.reservation_id, found.is_room_owned) == (made.event_id, reservation, True)
    assert (changed.subject, found.subject, found.end, found.shows_as) == ("Bored", "Bored", END + DAY, "busy")
    await client.delete_event(room, made.event_id)
    assert await client.find_holds(room, reservation) == []
    with pytest.raises(NotFound):
        await client.event(room, made.event_id)


async def test_a_change_of_what_has_changed_is_refused(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("Birch")
    made = await client.create_event(room, new_hold())
    await client.update_event(room, made.event_id, bodies.window(START, END + DAY))

    with pytest.raises(PreconditionFailed):
        await client.update_event(room, made.event_id, bodies.window(START, END), if_match=made.etag)
    assert (await client.event(room, made.event_id)).end == END + DAY


@pytest.mark.parametrize("status", [400, 409])
async def test_the_same_transaction_makes_one_event(sim: Simulator, client: GraphClient, status: int) -> None:
    await sim.ask("PUT", "/options", {"duplicate_transaction_status": status})
    room, body = await sim.add_room("Birch"), new_hold()
    made = await client.create_event(room, body)

    with pytest.raises(DuplicateTransaction) as refused:
        await client.create_event(room, body)

    assert refused.value.existing_event_id is not None
    assert (await client.event(room, refused.value.existing_event_id)).ical_uid == made.ical_uid
    assert len(await client.calendar_view(room, MORNING, MORNING + DAY)) == 1


async def test_a_view_of_many_pages_is_read_to_its_end(sim: Simulator, outlook: Graph, client: GraphClient) -> None:
    room, organizer = await sim.add_room("Birch"), await sim.add_user("Ada")
    await outlook.invite(organizer, room)
    for _ in range(24):
        await outlook.call("POST", f"/users/{room}/events", meeting(), expect=201)
    reservation = uuid4()
    for _ in range(12):
        twin = bodies.new_hold(START, END, "Twin", reservation_id=reservation, transaction_id=uuid4())
        await client.create_event(room, twin)

    assert len(await client.find_holds(room, reservation)) == 12
    pages = [call for call in await sim.requests(room) if "skip" in call["query"]]
    assert len(pages) == 1
    found = await client.calendar_view(room, MORNING, MORNING + DAY)
    assert len(found) >= 36
    assert found.unreadable == ()


async def test_a_view_of_a_century_is_cut_to_what_graph_gives(sim: Simulator, client: GraphClient) -> None:
    room = await sim.add_room("Birch")
    made = await client.create_event(room, new_hold())

    found = await client.calendar_view(room, MORNING, MORNING + timedelta(days=36_500))

    assert [each.event_id for each in found] == [made.event_id]


async def test_a_whole_day_lasts_from_midnight_to_midnight_where_it_was_made(
    sim: Simulator, outlook: Graph, client: GraphClient
) -> None:
    day = {"dateTime": "2027-07-01T00:00:00", "timeZone": "W. Europe Standard Time"}
    next_day = {**day, "dateTime": "2027-07-02T00:00:00"}
    _, organizer, copy = await invited(sim, outlook, client, isAllDay=True, start=day, end=next_day)

    assert copy.is_all_day
    assert copy.start == datetime(2027, 6, 30, 22, tzinfo=UTC)
    assert copy.end - copy.start == DAY
    await sim.ask("PUT", "/access", {"scope": "all"})
    (own,) = await client.find_events(organizer, copy.ical_uid)
    moved = bodies.window(own.start + DAY, own.end + DAY, all_day_in=own.time_zone)
    assert (await client.update_event(organizer, own.event_id, moved)).start == copy.start + DAY


async def test_a_subscription_is_made_prolonged_and_ended(
    sim: Simulator, client: GraphClient, receiver: Receiver
) -> None:
    room = await sim.add_room("Birch")
    first, later = (datetime.now(UTC) + timedelta(hours=hours) for hours in (2, 4))

    made = await client.subscribe(
        room,
        notify=f"{receiver.url}/notifications",
        lifecycle=f"{receiver.url}/lifecycle",
        client_state="secret",
        expires_at=first,
    )
    assert abs(made.expires_at - first) < timedelta(seconds=1)
    assert len(receiver.handshakes) == 2
    hold = await client.create_event(room, new_hold())
    (notified, *_) = await receiver.received(1)
    assert notified["resourceData"]["id"] == hold.event_id

    renewed = await client.renew(made.subscription_id, later)
    assert abs(renewed.expires_at - later) < timedelta(seconds=1)
    await client.unsubscribe(made.subscription_id)
    with pytest.raises(NotFound):
        await client.renew(made.subscription_id, later)
    with pytest.raises(NotFound):
        await client.unsubscribe(made.subscription_id)


async def test_a_subscription_for_too_long_is_refused_with_the_limit(
    sim: Simulator, client: GraphClient, receiver: Receiver
) -> None:
    room = await sim.add_room("Birch")
    with pytest.raises(BadRequest, match="10070"):
        await client.subscribe(
            room,
            notify=f"{receiver.url}/n",
            lifecycle=f"{receiver.url}/l",
            client_state="secret",
            expires_at=datetime.now(UTC) + timedelta(days=30),
        )


async def test_a_mailbox_that_is_not_there_is_told_from_an_event_that_is_not(
    sim: Simulator, client: GraphClient
) -> None:
    room = await sim.add_room("Birch")
    with pytest.raises(NotFound) as no_event:
        await client.event(room, "AAkALgAA")
    with pytest.raises(MailboxNotFound):
        await client.find_events("nobody@example.org", "0400")
    assert not isinstance(no_event.value, MailboxNotFound)


async def test_an_id_of_another_mailbox_is_not_found(sim: Simulator, outlook: Graph, client: GraphClient) -> None:
    _, _, copy = await invited(sim, outlook, client)
    other = await sim.add_room("Cedar")
    with pytest.raises(NotFound):
        await client.event(other, copy.event_id)


async def test_a_mailbox_out_of_reach_is_forbidden(sim: Simulator, client: GraphClient) -> None:
    person = await sim.add_user("Ada")
    with pytest.raises(Forbidden):
        await client.find_events(person, "0400")
