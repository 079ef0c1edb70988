"""Series over HTTP, with Microsoft's SDK where it helps: what our application reads, answers, and is notified of."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.response_type import ResponseType
from msgraph.generated.users.item.events.item.decline.decline_post_request_body import DeclinePostRequestBody
from msgraph.generated.users.item.events.item.event_item_request_builder import EventItemRequestBuilder
from msgraph.generated.users.item.events.item.instances.instances_request_builder import InstancesRequestBuilder
from msgraph.graph_service_client import GraphServiceClient

from tests.contract.graphsim.graph import Graph, Json, assert_is, eventually
from tests.contract.graphsim.microsoft import open_sdk
from tests.contract.graphsim.receiver import Receiver
from tests.contract.graphsim.subscribing import subscribed
from tests.support.simulator import Simulator

WINDOW = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-05-01T00:00:00Z"
MONDAYS = {
    "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
    "range": {"type": "numbered", "startDate": "2027-03-01", "numberOfOccurrences": 5},
}


@pytest_asyncio.fixture
async def sdk(sim: Simulator) -> AsyncIterator[GraphServiceClient]:
    """The SDK as our application, which reaches rooms."""
    async with open_sdk(sim) as client:
        yield client


async def booked(sim: Simulator, outlook: Graph, graph: Graph) -> tuple[str, str, Json, Json]:
    """Somebody's series with a room: who, which room, the organizer's master, and the room's."""
    await sim.ask("PUT", "/options", {"mail_delay": [0, 0.002]})
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")
    series = await outlook.invite(ada, birch, recurrence=MONDAYS)
    return ada, birch, series, await graph.copy(birch, series)


async def instances(graph: Graph, mailbox: str, series: Json) -> list[Json]:
    found: list[Json] = (await graph.get(f"/users/{mailbox}/events/{series['id']}/instances?{WINDOW}"))["value"]
    for each in found:
        assert_is("event", each)
    return found


async def sdk_instances(sdk: GraphServiceClient, mailbox: str, master: str) -> list[Event]:
    query = InstancesRequestBuilder.InstancesRequestBuilderGetQueryParameters(
        start_date_time="2027-03-01T00:00:00Z", end_date_time="2027-05-01T00:00:00Z"
    )
    page = (
        await sdk.users.by_user_id(mailbox)
        .events.by_event_id(master)
        .instances.get(RequestConfiguration(query_parameters=query))
    )
    assert page is not None
    return page.value or []


async def test_the_sdk_reads_what_a_series_has_on_single_dates(
    sim: Simulator, outlook: Graph, graph: Graph, sdk: GraphServiceClient
) -> None:
    ada, birch, series, copy = await booked(sim, outlook, graph)
    first, second, *_ = await instances(outlook, ada, series)
    await outlook.call("PATCH", f"/users/{ada}/events/{first['id']}", {"subject": "Kick-off"})
    await outlook.call("POST", f"/users/{ada}/events/{second['id']}/cancel", {"comment": "Off."}, expect=202)
    query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(
        select=["subject", "cancelledOccurrences", "exceptionOccurrences"], expand=["exceptionOccurrences"]
    )

    async def both() -> Event | None:
        found = (
            await sdk.users.by_user_id(birch)
            .events.by_event_id(copy["id"])
            .get(RequestConfiguration(query_parameters=query))
        )
        return found if found and found.exception_occurrences and found.cancelled_occurrences else None

    master = await eventually(both)
    assert master is not None
    assert master.cancelled_occurrences == [f"OID.{copy['id']}.2027-03-08"]
    [exception] = master.exception_occurrences or []
    assert (exception.type, exception.subject, exception.series_master_id) == (
        EventType.Exception,
        "Kick-off",
        copy["id"],
    )
    assert [each.type for each in await sdk_instances(sdk, birch, copy["id"])] == [
        EventType.Exception,
        *[EventType.Occurrence] * 3,
    ]


async def test_the_sdk_accepts_a_series_and_declines_one_date(
    sim: Simulator, outlook: Graph, graph: Graph, sdk: GraphServiceClient
) -> None:
    ada, birch, series, copy = await booked(sim, outlook, graph)
    events = sdk.users.by_user_id(birch).events
    await graph.call("POST", f"/users/{birch}/events/{copy['id']}/accept", {}, expect=202)
    _, _, third, *_ = await sdk_instances(sdk, birch, copy["id"])
    assert third.id is not None
    await events.by_event_id(third.id).decline.post(DeclinePostRequestBody(comment="Taken.", send_response=True))

    async def gone() -> bool:
        return len(await sdk_instances(sdk, birch, copy["id"])) == 4

    await eventually(gone)
    for each in await sdk_instances(sdk, birch, copy["id"]):
        assert each.response_status is not None
        assert each.response_status.response is ResponseType.Accepted

    async def organizers() -> bool:
        shown = [each["attendees"][0]["status"]["response"] for each in await instances(outlook, ada, series)]
        return shown == ["accepted", "accepted", "declined", "accepted", "accepted"]

    await eventually(organizers)


@pytest.mark.parametrize("tells", [True, False])
async def test_a_changed_date_is_told_of_as_an_update_of_its_series(
    sim: Simulator, outlook: Graph, graph: Graph, receiver: Receiver, tells: bool
) -> None:
    prompt: Json = {"delay_ms": [0, 1], "extra_updates": [0, 0], "tells_exceptions": tells}
    await sim.ask("PUT", "/delivery", prompt)
    ada, birch, series, copy = await booked(sim, outlook, graph)
    await subscribed(graph, birch, receiver)
    first, *_ = await instances(outlook, ada, series)
    [room_first, *_] = await instances(graph, birch, copy)
    await outlook.call("PATCH", f"/users/{ada}/events/{first['id']}", {"subject": "Kick-off"})
    told = await receiver.received(2 if tells else 1)
    assert {item["resourceData"]["id"] for item in told} == {copy["id"], *([room_first["id"]] if tells else [])}
    assert {item["changeType"] for item in told} == {"updated"}


async def test_a_deleted_date_is_told_of_as_an_update_of_its_series_alone(
    sim: Simulator, outlook: Graph, graph: Graph, receiver: Receiver
) -> None:
    await sim.ask("PUT", "/delivery", {"delay_ms": [0, 1], "extra_updates": [0, 0], "tells_exceptions": True})
    ada, birch, series, copy = await booked(sim, outlook, graph)
    await sim.ask("PATCH", f"/mailboxes/{birch}", {"processing": {"remove_canceled_meetings": True}})
    await subscribed(graph, birch, receiver)
    first, *_ = await instances(outlook, ada, series)
    await outlook.call("DELETE", f"/users/{ada}/events/{first['id']}", expect=204)
    [told] = await receiver.received(1)
    assert (told["changeType"], told["resourceData"]["id"]) == ("updated", copy["id"])
    current = await graph.get(f"/users/{birch}/events/{copy['id']}")
    assert (current["changeKey"] != copy["changeKey"], current["subject"]) == (True, copy["subject"])


async def test_overlays_show_occurrences_otherwise_than_their_series(
    sim: Simulator, outlook: Graph, graph: Graph
) -> None:
    _, birch, _, copy = await booked(sim, outlook, graph)
    bare = {"mailbox": birch, "types": ["occurrence"], "set": {"attendees": []}}
    nameless = {
        "mailbox": birch,
        "types": ["seriesMaster"],
        "replace": [['"recurrenceTimeZone":"UTC"', '"recurrenceTimeZone":""']],
    }
    async with sim.overlays(bare, nameless):
        assert {len(each["attendees"]) for each in await instances(graph, birch, copy)} == {0}
        master = await graph.get(f"/users/{birch}/events/{copy['id']}")
    assert (len(master["attendees"]), master["recurrence"]["range"]["recurrenceTimeZone"]) == (1, "")


async def test_both_sides_of_a_series_are_laid_open(sim: Simulator, outlook: Graph, graph: Graph) -> None:
    ada, birch, series, copy = await booked(sim, outlook, graph)
    first, *_ = await instances(outlook, ada, series)
    await outlook.call("PATCH", f"/users/{ada}/events/{first['id']}", {"subject": "Kick-off"})
    [_, room_second, *_] = await instances(graph, birch, copy)
    await graph.call("POST", f"/users/{birch}/events/{room_second['id']}/decline", {}, expect=202)

    async def stored(mailbox: str) -> Json:
        [found] = (await sim.ask("GET", f"/mailboxes/{mailbox}/events"))["events"]
        return {
            "exceptions": [(each["originalDate"], each["subject"]) for each in found["exceptions"]],
            "deleted": [
                (each["originalDate"], each["responseStatus"]["response"]) for each in found["deletedOccurrences"]
            ],
        }

    async def both() -> bool:
        return (await stored(ada), await stored(birch)) == (
            {"exceptions": [("2027-03-01", "Kick-off"), ("2027-03-08", "Planning")], "deleted": []},
            {"exceptions": [("2027-03-01", "Kick-off")], "deleted": [("2027-03-08", "declined")]},
        )

    await eventually(both)
