"""Changes of a calendar view since last time, in whole rounds, with Outlook's quirks."""

import pytest

from tests.contract.graphsim.graph import Graph, Json, assert_is, meeting
from tests.support.simulator import Simulator

WINDOW = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z"
DAILY = {
    "pattern": {"type": "daily", "interval": 1},
    "range": {"type": "numbered", "startDate": "2027-03-02", "numberOfOccurrences": 5},
}


async def pages_of(graph: Graph, link: str, size: int | None = None) -> tuple[list[list[Json]], str]:
    """Every page of a round, and the link to the next round."""
    pages, headers = [], {} if size is None else {"Prefer": f"odata.maxpagesize={size}"}
    while True:
        page = await graph.get(link, **headers)
        for row in page["value"]:
            assert_is("event", row)
        pages.append(page["value"])
        if "@odata.deltaLink" in page:
            return pages, page["@odata.deltaLink"]
        link = page["@odata.nextLink"]


async def round_of(graph: Graph, link: str) -> tuple[list[Json], str]:
    pages, following = await pages_of(graph, link)
    return [row for page in pages for row in page], following


async def put(graph: Graph, room: str, **more: object) -> Json:
    event: Json = await graph.call("POST", f"/users/{room}/events", meeting(**more), expect=201)  # type: ignore[arg-type]
    return event


def first(room: str) -> str:
    return f"/users/{room}/calendarView/delta?{WINDOW}"


async def test_a_first_round_shows_the_window_and_the_next_one_only_changes(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    kept, moved = await put(graph, room, subject="Kept"), await put(graph, room, subject="Moved", day=2)
    rows, link = await round_of(graph, first(room))
    assert [row["id"] for row in rows] == [kept["id"], moved["id"]]

    assert (await round_of(graph, link))[0] == []

    await graph.call("PATCH", f"/users/{room}/events/{moved['id']}", {"subject": "Moved on"})
    rows, _ = await round_of(graph, link)
    assert [(row["id"], row["subject"]) for row in rows] == [(moved["id"], "Moved on")]


async def test_a_deleted_event_is_removed_once_for_each_reading_of_a_link(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    event = await put(graph, room)
    _, link = await round_of(graph, first(room))
    await graph.call("DELETE", f"/users/{room}/events/{event['id']}", expect=204)

    for _ in range(2):
        rows, following = await round_of(graph, link)
        assert [(row["id"], row["@removed"]) for row in rows] == [(event["id"], {"reason": "deleted"})]
    assert (await round_of(graph, following))[0] == []


async def test_what_happens_outside_the_window_looks_like_a_removal(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    _, link = await round_of(graph, first(room))
    far = {"dateTime": "2028-01-01T10:00:00", "timeZone": "UTC"}
    event = await graph.call("POST", f"/users/{room}/events", {"subject": "Far", "start": far, "end": far}, expect=201)

    rows, _ = await round_of(graph, link)

    assert [(row["id"], "@removed" in row) for row in rows] == [(event["id"], True)]
    await graph.get(f"/users/{room}/events/{event['id']}")


async def test_occurrences_are_bare_and_come_with_their_master(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    series = await put(graph, room, subject="Daily", day=2, recurrence=DAILY)

    rows, _ = await round_of(graph, first(room))

    master, *occurrences = rows
    assert (master["id"], master["type"], master["subject"]) == (series["id"], "seriesMaster", "Daily")
    assert len(occurrences) == 5
    for row in occurrences:
        assert row["seriesMasterId"] == series["id"]
        assert {name for name in row if "@" not in name} == {"id", "seriesMasterId", "type", "start", "end"}


async def test_a_series_is_sent_again_whole_and_says_nothing_of_what_left_it(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    series = await put(graph, room, day=2, recurrence=DAILY)
    _, link = await round_of(graph, first(room))
    shorter = {**DAILY, "range": {**DAILY["range"], "numberOfOccurrences": 3}}
    await graph.call("PATCH", f"/users/{room}/events/{series['id']}", {"recurrence": shorter})

    rows, _ = await round_of(graph, link)

    assert [row["type"] for row in rows] == ["seriesMaster"] + ["occurrence"] * 3


async def test_pages_keep_a_series_together_and_repeat_a_single(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    for day in (10, 11, 12):
        await put(graph, room, subject=f"On the {day}th", day=day)
    await put(graph, room, subject="Daily", day=2, recurrence=DAILY)

    pages, _ = await pages_of(graph, first(room), size=2)

    subjects = [[row.get("subject", "-") for row in page] for page in pages]
    assert subjects == [
        ["On the 10th", "On the 11th"],
        ["On the 11th", "On the 12th"],
        ["On the 12th", "Daily", "-", "-", "-", "-", "-"],
        [],
    ]


async def test_ids_are_immutable_if_that_is_preferred(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    await put(graph, room)
    prefer = {"Prefer": 'IdType="ImmutableId"'}
    [listed] = (await graph.get(f"/users/{room}/events", **prefer))["value"]

    page = await graph.get(first(room), **prefer)

    assert [row["id"] for row in page["value"]] == [listed["id"]]


async def test_a_token_that_is_forgotten_or_of_another_mailbox_is_gone(sim: Simulator, graph: Graph) -> None:
    room, other = await sim.add_room("Birch"), await sim.add_room("Cedar")
    _, link = await round_of(graph, first(room))
    foreign = await graph.send("GET", link.replace(room, other))
    assert (foreign.status, foreign.code) == (410, "SyncStateNotFound")

    await sim.ask("POST", "/delta/forget", {"mailbox": room})

    gone = await graph.send("GET", link)
    assert (gone.status, gone.code) == (410, "SyncStateNotFound")


async def test_query_options_are_refused(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    for option in ("$select=id", "$filter=isAllDay eq true", "$expand=attachments", "$orderby=subject"):
        refused = await graph.send("GET", f"{first(room)}&{option}")
        assert (refused.status, refused.code) == (400, "ErrorInvalidUrlQuery")


async def occurrences_of(graph: Graph, room: str, series: Json) -> list[Json]:
    found: list[Json] = (await graph.get(f"/users/{room}/events/{series['id']}/instances?{WINDOW}"))["value"]
    return found


@pytest.mark.parametrize("bare", [True, False])
async def test_a_changed_date_sends_its_series_again_whole(sim: Simulator, graph: Graph, bare: bool) -> None:
    await sim.ask("PUT", "/options", {"bare_exceptions_in_delta": bare})
    room = await sim.add_room("Birch")
    series = await put(graph, room, subject="Daily", day=2, recurrence=DAILY)
    await put(graph, room, subject="Other", day=20)
    _, link = await round_of(graph, first(room))
    second = (await occurrences_of(graph, room, series))[1]
    await graph.call("PATCH", f"/users/{room}/events/{second['id']}", {"subject": "Changed"})

    rows, link = await round_of(graph, link)

    assert [row["type"] for row in rows] == ["seriesMaster", "occurrence", "exception", *["occurrence"] * 3]
    [changed] = [row for row in rows if row["type"] == "exception"]
    assert changed["id"] == second["id"]
    assert changed.get("subject") == (None if bare else "Changed")
    assert (await round_of(graph, link))[0] == []

    fourth = (await occurrences_of(graph, room, series))[3]
    await graph.call("PATCH", f"/users/{room}/events/{fourth['id']}", {"subject": "Changed too"})
    rows, _ = await round_of(graph, link)
    assert [row["type"][:2] for row in rows] == ["se", "oc", "ex", "oc", "ex", "oc"]


async def test_a_deleted_date_has_no_row(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    series = await put(graph, room, day=2, recurrence=DAILY)
    _, link = await round_of(graph, first(room))
    second = (await occurrences_of(graph, room, series))[1]
    await graph.call("DELETE", f"/users/{room}/events/{second['id']}", expect=204)

    rows, _ = await round_of(graph, link)

    assert [row["type"] for row in rows] == ["seriesMaster", *["occurrence"] * 4]
    assert second["id"] not in {row["id"] for row in rows}
    assert all("@removed" not in row for row in rows)


async def test_a_date_that_leaves_the_window_has_no_row_and_one_that_comes_brings_its_series(
    sim: Simulator, graph: Graph
) -> None:
    room = await sim.add_room("Birch")
    series = await put(graph, room, day=2, recurrence=DAILY)
    last = (await occurrences_of(graph, room, series))[-1]
    _, march = await round_of(graph, first(room))
    april = first(room).replace("2027-04-01", "2027-05-01").replace("2027-03-01", "2027-04-01")
    rows, link = await round_of(graph, april)
    assert rows == []
    times = {"start": {"dateTime": "2027-04-10T10:00:00"}, "end": {"dateTime": "2027-04-10T11:00:00"}}
    await graph.call("PATCH", f"/users/{room}/events/{last['id']}", times)

    left, _ = await round_of(graph, march)
    come, _ = await round_of(graph, link)

    assert [row["type"] for row in left] == ["seriesMaster", *["occurrence"] * 4]
    assert [(row["type"], row["id"]) for row in come] == [("seriesMaster", series["id"]), ("exception", last["id"])]


async def test_a_moved_series_has_other_ids_and_no_rows_for_the_old_ones(sim: Simulator, graph: Graph) -> None:
    room = await sim.add_room("Birch")
    series = await put(graph, room, day=2, recurrence=DAILY)
    rows, link = await round_of(graph, first(room))
    later = {edge: {"dateTime": f"2027-03-02T{hour}:00:00"} for edge, hour in (("start", 14), ("end", 15))}
    await graph.call("PATCH", f"/users/{room}/events/{series['id']}", later)

    moved, _ = await round_of(graph, link)

    assert [row["type"] for row in moved] == ["seriesMaster", *["occurrence"] * 5]
    assert {row["id"] for row in rows} & {row["id"] for row in moved} == {series["id"]}
