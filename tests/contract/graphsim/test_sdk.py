"""Microsoft's SDK does with the simulator what it does with Microsoft 365."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.attendee_type import AttendeeType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.response_type import ResponseType
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.models.user_purpose import UserPurpose
from msgraph.generated.users.item.calendar.get_schedule.get_schedule_post_request_body import (
    GetSchedulePostRequestBody,
)
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder
from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.accept.accept_post_request_body import AcceptPostRequestBody
from msgraph.generated.users.item.events.item.event_item_request_builder import EventItemRequestBuilder
from msgraph.graph_service_client import GraphServiceClient

from tests.contract.graphsim.graph import eventually
from tests.contract.graphsim.microsoft import SCOPES, open_sdk
from tests.contract.graphsim.receiver import Receiver
from tests.support.simulator import Simulator

T = TypeVar("T")
MARK = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Reservation"
WINDOW = ("2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z")


@pytest_asyncio.fixture
async def sdk(sim: Simulator) -> AsyncIterator[GraphServiceClient]:
    """The SDK as our application, which may reach every mailbox here."""
    await sim.ask("PUT", "/access", {"scope": "all"})
    async with open_sdk(sim) as client:
        yield client


def at(day: int, hour: int) -> DateTimeTimeZone:
    return DateTimeTimeZone(date_time=f"2027-03-{day:02d}T{hour:02d}:00:00", time_zone="UTC")


def event(subject: str, *rooms: str, day: int = 1) -> Event:
    return Event(
        subject=subject,
        start=at(day, 10),
        end=at(day, 11),
        attendees=[
            Attendee(type=AttendeeType.Resource, email_address=EmailAddress(address=room, name="")) for room in rooms
        ],
    )


async def created(sdk: GraphServiceClient, mailbox: str, body: Event) -> Event:
    made = await sdk.users.by_user_id(mailbox).events.post(body)
    assert made is not None
    assert made.id is not None
    return made


async def found(look: Callable[[], Awaitable[T | None]]) -> T:
    """Wait for a result."""
    result = await eventually(look)
    assert result is not None
    return result


async def copy_in(sdk: GraphServiceClient, mailbox: str, of: Event) -> Event:
    """Wait for the mailbox's copy, found by the iCalUId that all copies share."""
    query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(filter=f"iCalUId eq '{of.i_cal_u_id}'")

    async def look() -> Event | None:
        page = await sdk.users.by_user_id(mailbox).events.get(RequestConfiguration(query_parameters=query))
        assert page is not None
        return next(iter(page.value or []), None)

    return await found(look)


async def test_azure_identity_gets_tokens_too(sim: Simulator) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/access", {"roles": ["User.ReadBasic.All"]})
    credential = ClientSecretCredential(
        sim.tenant_id,
        sim.client_id,
        sim.client_secret,
        authority=sim.authority.removesuffix(f"/{sim.tenant_id}"),
        disable_instance_discovery=True,
        transport=RequestsTransport(connection_verify=str(sim.ca), use_env_settings=False),
    )
    provider = AzureIdentityAuthenticationProvider(credential, scopes=SCOPES, allowed_hosts=["127.0.0.1"])
    async with open_sdk(sim, provider) as client:
        user = await client.users.by_user_id(room).get()
    assert user is not None
    assert user.display_name == "Birch"


async def test_an_invited_room_accepts_and_follows(sim: Simulator, sdk: GraphServiceClient) -> None:
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")
    meeting = await created(sdk, ada, event("Planning", birch))

    copy = await copy_in(sdk, birch, meeting)
    assert copy.id != meeting.id
    assert copy.is_organizer is False
    assert copy.subject == "Planning"
    assert copy.show_as is FreeBusyStatus.Tentative
    assert copy.response_status is not None
    assert copy.response_status.response is ResponseType.NotResponded

    assert copy.id is not None
    await (
        sdk.users.by_user_id(birch)
        .events.by_event_id(copy.id)
        .accept.post(AcceptPostRequestBody(comment="Yours.", send_response=True))
    )

    async def accepted() -> bool:
        assert meeting.id is not None
        shown = await sdk.users.by_user_id(ada).events.by_event_id(meeting.id).get()
        assert shown is not None
        assert shown.attendees is not None
        status = shown.attendees[0].status
        return status is not None and status.response is ResponseType.Accepted

    await eventually(accepted)
    assert meeting.id is not None
    await sdk.users.by_user_id(ada).events.by_event_id(meeting.id).patch(Event(start=at(1, 14), end=at(1, 15)))

    async def moved() -> bool:
        now = await copy_in(sdk, birch, meeting)
        assert now.start is not None
        return now.start.date_time == "2027-03-01T14:00:00.0000000"

    await eventually(moved)
    await sdk.users.by_user_id(ada).events.by_event_id(meeting.id).delete()

    async def cancelled() -> bool:
        return bool((await copy_in(sdk, birch, meeting)).is_cancelled)

    await eventually(cancelled)


async def test_a_calendar_view_is_read_page_by_page(sim: Simulator, sdk: GraphServiceClient) -> None:
    birch = await sim.add_room("Birch")
    for day in range(1, 8):
        await created(sdk, birch, event(f"E{day}", day=day))
    start, end = WINDOW
    query = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(
        start_date_time=start, end_date_time=end, top=3, select=["subject", "start", "type"]
    )
    view = sdk.users.by_user_id(birch).calendar_view
    page = await view.get(RequestConfiguration(query_parameters=query))
    pages = []
    while page is not None:
        pages.append([each.subject for each in page.value or []])
        assert all(each.type is EventType.SingleInstance for each in page.value or [])
        page = await view.with_url(page.odata_next_link).get() if page.odata_next_link else None
    assert pages == [["E1", "E2", "E3"], ["E4", "E5", "E6"], ["E7"]]


async def test_delta_tells_what_changed_since(sim: Simulator, sdk: GraphServiceClient) -> None:
    birch = await sim.add_room("Birch")
    for day in range(1, 4):
        await created(sdk, birch, event(f"E{day}", day=day))
    start, end = WINDOW
    query = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(start_date_time=start, end_date_time=end)
    configuration: Any = RequestConfiguration(query_parameters=query)
    configuration.headers.add("Prefer", "odata.maxpagesize=2")
    delta = sdk.users.by_user_id(birch).calendar_view.delta
    seen: list[Event] = []
    page = await delta.get(configuration)
    while page is not None and page.odata_next_link:
        seen += page.value or []
        page = await delta.with_url(page.odata_next_link).get()
    assert page is not None
    seen += page.value or []
    assert {each.subject for each in seen} == {"E1", "E2", "E3"}
    gone = next(each for each in seen if each.subject == "E2")
    assert gone.id is not None
    await sdk.users.by_user_id(birch).events.by_event_id(gone.id).delete()
    assert page.odata_delta_link is not None
    page = await delta.with_url(page.odata_delta_link).get()
    assert page is not None
    [row] = page.value or []
    assert row.id == gone.id
    assert "@removed" in row.additional_data


async def test_subscriptions_are_made_renewed_listed_and_ended(
    sim: Simulator, sdk: GraphServiceClient, receiver: Receiver
) -> None:
    birch = await sim.add_room("Birch")
    until = datetime.now(UTC) + timedelta(days=2)
    made = await sdk.subscriptions.post(
        Subscription(
            change_type="created,updated,deleted",
            notification_url=receiver.url,
            lifecycle_notification_url=f"{receiver.url}/lifecycle",
            resource=f"users/{birch}/events",
            expiration_date_time=until,
            client_state="secret",
        )
    )
    assert made is not None
    assert made.id is not None
    later = until + timedelta(days=1)
    renewed = await sdk.subscriptions.by_subscription_id(made.id).patch(Subscription(expiration_date_time=later))
    assert renewed is not None
    assert renewed.expiration_date_time == later
    await sdk.subscriptions.by_subscription_id(made.id).reauthorize.post()
    await created(sdk, birch, event("Planning"))
    [first, *_] = await receiver.received(1, "created")
    assert first["subscriptionId"] == made.id
    assert first["clientState"] == "secret"
    page = await sdk.subscriptions.get()
    assert page is not None
    assert [each.id for each in page.value or []] == [made.id]
    await sdk.subscriptions.by_subscription_id(made.id).delete()
    with pytest.raises(ODataError) as gone:
        await sdk.subscriptions.by_subscription_id(made.id).patch(Subscription(expiration_date_time=later))
    assert gone.value.response_status_code == 404


async def test_get_schedule_shows_when_a_room_is_busy(sim: Simulator, sdk: GraphServiceClient) -> None:
    birch = await sim.add_room("Birch")
    await created(sdk, birch, event("Planning"))
    body = GetSchedulePostRequestBody(
        schedules=[birch], start_time=at(1, 9), end_time=at(1, 12), availability_view_interval=60
    )
    answer = await sdk.users.by_user_id(birch).calendar.get_schedule.post(body)
    assert answer is not None
    [schedule] = answer.value or []
    assert schedule.availability_view == "020"
    assert schedule.schedule_items is not None
    assert schedule.schedule_items[0].status is FreeBusyStatus.Busy


async def test_rooms_are_places(sim: Simulator, sdk: GraphServiceClient) -> None:
    birch = await sim.add_room("Birch", building="North Tower")
    await sim.add_user("Ada")
    rooms = await sdk.places.graph_room.get()
    lists = await sdk.places.graph_room_list.get()
    assert rooms is not None
    assert lists is not None
    assert [(each.email_address, each.capacity, each.building) for each in rooms.value or []] == [
        (birch, 8, "North Tower")
    ]
    [building] = lists.value or []
    assert building.display_name == "North Tower"


async def test_a_mailbox_says_what_it_is_for(sim: Simulator, sdk: GraphServiceClient) -> None:
    birch = await sim.add_room("Birch", time_zone="Europe/Berlin")
    settings = await sdk.users.by_user_id(birch).mailbox_settings.get()
    assert settings is not None
    assert settings.time_zone == "Europe/Berlin"
    assert settings.user_purpose is UserPurpose.Room


async def test_a_mark_on_an_event_is_read_back(sim: Simulator, sdk: GraphServiceClient) -> None:
    birch = await sim.add_room("Birch")
    body = event("Board")
    body.single_value_extended_properties = [SingleValueLegacyExtendedProperty(id=MARK, value="r-17")]
    made = await created(sdk, birch, body)
    query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(
        expand=[f"singleValueExtendedProperties($filter=id eq '{MARK}')"]
    )
    assert made.id is not None
    shown = (
        await sdk.users.by_user_id(birch).events.by_event_id(made.id).get(RequestConfiguration(query_parameters=query))
    )
    assert shown is not None
    assert shown.single_value_extended_properties is not None
    assert [each.value for each in shown.single_value_extended_properties] == ["r-17"]


async def test_refusals_are_errors_with_a_code(sim: Simulator, sdk: GraphServiceClient) -> None:
    birch = await sim.add_room("Birch")
    with pytest.raises(ODataError) as missing:
        await sdk.users.by_user_id(birch).events.by_event_id("AAMkADnothinglikethis").get()
    assert missing.value.response_status_code == 404
    assert missing.value.error is not None
    assert missing.value.error.code == "ErrorItemNotFound"
    assert missing.value.error.inner_error is not None
    assert missing.value.error.inner_error.request_id


async def test_the_sdk_waits_as_told_when_throttled(sim: Simulator, sdk: GraphServiceClient) -> None:
    birch = await sim.add_room("Birch")
    throttled = {"match": {"mailbox": birch}, "effect": {"status": 429, "retry_after": 1}, "times": 1}
    async with sim.faults(throttled):
        page = await sdk.users.by_user_id(birch).events.get()
    assert page is not None
    first, second = await sim.requests(birch)
    assert (first["status"], second["status"]) == (429, 200)
    waited = datetime.fromisoformat(second["time"]) - datetime.fromisoformat(first["time"])
    assert waited >= timedelta(seconds=0.9)
