"""Listings, forms of an event, free and busy times."""

from itertools import chain
from typing import Any

import pytest

from tests.graphsim.exchange.world import World
from tests.unit.graphsim.conftest import ADA, BIRCH, CEDAR
from tests.unit.graphsim.outlook import Json, Outlook, assert_is, meeting

DECEMBER = "startDateTime=2026-12-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z"


async def fill(outlook: Outlook, count: int) -> list[Json]:
    return [
        await outlook.call("POST", f"{BIRCH}/events", meeting(f"E{day:02d}", day=day), expect=201)
        for day in range(1, count + 1)
    ]


async def pages(outlook: Outlook, path: str, headers: Json | None = None) -> list[list[str]]:
    found = []
    while path:
        page = await outlook.call("GET", path, headers=headers)
        found.append([event["subject"] for event in page["value"]])
        path = page.get("@odata.nextLink", "")
    return found


async def test_a_calendar_view_comes_in_pages(outlook: Outlook) -> None:
    await fill(outlook, 25)
    found = await pages(outlook, f"{BIRCH}/calendarView?{DECEMBER}&$top=10")
    assert [len(page) for page in found] == [10, 10, 5]
    assert list(chain(*found)) == [f"E{day:02d}" for day in range(1, 26)]
    assert [len(page) for page in await pages(outlook, f"{BIRCH}/calendarView?{DECEMBER}")] == [10, 10, 5]
    assert len(await pages(outlook, f"{BIRCH}/calendarView?{DECEMBER}&$top=1000")) == 1
    preferred = {"Prefer": "odata.maxpagesize=20"}
    assert [len(page) for page in await pages(outlook, f"{BIRCH}/events", preferred)] == [20, 5]


async def test_a_view_holds_what_overlaps_its_half_open_window(outlook: Outlook) -> None:
    await fill(outlook, 3)
    window = "startDateTime=2026-12-01T11:00:00Z&endDateTime=2026-12-03T10:00:00Z"
    assert await pages(outlook, f"{BIRCH}/calendar/calendarView?{window}") == [["E02"]]
    touching = "startDateTime=2026-12-01T11:30:00%2B01:00&endDateTime=2026-12-03T10:00:01"
    assert await pages(outlook, f"{BIRCH}/calendarView?{touching}") == [["E01", "E02", "E03"]]


@pytest.mark.parametrize(
    "query",
    [
        "startDateTime=2026-12-01T00:00:00Z",
        "startDateTime=2026-12-01T00:00:00Z&endDateTime=2031-12-01T00:00:00Z",
        "startDateTime=2026-12-01T00:00:00Z&endDateTime=2026-11-01T00:00:00Z",
        "startDateTime=soon&endDateTime=2026-11-01T00:00:00Z",
        f"{DECEMBER}&$top=1001",
        f"{DECEMBER}&$top=0",
        f"{DECEMBER}&$skip=x",
        f"{DECEMBER}&$filter=nonsense",
        f"{DECEMBER}&$filter=webLink eq 'x'",
        f"{DECEMBER}&$orderby=webLink",
        f"{DECEMBER}&$expand=singleValueExtendedProperties",
    ],
)
async def test_a_view_that_cannot_be_answered_is_a_400(outlook: Outlook, query: str) -> None:
    refusal = await outlook.call("GET", f"{BIRCH}/calendarView?{query}", expect=400)
    assert refusal["error"]["code"]


async def test_a_view_of_exactly_1825_days_is_allowed(outlook: Outlook) -> None:
    await outlook.call(
        "GET", f"{BIRCH}/calendarView?startDateTime=2026-12-01T00:00:00Z&endDateTime=2031-11-30T00:00:00Z"
    )


@pytest.mark.parametrize(
    ("condition", "subjects"),
    [
        ("start/dateTime ge '2026-12-02T10:00:00' and start/dateTime lt '2026-12-04T10:00:00'", ["E02", "E03"]),
        ("end/dateTime le '2026-12-01T11:00:00Z'", ["E01"]),
        ("subject eq 'E03'", ["E03"]),
        ("isCancelled eq true", []),
        ("iCalUId eq 'unknown'", []),
    ],
)
async def test_events_can_be_filtered(outlook: Outlook, condition: str, subjects: list[str]) -> None:
    await fill(outlook, 4)
    assert list(chain(*await pages(outlook, f"{BIRCH}/events?$filter={condition}"))) == subjects


async def test_events_can_be_ordered_and_counted(outlook: Outlook) -> None:
    await fill(outlook, 3)
    page = await outlook.call("GET", f"{BIRCH}/events?$orderby=start/dateTime desc&$top=2&$count=true")
    assert [event["subject"] for event in page["value"]] == ["E03", "E02"]
    assert page["@odata.count"] == 3


async def test_select_keeps_id_and_etag(outlook: Outlook) -> None:
    await fill(outlook, 1)
    [event] = (await outlook.call("GET", f"{BIRCH}/events?$select=subject,start"))["value"]
    assert set(event) == {"@odata.etag", "id", "subject", "start"}


async def test_times_are_utc_unless_another_zone_is_preferred(outlook: Outlook) -> None:
    [event] = await fill(outlook, 1)
    assert event["start"] == {"dateTime": "2026-12-01T10:00:00.0000000", "timeZone": "UTC"}
    path = f"/v1.0/users/{BIRCH}/events/{event['id']}"
    for name in ("W. Europe Standard Time", "Europe/Berlin"):
        async with outlook.client.get(path, headers={"Prefer": f'outlook.timezone="{name}"'}) as response:
            body = await response.json()
            assert body["start"] == {"dateTime": "2026-12-01T11:00:00.0000000", "timeZone": name}
            assert response.headers["Preference-Applied"] == f'outlook.timezone="{name}"'


async def test_a_body_comes_as_html_unless_text_is_preferred(outlook: Outlook) -> None:
    body = meeting(body={"contentType": "html", "content": "<p>Tea &amp; cake</p>"})
    event = await outlook.call("POST", f"{ADA}/events", body, expect=201)
    assert event["body"]["content"].startswith("<html>")
    assert event["bodyPreview"] == "Tea & cake"
    preferred = {"Prefer": 'outlook.body-content-type="text"'}
    text = await outlook.call("GET", f"{ADA}/events/{event['id']}", headers=preferred)
    assert text["body"] == {"contentType": "text", "content": "Tea & cake"}


async def test_an_all_day_event_is_midnight_to_midnight_in_every_zone(outlook: Outlook) -> None:
    body = {
        "subject": "Fair",
        "isAllDay": True,
        "start": {"dateTime": "2026-12-01T00:00:00", "timeZone": "Tokyo Standard Time"},
        "end": {"dateTime": "2026-12-02T00:00:00", "timeZone": "Tokyo Standard Time"},
    }
    event = await outlook.call("POST", f"{BIRCH}/events", body, expect=201)
    assert event["originalStartTimeZone"] == "Tokyo Standard Time"
    berlin = {"Prefer": 'outlook.timezone="Europe/Berlin"'}
    for headers in ({}, berlin):
        read = await outlook.call("GET", f"{BIRCH}/events/{event['id']}", headers=headers)
        assert read["start"]["dateTime"] == "2026-12-01T00:00:00.0000000"
    [row] = await free_busy(outlook, BIRCH)
    assert row["scheduleItems"][0]["start"]["dateTime"] == "2026-11-30T15:00:00.0000000"


async def test_a_timed_event_becomes_all_day_only_with_midnights(outlook: Outlook) -> None:
    event = await outlook.call("POST", f"{ADA}/events", meeting(), expect=201)
    await outlook.call("PATCH", f"{ADA}/events/{event['id']}", {"isAllDay": True}, expect=400)


async def test_one_of_several_locations_stands_for_all(outlook: Outlook) -> None:
    one = await outlook.call("POST", f"{ADA}/events", meeting(location={"displayName": "Birch"}), expect=201)
    assert [each["displayName"] for each in one["locations"]] == ["Birch"]
    both = [{"displayName": "Birch", "locationEmailAddress": BIRCH}, {"displayName": "Cedar"}]
    two = await outlook.call("PATCH", f"{ADA}/events/{one['id']}", {"locations": both})
    assert two["location"]["displayName"] == "Birch; Cedar"


async def free_busy(outlook: Outlook, *addresses: str) -> list[Any]:
    answer = await outlook.call(
        "POST",
        f"{ADA}/calendar/getSchedule",
        {
            "schedules": list(addresses),
            "startTime": {"dateTime": "2026-12-01T08:00:00", "timeZone": "UTC"},
            "endTime": {"dateTime": "2026-12-01T12:00:00", "timeZone": "UTC"},
            "availabilityViewInterval": 60,
        },
    )
    rows: list[Any] = answer["value"]
    for row in rows:
        assert_is("scheduleInformation", row)
    return rows


async def test_free_busy_tells_of_each_address_by_itself(outlook: Outlook) -> None:
    event = await outlook.invite(ADA, CEDAR)
    await outlook.copy(CEDAR, event)
    await outlook.call("POST", f"{BIRCH}/events", meeting(sensitivity="private"), expect=201)
    birch, cedar, nobody = await free_busy(outlook, BIRCH, CEDAR, "nobody@example.org")
    assert birch["availabilityView"] == "0020"
    assert birch["scheduleItems"][0]["isPrivate"] is True
    assert "subject" not in birch["scheduleItems"][0]
    assert cedar["availabilityView"] == "0010"
    assert nobody["error"]["responseCode"] == "ErrorMailRecipientNotFound"


async def test_free_busy_has_its_limits(outlook: Outlook) -> None:
    times = {"startTime": meeting()["start"], "endTime": meeting()["end"]}
    for body in (
        {"schedules": [BIRCH] * 101, **times},
        {"schedules": [BIRCH], "startTime": times["startTime"], "endTime": meeting(day=1)["start"]},
        {"schedules": [BIRCH], "startTime": times["startTime"], "endTime": {"dateTime": "2027-03-01T00:00:00"}},
        {"schedules": [BIRCH], "availabilityViewInterval": 4, **times},
        {"schedules": BIRCH, **times},
    ):
        await outlook.call("POST", f"{ADA}/calendar/getSchedule", body, expect=400)


@pytest.mark.parametrize(
    ("path", "kind"), [("", "user"), ("/mailboxSettings", "mailboxSettings"), ("/calendar", "calendar")]
)
async def test_a_mailbox_tells_about_itself(outlook: Outlook, path: str, kind: str) -> None:
    assert_is(kind, await outlook.call("GET", f"{BIRCH}{path}"))


async def test_a_mailbox_is_found_by_its_object_id_and_its_calendar_by_id(outlook: Outlook, world: World) -> None:
    await fill(outlook, 1)
    mailbox = world.mailbox(BIRCH)
    assert await pages(outlook, f"{mailbox.user_id}/calendars/{mailbox.calendar_id}/events") == [["E01"]]
    await outlook.call("GET", f"{BIRCH}/calendars/other/events", expect=404)


async def test_an_event_without_recurrence_has_no_instances(outlook: Outlook) -> None:
    [event] = await fill(outlook, 1)
    await outlook.call("GET", f"{BIRCH}/events/{event['id']}/instances?{DECEMBER}", expect=400)
