"""Series, as far as they are expanded: every pattern, every range, daylight saving."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.graphsim.exchange import occurrences, recurrence
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.recurrence_body import read_recurrence
from tests.unit.graphsim.conftest import ADA, BIRCH, BOB, add_room, set_options
from tests.unit.graphsim.outlook import IMMUTABLE, Json, Outlook, meeting
from tests.unit.graphsim.series import WEEKLY, WINDOW, instances, repeated

THREE_TUESDAYS = repeated(WEEKLY, numberOfOccurrences=3)


PATTERNS: list[tuple[Json, str, list[str]]] = [
    ({"type": "daily", "interval": 2}, "2026-12-01", ["2026-12-01", "2026-12-03", "2026-12-05"]),
    (
        {"type": "weekly", "interval": 2, "daysOfWeek": ["sunday", "monday"], "firstDayOfWeek": "sunday"},
        "2026-12-06",
        ["2026-12-06", "2026-12-07", "2026-12-20"],
    ),
    (
        {"type": "weekly", "interval": 2, "daysOfWeek": ["sunday", "monday"], "firstDayOfWeek": "monday"},
        "2026-12-06",
        ["2026-12-06", "2026-12-14", "2026-12-20"],
    ),
    (
        {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
        "2026-12-31",
        ["2026-12-31", "2027-01-31", "2027-02-28"],
    ),
    (
        {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["friday"], "index": "last"},
        "2026-12-25",
        ["2026-12-25", "2027-01-29", "2027-02-26"],
    ),
    (
        {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2},
        "2027-02-28",
        ["2027-02-28", "2028-02-29", "2029-02-28"],
    ),
    (
        {"type": "relativeYearly", "interval": 1, "daysOfWeek": ["monday"], "index": "first", "month": 5},
        "2027-05-03",
        ["2027-05-03", "2028-05-01", "2029-05-07"],
    ),
]


@pytest.mark.parametrize(("pattern", "start", "expected"), PATTERNS)
def test_a_pattern_falls_on_its_days(pattern: Json, start: str, expected: list[str]) -> None:
    series = repeated(pattern, start, numberOfOccurrences=3)
    assert [str(day) for day in recurrence.days(read_recurrence(series), date.max)] == expected


def test_a_series_ends_with_its_last_day_or_with_the_window() -> None:
    ended = {"pattern": WEEKLY, "range": {"type": "endDate", "startDate": "2026-12-01", "endDate": "2026-12-15"}}
    assert len(list(recurrence.days(ended, date.max))) == 3
    endless = {"pattern": WEEKLY, "range": {"type": "noEnd", "startDate": "2026-12-01"}}
    assert len(list(recurrence.days(endless, date(2026, 12, 15)))) == 2


@pytest.mark.parametrize(
    "series",
    [
        {},
        repeated({"type": "hourly", "interval": 1}, numberOfOccurrences=3),
        repeated({"type": "daily", "interval": 0}, numberOfOccurrences=3),
        repeated({"type": "weekly", "interval": 1, "daysOfWeek": ["payday"]}, numberOfOccurrences=3),
        repeated({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 13}, numberOfOccurrences=3),
        repeated(WEEKLY, numberOfOccurrences=1000),
        repeated(WEEKLY, start="soon", numberOfOccurrences=3),
    ],
)
async def test_a_recurrence_that_cannot_be_expanded_is_a_400(outlook: Outlook, series: Json) -> None:
    body = meeting() | {"recurrence": series or {"pattern": None}}
    refusal = await outlook.call("POST", f"{ADA}/events", body, expect=400)
    assert refusal["error"]["code"] == "ErrorPropertyValidationFailure"


async def test_a_view_expands_a_series_at_its_wall_time(outlook: Outlook) -> None:
    body = {
        "subject": "Choir",
        "start": {"dateTime": "2027-03-23T19:00:00", "timeZone": "W. Europe Standard Time"},
        "end": {"dateTime": "2027-03-23T20:00:00", "timeZone": "W. Europe Standard Time"},
        "recurrence": repeated(WEEKLY, "2027-03-23", numberOfOccurrences=2),
    }
    master = await outlook.call("POST", f"{BIRCH}/events", body, expect=201)
    assert master["type"] == "seriesMaster"
    window = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-05-01T00:00:00Z"
    view = (await outlook.call("GET", f"{BIRCH}/calendarView?{window}"))["value"]
    instances = (await outlook.call("GET", f"{BIRCH}/events/{master['id']}/instances?{window}"))["value"]
    assert instances == view
    assert [each["start"]["dateTime"][:16] for each in view] == ["2027-03-23T18:00", "2027-03-30T17:00"]
    assert {each["seriesMasterId"] for each in view} == {master["id"]}
    assert {each["type"] for each in view} == {"occurrence"}
    one = await outlook.call("GET", f"{BIRCH}/events/{view[1]['id']}")
    assert one["start"] == view[1]["start"]
    assert [each["id"] for each in (await outlook.call("GET", f"{BIRCH}/events"))["value"]] == [master["id"]]


async def test_a_series_is_invited_and_answered_as_one(outlook: Outlook, world: World) -> None:
    add_room(world, BIRCH)
    series = repeated(WEEKLY, numberOfOccurrences=4)
    event = await outlook.invite(ADA, BIRCH, recurrence=series)
    await outlook.status(ADA, event, BIRCH, "accepted")
    clash = await outlook.invite(BOB, BIRCH, day=15)
    await outlook.status(BOB, clash, BIRCH, "declined")
    endless = await outlook.invite(
        BOB,
        BIRCH,
        hours=(15, 16),
        recurrence={"pattern": WEEKLY, "range": {"type": "noEnd", "startDate": "2026-12-01"}},
    )
    await outlook.status(BOB, endless, BIRCH, "declined")


async def test_occurrences_have_ids_dates_and_ical_uids_of_their_own(outlook: Outlook, world: World) -> None:
    master = await outlook.call("POST", f"{BIRCH}/events", meeting(recurrence=THREE_TUESDAYS), expect=201)
    assert (master["occurrenceId"], "originalStart" in master) == (None, False)
    shown = await instances(outlook, BIRCH, master)
    assert [each["occurrenceId"] for each in shown] == [f"OID.{master['id']}.2026-12-{day:02d}" for day in (1, 8, 15)]
    assert [each["originalStart"] for each in shown] == [f"2026-12-{day:02d}T10:00:00.0000000Z" for day in (1, 8, 15)]
    uids = [each["iCalUId"] for each in shown]
    assert uids == [f"{master['iCalUId'][:32]}07EA0C{day:02X}{master['iCalUId'][40:]}" for day in (1, 8, 15)]
    assert master["iCalUId"][32:40] == "00000000"

    set_options(world, occurrence_uids="series")
    await outlook.call("PATCH", f"{BIRCH}/events/{master['id']}", {"subject": "Other"})
    assert {each["iCalUId"] for each in await instances(outlook, BIRCH, master)} == {master["iCalUId"]}


async def test_ids_of_occurrences_follow_the_kind_of_id_that_is_preferred(outlook: Outlook) -> None:
    await outlook.call("POST", f"{BIRCH}/events", meeting(recurrence=THREE_TUESDAYS), expect=201)
    [master] = (await outlook.call("GET", f"{BIRCH}/events", headers=IMMUTABLE))["value"]
    view = await outlook.call("GET", f"{BIRCH}/calendarView?{WINDOW}", headers=IMMUTABLE)
    for each in view["value"]:
        assert each["seriesMasterId"] == master["id"]
        assert each["occurrenceId"].startswith(f"OID.{master['id']}.")
        read = await outlook.call("GET", f"{BIRCH}/events/{each['id']}", headers=IMMUTABLE)
        assert read["occurrenceId"] == each["occurrenceId"]


async def test_an_all_day_series_has_original_starts_at_midnight_in_its_zone(outlook: Outlook) -> None:
    berlin = "W. Europe Standard Time"
    body = {
        "isAllDay": True,
        "start": {"dateTime": "2027-03-23T00:00:00", "timeZone": berlin},
        "end": {"dateTime": "2027-03-24T00:00:00", "timeZone": berlin},
        "recurrence": repeated(WEEKLY, "2027-03-23", numberOfOccurrences=2),
    }
    master = await outlook.call("POST", f"{BIRCH}/events", body, expect=201)
    window = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-05-01T00:00:00Z"
    shown = (await outlook.call("GET", f"{BIRCH}/events/{master['id']}/instances?{window}"))["value"]
    assert [(each["start"]["dateTime"][:16], each["originalStart"][:16]) for each in shown] == [
        ("2027-03-23T00:00", "2027-03-22T23:00"),
        ("2027-03-30T00:00", "2027-03-29T22:00"),
    ]


async def test_a_series_is_in_the_zone_of_its_recurrence(outlook: Outlook) -> None:
    there = "Tokyo Standard Time"
    series = repeated({"type": "daily", "interval": 1}, "2026-12-02", numberOfOccurrences=2, recurrenceTimeZone=there)
    body = meeting(day=1, hours=(20, 21), recurrence=series)
    master = await outlook.call("POST", f"{BIRCH}/events", body, expect=201)
    days = [each["occurrenceId"][-10:] for each in await instances(outlook, BIRCH, master)]
    assert days == ["2026-12-02", "2026-12-03"]
    bad = repeated({"type": "daily", "interval": 1}, numberOfOccurrences=2, recurrenceTimeZone="Nowhere")
    refusal = await outlook.call("POST", f"{BIRCH}/events", meeting(recurrence=bad), expect=400)
    assert refusal["error"]["code"] == "ErrorPropertyValidationFailure"


async def test_a_series_starts_with_its_first_occurrence(outlook: Outlook) -> None:
    series: Json = {"pattern": WEEKLY, "range": {"type": "endDate", "startDate": "2026-12-03", "endDate": "2026-12-20"}}
    master = await outlook.call("POST", f"{BIRCH}/events", meeting(day=3, recurrence=series), expect=201)
    assert master["start"]["dateTime"][:10] == master["recurrence"]["range"]["startDate"] == "2026-12-08"
    assert len(await instances(outlook, BIRCH, master)) == 2

    series["range"]["endDate"] = "2026-12-07"
    refusal = await outlook.call("POST", f"{BIRCH}/events", meeting(day=3, recurrence=series), expect=400)
    assert refusal["error"]["code"] == "ErrorRecurrenceHasNoOccurrence"


async def test_instances_are_read_page_by_page(outlook: Outlook) -> None:
    daily = repeated({"type": "daily", "interval": 1}, numberOfOccurrences=7)
    master = await outlook.call("POST", f"{BIRCH}/events", meeting(recurrence=daily), expect=201)
    link, sizes = f"{BIRCH}/events/{master['id']}/instances?{WINDOW}", []
    while link:
        page = await outlook.call("GET", link, headers={"Prefer": "odata.maxpagesize=3"})
        sizes.append(len(page["value"]))
        link = page.get("@odata.nextLink")
    assert sizes == [3, 3, 1]


async def test_a_hundred_series_are_viewed_in_no_time_the_second_time(outlook: Outlook, world: World) -> None:
    weekly = repeated(WEEKLY, numberOfOccurrences=52)
    for hour in range(100):
        body = meeting(f"S{hour}", hours=(hour % 22, hour % 22 + 1), recurrence=weekly)
        await outlook.call("POST", f"{BIRCH}/events", body, expect=201)
    birch, start = world.mailbox(BIRCH), datetime(2026, 12, 1, tzinfo=UTC)
    assert len(occurrences.in_window(birch, start, start + timedelta(days=400))) == 5200
    began = time.process_time()
    assert len(occurrences.in_window(birch, start + timedelta(days=70), start + timedelta(days=77))) == 100
    assert time.process_time() - began < 0.02
