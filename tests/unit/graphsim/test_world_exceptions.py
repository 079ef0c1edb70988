"""Single dates of a series that the organizer changes, moves, calls off, or has other people at."""

from typing import Any

import pytest

from tests.graphsim.exchange.world import World
from tests.unit.graphsim.conftest import ADA, BIRCH, BOB, CEDAR, EVE, add_room
from tests.unit.graphsim.outlook import IMMUTABLE, Json, Outlook, answers, invited
from tests.unit.graphsim.series import (
    FIVE_TUESDAYS,
    WEEKLY,
    WINDOW,
    answer_of,
    at,
    change,
    dates,
    days,
    instances,
    on,
    repeated,
    when,
)

TUESDAYS = [1, 8, 15, 22, 29]


async def accepted_series(outlook: Outlook, *more: str) -> tuple[Json, Json]:
    """Ada's series with Birch, which has accepted it: her master, and the room's."""
    series = await outlook.invite(ADA, BIRCH, *more, recurrence=FIVE_TUESDAYS)
    copy = await outlook.copy(BIRCH, series)
    await outlook.respond(BIRCH, copy, "accept")
    await outlook.status(ADA, series, BIRCH, "accepted")
    return series, copy


async def test_a_changed_subject_is_an_exception_and_keeps_the_answers(outlook: Outlook) -> None:
    series, copy = await accepted_series(outlook)
    occurrence = await on(outlook, ADA, series, 8)

    changed = await change(outlook, ADA, occurrence, subject="With guests")

    assert (changed["type"], changed["id"], changed["seriesMasterId"]) == ("exception", occurrence["id"], series["id"])
    assert answers(changed) == {BIRCH: "accepted"}
    room = await when(outlook, BIRCH, copy, 8, lambda each: each is not None and each["subject"] == "With guests")
    assert room is not None
    assert (room["type"], room["showAs"], answer_of(room)) == ("exception", "busy", "accepted")
    assert {each["subject"] for each in await instances(outlook, BIRCH, copy)} == {"Planning", "With guests"}
    exceptions, cancelled = await dates(outlook, BIRCH, copy)
    assert (list(exceptions), cancelled) == ([8], [])


async def test_a_moved_date_is_to_be_answered_anew_and_the_others_are_not(outlook: Outlook) -> None:
    series, copy = await accepted_series(outlook)

    moved = await change(outlook, ADA, await on(outlook, ADA, series, 8), **at(9, (14, 15)))

    assert moved["originalStart"] == "2026-12-08T10:00:00.0000000Z"
    assert answers(moved) == {BIRCH: "none"}
    room = await when(outlook, BIRCH, copy, 8, lambda each: each is not None and answer_of(each) == "notResponded")
    assert room is not None
    assert (room["start"], room["showAs"]) == (
        at(9, (14, 15))["start"] | {"dateTime": "2026-12-09T14:00:00.0000000"},
        "tentative",
    )
    assert {answer_of(each) for each in await instances(outlook, BIRCH, copy) if each["id"] != room["id"]} == {
        "accepted"
    }
    assert answers(await outlook.call("GET", f"{ADA}/events/{series['id']}")) == {BIRCH: "accepted"}
    view = (await outlook.call("GET", f"{BIRCH}/calendarView?{WINDOW}"))["value"]
    assert [each["start"]["dateTime"][8:13] for each in view] == ["01T10", "09T14", "15T10", "22T10", "29T10"]


async def test_a_date_is_where_it_was_moved_for_every_window(outlook: Outlook) -> None:
    series = await outlook.invite(ADA, recurrence=FIVE_TUESDAYS)
    last = await on(outlook, ADA, series, 29)
    late = {"dateTime": "2027-03-03T10:00:00", "timeZone": "UTC"}
    await change(outlook, ADA, last, start=late, end=late | {"dateTime": "2027-03-03T11:00:00"})
    for window, expected in (("2026-12-28", 0), ("2027-03-03", 1)):
        query = f"startDateTime={window}T00:00:00Z&endDateTime={window[:8]}31T00:00:00Z"
        for path in (f"events/{series['id']}/instances", "calendarView"):
            assert len((await outlook.call("GET", f"{ADA}/{path}?{query}"))["value"]) == expected


LONG = {"start": at(8, (10, 11))["start"], "end": at(15, (10, 11))["end"]}


@pytest.mark.parametrize("times", [at(15, (8, 9)), at(16, (10, 11)), at(1, (14, 15)), at(1, (8, 9)), LONG])
async def test_a_date_cannot_be_moved_to_or_across_its_neighbours_day(outlook: Outlook, times: Json) -> None:
    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)
    occurrence = await on(outlook, ADA, series, 8)
    refusal = await outlook.call("PATCH", f"{ADA}/events/{occurrence['id']}", times, expect=400)
    assert refusal["error"]["code"] == "ErrorOccurrenceCrossingBoundary"
    assert await dates(outlook, ADA, series) == ({}, [])


async def test_a_neighbour_counts_where_it_is_and_a_deleted_one_where_it_was(outlook: Outlook) -> None:
    series = await outlook.invite(ADA, recurrence=FIVE_TUESDAYS)
    await change(outlook, ADA, await on(outlook, ADA, series, 15), **at(18, (10, 11)))
    await change(outlook, ADA, await on(outlook, ADA, series, 8), **at(16, (10, 11)))
    gone = await on(outlook, ADA, series, 22)
    await outlook.call("DELETE", f"{ADA}/events/{gone['id']}", expect=204)
    last = await on(outlook, ADA, series, 29)
    refusal = await outlook.call("PATCH", f"{ADA}/events/{last['id']}", at(22, (14, 15)), expect=400)
    assert refusal["error"]["code"] == "ErrorOccurrenceCrossingBoundary"


async def test_a_date_cannot_begin_before_the_one_before_it_has_ended(outlook: Outlook) -> None:
    series = await outlook.invite(ADA, recurrence=FIVE_TUESDAYS)
    until = {"end": at(3, (9, 10))["end"]}
    await change(outlook, ADA, await on(outlook, ADA, series, 1), **until)
    occurrence = await on(outlook, ADA, series, 8)
    refusal = await outlook.call("PATCH", f"{ADA}/events/{occurrence['id']}", at(3, (9, 11)), expect=400)
    assert refusal["error"]["code"] == "ErrorOccurrenceCrossingBoundary"
    await change(outlook, ADA, occurrence, **at(3, (10, 11)))


async def test_a_date_has_categories_and_hidden_properties_of_its_own(outlook: Outlook) -> None:
    mark = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Reservation"
    series = await outlook.invite(ADA, recurrence=FIVE_TUESDAYS)
    own = {"categories": ["Ours"], "singleValueExtendedProperties": [{"id": mark, "value": "r-17"}]}
    await change(outlook, ADA, await on(outlook, ADA, series, 8), **own)
    expand = f"$expand=singleValueExtendedProperties($filter=id eq '{mark}')"
    view = (await outlook.call("GET", f"{ADA}/calendarView?{WINDOW}&{expand}"))["value"]
    assert [each["categories"] for each in view] == [[], ["Ours"], [], [], []]
    assert ["singleValueExtendedProperties" in each for each in view] == [False, True, False, False, False]
    assert "singleValueExtendedProperties" not in await outlook.call("GET", f"{ADA}/events/{series['id']}?{expand}")


async def test_only_coming_dates_are_told_of_again(outlook: Outlook, world: World) -> None:
    # It is the 24th of November.
    body = {
        "start": {"dateTime": "2026-11-10T10:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-10T11:00:00", "timeZone": "UTC"},
        "attendees": invited(BIRCH),
        "recurrence": repeated(WEEKLY, "2026-11-10", numberOfOccurrences=4),
    }
    series = await outlook.call("POST", f"{ADA}/events", body, expect=201)
    for day in (17, 1):
        await change(outlook, ADA, await on(outlook, ADA, series, day), subject="Other")
    await outlook.quiet()
    before = len(world.mails_of(BIRCH))
    await change(outlook, ADA, series, subject="Renamed")
    await outlook.quiet()
    assert [each["occurrence"] for each in world.mails_of(BIRCH)[before:]] == [None, "2026-12-01"]


@pytest.mark.parametrize("removes", [True, False])
@pytest.mark.parametrize("verb", ["cancel", "DELETE"])
async def test_a_date_is_called_off_alone(outlook: Outlook, world: World, verb: str, removes: bool) -> None:
    add_room(world, BIRCH, automate="AutoUpdate", remove_canceled_meetings=removes)
    series, copy = await accepted_series(outlook)
    heard: list[tuple[str, str]] = []
    world.listeners.append(lambda told: heard.append((told.mailbox.address, told.change)))
    occurrence = await on(outlook, ADA, series, 8)
    if verb == "cancel":
        await outlook.call("POST", f"{ADA}/events/{occurrence['id']}/cancel", {"comment": "Off."}, expect=202)
    else:
        await outlook.call("DELETE", f"{ADA}/events/{occurrence['id']}", expect=204)

    await when(outlook, BIRCH, copy, 8, lambda each: each is None)

    await outlook.quiet()
    assert await days(outlook, ADA, series) == await days(outlook, BIRCH, copy) == [1, 15, 22, 29]
    assert await dates(outlook, ADA, series) == await dates(outlook, BIRCH, copy) == ({}, [8])
    await outlook.call("GET", f"{ADA}/events/{occurrence['id']}", expect=404)
    view = (await outlook.call("GET", f"{BIRCH}/calendarView?{WINDOW}"))["value"]
    left = [(each["subject"], each["showAs"]) for each in view if each["isCancelled"]]
    assert left == ([] if removes else [("Canceled: Planning", "free")])
    assert set(heard) == {(ADA, "updated"), (BIRCH, "updated")}
    [mail] = [each for each in world.mails_of(BIRCH) if each["kind"] == "cancellation"]
    assert (mail["occurrence"], mail["comment"]) == ("2026-12-08", "Off." if verb == "cancel" else None)


async def test_an_attendee_cannot_call_off_a_date(outlook: Outlook) -> None:
    series, copy = await accepted_series(outlook)
    occurrence = await on(outlook, BIRCH, copy, 8)
    refusal = await outlook.call("POST", f"{BIRCH}/events/{occurrence['id']}/cancel", {}, expect=400)
    assert "organizer to cancel" in refusal["error"]["message"]
    assert await days(outlook, ADA, series) == TUESDAYS


async def test_a_date_may_have_guests_of_its_own(outlook: Outlook, world: World) -> None:
    series, copy = await accepted_series(outlook)
    guests = [f"guest{number}@elsewhere.example" for number in range(30)]
    occurrence = await on(outlook, ADA, series, 15)

    await change(outlook, ADA, occurrence, attendees=[*invited(BIRCH), *invited(*guests, kind="required")])

    await outlook.quiet()
    shown = {
        day: len(each["attendees"]) for day, each in zip(TUESDAYS, await instances(outlook, ADA, series), strict=True)
    }
    assert shown == {1: 1, 8: 1, 15: 31, 22: 1, 29: 1}
    assert {each["occurrence"] for guest in guests for each in world.mails_of(guest)} == {"2026-12-15"}
    # Only those who are new hear of it, so the room's copy does not show them.
    assert len(world.mails_of(BIRCH)) == 1
    assert {answer_of(each) for each in await instances(outlook, BIRCH, copy)} == {"accepted"}


async def test_a_room_leaves_one_date_only(outlook: Outlook) -> None:
    series, copy = await accepted_series(outlook, BOB)
    occurrence = await on(outlook, ADA, series, 15)

    await change(outlook, ADA, occurrence, attendees=invited(BOB, kind="required"))

    await when(outlook, BIRCH, copy, 15, lambda each: each is None)
    assert await days(outlook, BIRCH, copy) == [1, 8, 22, 29]
    [_, _, third, *_] = await instances(outlook, ADA, series)
    assert set(answers(third)) == {BOB}
    assert set(answers(await outlook.call("GET", f"{ADA}/events/{series['id']}"))) == {BIRCH, BOB}


async def test_a_room_joins_one_date_only_and_has_it_as_an_item_of_its_own(outlook: Outlook) -> None:
    series, _ = await accepted_series(outlook)
    occurrence = await on(outlook, ADA, series, 15)

    await change(outlook, ADA, occurrence, attendees=invited(BIRCH, CEDAR))

    orphan = await outlook.copy(CEDAR, occurrence)
    assert (orphan["type"], orphan["seriesMasterId"], orphan["occurrenceId"]) == ("singleInstance", None, None)
    assert await outlook.find(CEDAR, series["iCalUId"]) is None
    await outlook.respond(CEDAR, orphan, "accept")

    async def answered(verb: str) -> None:
        def holds(each: Json | None) -> bool:
            return each is not None and answers(each) == {BIRCH: "accepted", CEDAR: verb}

        await when(outlook, ADA, series, 15, holds)

    await answered("accepted")
    assert set(answers(await outlook.call("GET", f"{ADA}/events/{series['id']}"))) == {BIRCH}
    await change(outlook, ADA, occurrence, **at(16, (9, 10)))
    moved = await outlook.copy(CEDAR, occurrence, lambda each: bool(answer_of(each) == "notResponded"))
    assert moved["start"]["dateTime"] == "2026-12-16T09:00:00.0000000"
    await outlook.call("DELETE", f"{ADA}/events/{occurrence['id']}", expect=204)
    await outlook.copy(CEDAR, occurrence, lambda each: bool(each["isCancelled"]))


async def test_a_room_that_joins_the_series_has_the_single_date_with_it(outlook: Outlook) -> None:
    series = await outlook.invite(ADA, BOB, recurrence=FIVE_TUESDAYS)
    occurrence = await on(outlook, ADA, series, 15)
    await change(outlook, ADA, occurrence, attendees=invited(BOB, CEDAR))
    await outlook.copy(CEDAR, occurrence)

    await change(outlook, ADA, series, attendees=invited(BOB, CEDAR))

    copy = await outlook.copy(CEDAR, series)
    await outlook.quiet()
    assert await days(outlook, CEDAR, copy) == TUESDAYS
    assert len((await outlook.call("GET", f"{CEDAR}/events"))["value"]) == 1


async def test_who_joins_a_series_hears_of_its_single_dates(outlook: Outlook) -> None:
    series = await outlook.invite(ADA, BOB, recurrence=FIVE_TUESDAYS)
    await change(outlook, ADA, await on(outlook, ADA, series, 8), **at(9, (14, 15)))
    gone = await on(outlook, ADA, series, 22)
    await outlook.call("DELETE", f"{ADA}/events/{gone['id']}", expect=204)
    await change(outlook, ADA, await on(outlook, ADA, series, 29), attendees=invited(BOB, EVE, kind="required"))

    await change(outlook, ADA, series, attendees=invited(BOB, BIRCH))

    copy = await outlook.copy(BIRCH, series)
    await outlook.quiet()
    shown = await instances(outlook, BIRCH, copy)
    # On the 29th others are invited, and the room is not.
    assert [(day_of_start(each), each["type"]) for each in shown] == [
        (1, "occurrence"),
        (9, "exception"),
        (15, "occurrence"),
    ]


def day_of_start(event: Json) -> int:
    return int(event["start"]["dateTime"][8:10])


async def test_a_changed_subject_of_the_series_leaves_what_dates_have_of_their_own(outlook: Outlook) -> None:
    series, copy = await accepted_series(outlook)
    await change(outlook, ADA, await on(outlook, ADA, series, 8), subject="With guests")
    moved = await change(outlook, ADA, await on(outlook, ADA, series, 15), **at(16, (14, 15)))
    await when(outlook, BIRCH, copy, 15, lambda each: each is not None and answer_of(each) == "notResponded")
    await outlook.respond(BIRCH, await on(outlook, BIRCH, copy, 15), "accept")
    await when(outlook, ADA, series, 15, lambda each: each is not None and answers(each) == {BIRCH: "accepted"})

    await change(outlook, ADA, series, subject="Renamed", body={"contentType": "text", "content": "New."})

    await outlook.quiet()
    for mailbox, master in ((ADA, series), (BIRCH, copy)):
        shown = await instances(outlook, mailbox, master)
        assert [each["subject"] for each in shown] == ["Renamed", "With guests", "Renamed", "Renamed", "Renamed"]
        assert [day_of_start(each) for each in shown] == [1, 8, 16, 22, 29]
        assert {each["bodyPreview"] for each in shown} == {"New."}
    assert {answer_of(each) for each in await instances(outlook, BIRCH, copy)} == {"accepted"}
    assert (await on(outlook, ADA, series, 15))["id"] == moved["id"]


async def test_a_cancelled_series_takes_its_single_dates_with_it(outlook: Outlook, world: World) -> None:
    series, _ = await accepted_series(outlook)
    await change(outlook, ADA, await on(outlook, ADA, series, 8), **at(9, (14, 15)))
    await change(outlook, ADA, await on(outlook, ADA, series, 15), attendees=invited(BIRCH, CEDAR))
    orphan = await outlook.copy(CEDAR, await on(outlook, ADA, series, 15))
    await outlook.quiet()

    await outlook.call("POST", f"{ADA}/events/{series['id']}/cancel", {"comment": "All off."}, expect=202)

    await outlook.copy(BIRCH, series, lambda each: bool(each["isCancelled"]))
    await outlook.copy(CEDAR, orphan, lambda each: bool(each["isCancelled"]))
    await outlook.quiet()
    view = (await outlook.call("GET", f"{BIRCH}/calendarView?{WINDOW}"))["value"]
    assert [(each["isCancelled"], each["subject"], each["showAs"]) for each in view] == 5 * [
        (True, "Canceled: Planning", "free")
    ]
    told = [each["occurrence"] for each in world.mails_of(BIRCH) if each["kind"] == "cancellation"]
    assert told == [None, "2026-12-08", "2026-12-15"]


async def test_a_series_of_the_rooms_own_is_changed_date_by_date(outlook: Outlook, world: World) -> None:
    master = await outlook.call("POST", f"{BIRCH}/events", {**at(1, (10, 11)), "recurrence": FIVE_TUESDAYS}, expect=201)
    await change(outlook, BIRCH, await on(outlook, BIRCH, master, 8), subject="Held for Ada")
    gone = await on(outlook, BIRCH, master, 15)
    await outlook.call("DELETE", f"{BIRCH}/events/{gone['id']}", expect=204)

    exceptions, cancelled = await dates(outlook, BIRCH, master)

    assert ({day: each["subject"] for day, each in exceptions.items()}, cancelled) == ({8: "Held for Ada"}, [15])
    assert await days(outlook, BIRCH, master) == [1, 8, 22, 29]
    assert world.mails_of() == []


async def test_a_change_by_an_attendee_stays_on_its_date_until_the_organizers_next(outlook: Outlook) -> None:
    series, copy = await accepted_series(outlook)
    await change(outlook, BIRCH, await on(outlook, BIRCH, copy, 8), subject="Scribbled", categories=["Ours"])
    assert [each["subject"] for each in await instances(outlook, BIRCH, copy)].count("Scribbled") == 1
    assert {each["subject"] for each in await instances(outlook, ADA, series)} == {"Planning"}

    await change(outlook, ADA, await on(outlook, ADA, series, 8), location={"displayName": "Hall"})

    room = await when(outlook, BIRCH, copy, 8, lambda each: each is not None and each["subject"] == "Planning")
    assert room is not None
    assert (room["location"]["displayName"], room["categories"]) == ("Hall", ["Ours"])


async def test_a_date_has_no_recurrence_of_its_own(outlook: Outlook) -> None:
    series = await outlook.invite(ADA, recurrence=FIVE_TUESDAYS)
    occurrence = await on(outlook, ADA, series, 8)
    body: Any = {"recurrence": repeated({"type": "daily", "interval": 1}, numberOfOccurrences=2)}
    await outlook.call("PATCH", f"{ADA}/events/{occurrence['id']}", body, expect=400)
    assert (await change(outlook, ADA, occurrence, recurrence=None, subject="Fine"))["type"] == "exception"


async def test_dates_are_shown_only_where_they_are_asked_for(outlook: Outlook) -> None:
    series = await outlook.invite(ADA, recurrence=FIVE_TUESDAYS)
    changed = await change(outlook, ADA, await on(outlook, ADA, series, 8), subject="Other")
    gone = await on(outlook, ADA, series, 15)
    await outlook.call("DELETE", f"{ADA}/events/{gone['id']}", expect=204)
    path = f"{ADA}/events/{series['id']}"
    both = {"cancelledOccurrences", "exceptionOccurrences"}

    async def shown(query: str, headers: Json | None = None) -> Json:
        found: Json = await outlook.call("GET", f"{path}{query}", headers=headers)
        return {name: found[name] for name in both & found.keys()}

    assert await shown("") == await shown("?$expand=exceptionOccurrences") == {}
    assert await shown("?$select=exceptionOccurrences") == {}
    assert await shown("?$select=cancelledOccurrences") == {"cancelledOccurrences": [gone["occurrenceId"]]}
    picked = await shown("?$select=exceptionOccurrences&$expand=exceptionOccurrences($select=subject,originalStart)")
    [only] = picked["exceptionOccurrences"]
    assert (only["id"], only["subject"]) == (changed["id"], "Other")
    assert only.keys() == {"@odata.etag", "id", "subject", "originalStart"}
    listed = await outlook.call("GET", f"{ADA}/events?$select=cancelledOccurrences")
    assert "cancelledOccurrences" not in listed["value"][0]

    [master] = (await outlook.call("GET", f"{ADA}/events", headers=IMMUTABLE))["value"]
    told = await shown("?$select=cancelledOccurrences", IMMUTABLE)
    assert told == {"cancelledOccurrences": [f"OID.{master['id']}.2026-12-15"]}
