"""The timeline: what its pages show, what its calendar fetches, and where what is dragged leads."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.integration.policy_api.asking import asking_space
from tests.integration.policy_api.world import TOMORROW, at, fresh
from tests.integration.policy_console_pages.console import Console, said

HOSTILE = "<script>alert(1)</script>{{7*7}}"
DAY = TOMORROW.date()


def timeline(name: str = "", below: str = "", **query: object) -> str:
    asked = {"from": DAY.isoformat(), "name": name, "zone": "UTC", **query}
    return f"/timeline{below}?{urlencode(asked, doseq=True)}"


async def fetched(console: Console, name: str, **query: object) -> dict[str, Any]:
    answer = await console.get(timeline(name, "/schedule", **query), role="viewer")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def clock(hour: int, minute: int = 0, day: date = DAY) -> str:
    return datetime(day.year, day.month, day.day, hour, minute).isoformat()  # noqa: DTZ001 - as a clock on the wall


async def test_the_calendar_fetches_what_is_booked_by_the_clock_of_the_zone_that_is_shown(console: Console) -> None:
    space = await console.world.space(time_zone="America/New_York")
    made = await console.world.reservation(space["id"], 9, 10, organizer={"name": "Ada", "email": "ada@example.org"})

    found = await fetched(console, space["name"])
    elsewhere = await fetched(console, space["name"], zone="Asia/Tokyo")

    assert found["spaces"] == [{"id": space["id"], "name": space["name"], "capacity": 8}]
    assert found["reservations"] == [
        {
            "space": space["id"],
            "start": clock(9),
            "end": clock(10),
            "id": made["id"],
            "title": "Planning",
            "for": "Ada",
            "kind": "hold",
        }
    ]
    assert found["meanings"]["hold"] == "Booked here, held in Outlook"
    assert [each["start"] for each in elsewhere["reservations"]] == [clock(18)]


async def test_days_are_those_of_the_zone_that_is_shown(console: Console) -> None:
    space = await console.world.space()
    await console.world.reservation(space["id"], 22, 23)

    async def titles(**query: object) -> int:
        return len((await fetched(console, space["name"], **query))["reservations"])

    tomorrow = DAY + timedelta(days=1)
    assert await titles() == 1
    assert await titles(**{"from": tomorrow}) == 0
    assert await titles(zone="Asia/Tokyo") == 0
    assert await titles(zone="Asia/Tokyo", **{"from": tomorrow}) == 1
    assert await titles(days=7, **{"from": DAY - timedelta(days=6)}) == 1
    assert await titles(days=31, **{"from": DAY - timedelta(days=31)}) == 0


async def test_where_the_clock_is_put_back_nothing_ends_before_it_begins(console: Console) -> None:
    space = await console.world.space()
    when = {"start": "2027-10-31T00:30:00Z", "end": "2027-10-31T01:15:00Z"}
    await console.world.made("/v1/reservations", {"space_id": space["id"], "title": "Watch", **when})

    found = await fetched(console, space["name"], zone="Europe/Berlin", **{"from": "2027-10-31"})

    [each] = found["reservations"]
    assert each["start"] == each["end"] == "2027-10-31T02:30:00"


async def test_what_waits_buffers_and_private_titles_are_told_apart(console: Console) -> None:
    world = console.world
    space = await asking_space(world)
    buffers = {"setup_minutes": 15, "cleanup_minutes": 10}
    assert (await world.call("PATCH", f"/v1/spaces/{space['id']}", buffers)).status_code == 200
    made = await world.reservation(space["id"], 9, 10)
    await world.admin.execute("UPDATE policy.reservations SET is_private = true WHERE id = $1", made["id"])

    found = await fetched(console, space["name"])
    table = await console.text(timeline(space["name"], view="table"), role="viewer")

    assert [(each["kind"], each["title"]) for each in found["reservations"]] == [("waits", "Private")]
    stretches = sorted((each["start"], each["end"]) for each in found["buffers"])
    assert stretches == [(clock(8, 45), clock(9)), (clock(10), clock(10, 10))]
    assert "Private" in table
    assert "Planning" not in table
    assert "Waits for approval, holds its time" in table


async def test_a_space_that_is_taken_through_another_says_so(console: Console) -> None:
    world = console.world
    west, east = await world.space(name=fresh("West")), await world.space(name=fresh("East"))
    hall = await world.space(name=fresh("Hall"), parts=[west["id"], east["id"]])
    await world.reservation(hall["id"], 9, 10)

    in_west, in_east, in_hall = [await fetched(console, each["name"]) for each in (west, east, hall)]

    for part, found in ((west, in_west), (east, in_east)):
        assert found["reservations"] == []
        why = {"why": f"Taken by {hall['name']}"}
        assert found["blocked"] == [{"space": part["id"], "start": clock(9), "end": clock(10), **why}]
    assert len(in_hall["reservations"]) == 1
    assert in_hall["blocked"] == []


async def test_only_what_changed_is_fetched_again(console: Console) -> None:
    world, prefix = console.world, fresh("Only")
    parts = [await world.space(name=f"{prefix} {each}") for each in ("a", "b")]
    hall = await world.space(name=f"{prefix} hall", parts=[parts[0]["id"]])

    found = await fetched(console, prefix, only=[hall["id"]])

    assert {each["id"] for each in found["spaces"]} == {hall["id"], parts[0]["id"]}
    assert (await fetched(console, prefix, only=[str(uuid4())]))["spaces"] == []


async def test_spaces_are_filtered_and_paged_and_the_address_says_which(console: Console) -> None:
    world, prefix = console.world, fresh("Filter")
    group = await world.made("/v1/space-groups", {"name": fresh("Group")})
    for number in range(51):
        await world.space(name=f"{prefix} {number:02}", capacity=number + 1, building="North" if number % 2 else None)
    first = (await fetched(console, f"{prefix} 0"))["spaces"][0]
    await world.call("PATCH", f"/v1/spaces/{first['id']}", {"groups": [group["id"]]})

    async def names(**query: object) -> list[str]:
        return [each["name"] for each in (await fetched(console, prefix, **query))["spaces"]]

    assert len(await names()) == 50
    assert await names(capacity=50) == [f"{prefix} 49", f"{prefix} 50"]
    assert len(await names(building="north")) == 25
    assert await names(group=group["id"]) == [f"{prefix} 00"]
    page = await console.text(timeline(prefix), role="viewer")
    more = page.partition('rel="next">More spaces')[0].rpartition('href="')[2].rstrip('" ')
    assert f"{prefix}" in more
    after = await console.get(more.removeprefix("/console").replace("/timeline?", "/timeline/schedule?"))
    assert [each["name"] for each in after.json()["spaces"]] == [f"{prefix} 50"]


async def test_the_table_has_all_that_the_calendar_has_in_pages(console: Console) -> None:
    world = console.world
    space = await world.space()
    for number in range(26):
        await world.reservation(space["id"], number / 3, number / 3 + 0.25, title=f"Meeting {number:02}")

    first = await console.text(timeline(space["name"], view="table"), role="viewer")
    more = first.partition('rel="next" hx-get')[0].rpartition('<a href="')[2].rstrip('" ')
    second = await console.text(more.removeprefix("/console"), role="viewer")

    assert "Meeting 24" in first
    assert "Meeting 25" not in first
    assert "Meeting 25" in second
    assert "Meeting 24" not in second


async def test_what_people_named_something_is_text_and_nothing_else(console: Console) -> None:
    space = await console.world.space(name=f"{fresh('Odd')} {HOSTILE}", building=HOSTILE)
    await console.world.reservation(space["id"], 9, 10, title=HOSTILE)

    for view in ("calendar", "table"):
        answer = await console.get(timeline(space["name"], view=view))
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert HOSTILE in said(answer)


@pytest.mark.parametrize(
    "query",
    [
        {"days": "400"},
        {"from": "tomorrow"},
        {"from": "9999-12-31"},
        {"from": "0001-01-01"},
        {"capacity": "many"},
        {"group": "north"},
        {"view": "poster"},
        {"cursor": "nonsense"},
    ],
    ids=str,
)
async def test_what_no_timeline_shows_is_refused_with_a_sentence(console: Console, query: dict[str, str]) -> None:
    answer = await console.get(timeline(**query))

    assert answer.status_code == 422
    assert "This address asks for something that there is not" in said(answer)


@pytest.mark.parametrize("query", [{"zone": "Mars/Olympus"}, {"zone": "../../etc/passwd"}], ids=str)
async def test_a_zone_that_does_not_exist_is_that_of_the_first_space(console: Console, query: dict[str, str]) -> None:
    space = await console.world.space()

    text = await console.text(timeline(space["name"], **query))

    assert "All times are those of Europe/Berlin." in text


async def test_without_a_space_the_page_says_so_and_leads_to_all(console: Console) -> None:
    text = await console.text(timeline("nothing has this name"))

    assert 'No space fits this filter. <a href="/console/timeline">Show all</a>' in text


async def test_the_first_day_is_today_where_the_space_is(console: Console) -> None:
    space = await console.world.space(time_zone="Pacific/Kiritimati")
    today = (datetime.now(UTC) + timedelta(hours=14)).date()

    text = await console.text(f"/timeline?name={space['name']}")

    assert f'type="date" min="2000-01-01" max="2199-12-31" value="{today}"' in text


async def test_what_is_dragged_leads_to_the_form_by_the_clock_of_the_room(console: Console) -> None:
    space = await console.world.space(time_zone="America/New_York")
    made = await console.world.reservation(space["id"], 9, 10)
    dragged = {"space": space["id"], "start": "2027-01-05T10:00", "end": "2027-01-05T11:30", "zone": "Europe/Berlin"}

    new = await console.get(f"/timeline/choose?{urlencode(dragged)}", role="admin")
    moved = await console.get(f"/timeline/choose?{urlencode({**dragged, 'reservation': made['id']})}", role="admin")

    times = "start=2027-01-05T04%3A00&end=2027-01-05T05%3A30"
    assert (new.status_code, moved.status_code) == (303, 303)
    assert new.headers["location"] == f"/console/reservations/new?space={space['id']}&{times}"
    assert moved.headers["location"] == f"/console/reservations/{made['id']}/change?{times}"


async def test_who_may_not_book_cannot_drag_and_is_led_nowhere(console: Console) -> None:
    space = await console.world.space()
    dragged = {"space": space["id"], "start": at(9), "end": at(10), "zone": "UTC"}

    answer = await console.get(f"/timeline/choose?{urlencode(dragged)}", role="viewer")
    page = await console.text(timeline(space["name"]), role="viewer")
    unknown = await console.get(f"/timeline/choose?{urlencode({**dragged, 'space': uuid4()})}", role="admin")

    assert answer.status_code == 403
    assert unknown.status_code == 404
    assert "data-may-book" not in page
    assert "data-may-book" in await console.text(timeline(space["name"]), role="admin")
