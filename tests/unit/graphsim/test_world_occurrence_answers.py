"""Answers to single dates of a series: the room's side, the organizer's side, and what they outlast."""

import asyncio

import pytest

from tests.graphsim.exchange.mailbox import Recreation
from tests.graphsim.exchange.world import World
from tests.unit.graphsim.conftest import ADA, BIRCH, CEDAR, add_room, set_options
from tests.unit.graphsim.outlook import Json, Outlook, answers
from tests.unit.graphsim.series import (
    FIVE_TUESDAYS,
    WINDOW,
    answer_of,
    at,
    change,
    dates,
    days,
    instances,
    on,
    when,
)


async def accepted_series(outlook: Outlook, *rooms: str) -> tuple[Json, Json]:
    series = await outlook.invite(ADA, BIRCH, *rooms, recurrence=FIVE_TUESDAYS)
    for room in (BIRCH, *rooms):
        await outlook.respond(room, await outlook.copy(room, series), "accept")
        await outlook.status(ADA, series, room, "accepted")
    return series, await outlook.copy(BIRCH, series)


async def declined_8th(outlook: Outlook, series: Json, copy: Json) -> None:
    await outlook.respond(BIRCH, await on(outlook, BIRCH, copy, 8), "decline", comment="Taken.")
    await told(outlook, series, 8, "declined")


async def told(outlook: Outlook, series: Json, day: int, response: str, by: str = BIRCH) -> None:
    """Wait until the organizer's occurrence of that day shows the answer."""
    await when(outlook, ADA, series, day, lambda each: each is not None and answers(each)[by] == response)


async def answered(outlook: Outlook, series: Json) -> dict[str, str]:
    """What the organizer's occurrences show of the room's answers, by their time."""
    return {each["start"]["dateTime"][8:10]: answers(each)[BIRCH] for each in await instances(outlook, ADA, series)}


@pytest.mark.parametrize("lists", [True, False])
async def test_a_declined_date_leaves_the_room_and_is_an_exception_of_the_organizers(
    outlook: Outlook, world: World, lists: bool
) -> None:
    set_options(world, lists_declined_occurrences=lists)
    series, copy = await accepted_series(outlook)

    await declined_8th(outlook, series, copy)

    assert await days(outlook, BIRCH, copy) == [1, 15, 22, 29]
    assert len((await outlook.call("GET", f"{BIRCH}/calendarView?{WINDOW}"))["value"]) == 4
    assert await dates(outlook, BIRCH, copy) == ({}, [8] if lists else [])
    exceptions, cancelled = await dates(outlook, ADA, series)
    assert (list(exceptions), cancelled) == ([8], [])
    assert await answered(outlook, series) == {
        "01": "accepted",
        "08": "declined",
        "15": "accepted",
        "22": "accepted",
        "29": "accepted",
    }
    assert answers(await outlook.call("GET", f"{ADA}/events/{series['id']}")) == {BIRCH: "accepted"}
    [mail] = [each for each in world.mails_of(ADA) if each["response"] == "declined"]
    assert (mail["occurrence"], mail["comment"]) == ("2026-12-08", "Taken.")


@pytest.mark.parametrize(
    ("verb", "response", "shows_as"),
    [("accept", "accepted", "busy"), ("tentativelyAccept", "tentativelyAccepted", "tentative")],
)
async def test_one_date_is_answered_alone(outlook: Outlook, verb: str, response: str, shows_as: str) -> None:
    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)
    copy = await outlook.copy(BIRCH, series)

    await outlook.respond(BIRCH, await on(outlook, BIRCH, copy, 15), verb)

    await told(outlook, series, 15, response)
    room = await on(outlook, BIRCH, copy, 15)
    assert (room["type"], answer_of(room), room["showAs"]) == ("exception", response, shows_as)
    assert [answer_of(each) for each in await instances(outlook, BIRCH, copy)].count("notResponded") == 4
    assert list((await answered(outlook, series)).values()).count("none") == 4


async def test_a_kept_answer_outlasts_one_to_the_series(outlook: Outlook) -> None:
    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)
    copy = await outlook.copy(BIRCH, series)
    await outlook.respond(BIRCH, await on(outlook, BIRCH, copy, 15), "tentativelyAccept")
    await told(outlook, series, 15, "tentativelyAccepted")

    await outlook.respond(BIRCH, copy, "accept")

    await told(outlook, series, 8, "accepted")
    assert list((await answered(outlook, series)).values()).count("tentativelyAccepted") == 1
    assert answer_of(await on(outlook, BIRCH, copy, 15)) == "tentativelyAccepted"


async def test_an_answer_to_the_series_reaches_dates_that_were_changed_otherwise(outlook: Outlook) -> None:
    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)
    copy = await outlook.copy(BIRCH, series)
    await change(outlook, ADA, await on(outlook, ADA, series, 8), subject="Other")
    await when(outlook, BIRCH, copy, 8, lambda each: each is not None and each["subject"] == "Other")

    await outlook.respond(BIRCH, copy, "accept")

    await told(outlook, series, 8, "accepted")
    room = await on(outlook, BIRCH, copy, 8)
    assert (answer_of(room), room["showAs"]) == ("accepted", "busy")


async def test_a_moved_date_is_not_answered_by_an_answer_to_the_series(outlook: Outlook) -> None:
    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)
    copy = await outlook.copy(BIRCH, series)
    await change(outlook, ADA, await on(outlook, ADA, series, 8), **at(9, (14, 15)))
    await when(outlook, BIRCH, copy, 8, lambda each: each is not None and each["type"] == "exception")

    await outlook.respond(BIRCH, copy, "accept")

    await outlook.status(ADA, series, BIRCH, "accepted")
    assert await answered(outlook, series) == {
        "01": "accepted",
        "09": "none",
        "15": "accepted",
        "22": "accepted",
        "29": "accepted",
    }
    assert answer_of(await on(outlook, BIRCH, copy, 8)) == "notResponded"


async def test_two_rooms_answer_one_date_each_for_itself(outlook: Outlook) -> None:
    series, copy = await accepted_series(outlook, CEDAR)
    await declined_8th(outlook, series, copy)
    shown = await on(outlook, ADA, series, 8)
    assert answers(shown) == {BIRCH: "declined", CEDAR: "accepted"}
    assert len(await instances(outlook, CEDAR, await outlook.copy(CEDAR, series))) == 5


@pytest.mark.parametrize("times", [{}, at(9, (14, 15))])
async def test_a_declined_date_comes_back_unanswered_when_the_organizer_changes_it(
    outlook: Outlook, times: Json
) -> None:
    series, copy = await accepted_series(outlook)
    await declined_8th(outlook, series, copy)

    await change(outlook, ADA, await on(outlook, ADA, series, 8), subject="Please", **times)

    room = await when(outlook, BIRCH, copy, 8, lambda each: each is not None)
    assert room is not None
    assert (room["subject"], answer_of(room), room["showAs"]) == ("Please", "notResponded", "tentative")
    await outlook.respond(BIRCH, room, "accept")
    await told(outlook, series, 8, "accepted")
    assert await dates(outlook, BIRCH, copy) == ({8: await on(outlook, BIRCH, copy, 8)}, [])


@pytest.mark.parametrize("restores", [True, False])
async def test_a_renamed_series_restores_declined_dates_only_if_it_is_set_so(
    outlook: Outlook, world: World, restores: bool
) -> None:
    set_options(world, series_update_restores_declined=restores)
    series, copy = await accepted_series(outlook)
    await declined_8th(outlook, series, copy)

    await change(outlook, ADA, series, subject="Renamed")

    await outlook.quiet()
    found = [each for each in await instances(outlook, BIRCH, copy) if each["occurrenceId"].endswith("08")]
    assert [(each["subject"], answer_of(each)) for each in found] == ([("Renamed", "notResponded")] if restores else [])
    assert (await answered(outlook, series))["08"] == "declined"


async def test_an_answer_to_a_date_that_was_called_off_is_dropped(outlook: Outlook, world: World) -> None:
    series, copy = await accepted_series(outlook)
    set_options(world, mail_delay=(0.05, 0.05))
    await outlook.respond(BIRCH, await on(outlook, BIRCH, copy, 8), "tentativelyAccept")
    gone = await on(outlook, ADA, series, 8)
    await outlook.call("DELETE", f"{ADA}/events/{gone['id']}", expect=204)

    await outlook.quiet()

    assert await dates(outlook, ADA, series) == ({}, [8])
    assert await days(outlook, ADA, series) == [1, 15, 22, 29]


async def test_an_answer_to_an_older_time_of_a_date_is_dropped(outlook: Outlook, world: World) -> None:
    series, copy = await accepted_series(outlook)
    set_options(world, mail_delay=(0.05, 0.05))
    await outlook.respond(BIRCH, await on(outlook, BIRCH, copy, 8), "tentativelyAccept")
    await asyncio.sleep(0.01)
    await change(outlook, ADA, await on(outlook, ADA, series, 8), **at(9, (14, 15)))

    await outlook.quiet()

    assert (await answered(outlook, series))["09"] == "none"
    assert answer_of(await on(outlook, BIRCH, copy, 8)) == "notResponded"


async def test_an_answer_takes_effect_on_the_date_as_it_is_by_then(outlook: Outlook, world: World) -> None:
    series, copy = await accepted_series(outlook)
    set_options(world, response_delay=(0.1, 0.1))
    kept, gone = await on(outlook, BIRCH, copy, 8), await on(outlook, BIRCH, copy, 15)
    await outlook.respond(BIRCH, kept, "tentativelyAccept")
    await outlook.respond(BIRCH, gone, "tentativelyAccept")
    await change(outlook, ADA, series, subject="Renamed")
    called_off = await on(outlook, ADA, series, 15)
    await outlook.call("DELETE", f"{ADA}/events/{called_off['id']}", expect=204)

    await outlook.quiet()

    room = await on(outlook, BIRCH, copy, 8)
    assert (room["subject"], answer_of(room)) == ("Renamed", "tentativelyAccepted")
    assert await days(outlook, BIRCH, copy) == [1, 8, 22, 29]
    assert [each["occurrence"] for each in world.mails_of(ADA)] == [None, "2026-12-08"]


async def test_the_later_of_two_answers_to_a_date_counts(outlook: Outlook) -> None:
    series, copy = await accepted_series(outlook)
    occurrence = await on(outlook, BIRCH, copy, 8)
    await outlook.respond(BIRCH, occurrence, "tentativelyAccept")
    await outlook.respond(BIRCH, occurrence, "decline")
    await told(outlook, series, 8, "declined")
    await outlook.quiet()
    assert (await answered(outlook, series))["08"] == "declined"


async def test_another_time_is_proposed_for_one_date(outlook: Outlook) -> None:
    series, copy = await accepted_series(outlook)
    proposed = at(8, (16, 17))
    await outlook.respond(BIRCH, await on(outlook, BIRCH, copy, 8), "tentativelyAccept", proposedNewTime=proposed)
    await told(outlook, series, 8, "tentativelyAccepted")
    [row] = (await on(outlook, ADA, series, 8))["attendees"]
    assert row["proposedNewTime"]["start"]["dateTime"] == "2026-12-08T16:00:00.0000000"
    [row] = (await outlook.call("GET", f"{ADA}/events/{series['id']}"))["attendees"]
    assert "proposedNewTime" not in row


async def test_a_date_is_answered_under_the_same_rules_as_a_meeting(outlook: Outlook) -> None:
    series, copy = await accepted_series(outlook)
    own = await on(outlook, ADA, series, 8)
    await outlook.call("POST", f"{ADA}/events/{own['id']}/accept", {}, expect=400)
    room = await on(outlook, BIRCH, copy, 8)
    silent = {"sendResponse": False, "comment": "x"}
    await outlook.call("POST", f"{BIRCH}/events/{room['id']}/decline", silent, expect=400)
    await outlook.respond(BIRCH, room, "decline", sendResponse=False)
    await when(outlook, BIRCH, copy, 8, lambda each: each is None)
    await outlook.quiet()
    assert (await answered(outlook, series))["08"] == "accepted"


async def test_a_declined_date_may_stay_as_free(outlook: Outlook, world: World) -> None:
    add_room(world, BIRCH, automate="AutoUpdate", preserve_declined_meetings=True)
    series, copy = await accepted_series(outlook)
    await declined_8th(outlook, series, copy)
    room = await on(outlook, BIRCH, copy, 8)
    assert (answer_of(room), room["showAs"], room["type"]) == ("declined", "free", "exception")


async def test_a_date_deleted_at_the_room_is_silent_and_comes_back_with_the_organizers_next(outlook: Outlook) -> None:
    series, copy = await accepted_series(outlook)
    room = await on(outlook, BIRCH, copy, 8)
    await outlook.call("DELETE", f"{BIRCH}/events/{room['id']}", expect=204)
    await outlook.quiet()
    assert (await answered(outlook, series))["08"] == "accepted"
    assert await dates(outlook, BIRCH, copy) == ({}, [8])
    await change(outlook, ADA, await on(outlook, ADA, series, 8), subject="Still on")
    await when(outlook, BIRCH, copy, 8, lambda each: each is not None and answer_of(each) == "notResponded")


async def test_a_copy_that_is_written_anew_keeps_its_dates(outlook: Outlook, world: World) -> None:
    series, copy = await accepted_series(outlook)
    await declined_8th(outlook, series, copy)
    await change(outlook, ADA, await on(outlook, ADA, series, 15), subject="Other")
    await when(outlook, BIRCH, copy, 15, lambda each: each is not None and each["subject"] == "Other")
    set_options(world, new_id_on_accept=True)

    await outlook.respond(BIRCH, copy, "accept")

    renewed = await outlook.copy(BIRCH, series, lambda each: bool(each["id"] != copy["id"]))
    assert await days(outlook, BIRCH, renewed) == [1, 15, 22, 29]
    for each in await instances(outlook, BIRCH, renewed):
        assert each["seriesMasterId"] == renewed["id"]
        assert (await outlook.call("GET", f"{BIRCH}/events/{each['id']}"))["subject"] == each["subject"]


async def test_a_copy_that_is_recreated_keeps_its_dates(outlook: Outlook, world: World) -> None:
    series, copy = await accepted_series(outlook)
    await declined_8th(outlook, series, copy)
    await change(outlook, ADA, await on(outlook, ADA, series, 15), subject="Other")
    await when(outlook, BIRCH, copy, 15, lambda each: each is not None and each["subject"] == "Other")
    await outlook.quiet()
    world.mailbox(BIRCH).recreate_on_accept = Recreation((20, 20))
    await outlook.respond(BIRCH, copy, "accept")
    renewed = await outlook.copy(BIRCH, series, lambda each: bool(each["id"] != copy["id"]))
    shown = await instances(outlook, BIRCH, renewed)
    assert [each["subject"] for each in shown] == ["Planning", "Other", "Planning", "Planning"]
    assert {each["seriesMasterId"] for each in shown} == {renewed["id"]}


async def test_cancelled_dates_are_left_out_although_they_are_asked_for_where_the_option_says_so(
    outlook: Outlook, world: World
) -> None:
    set_options(world, omits_cancelled_occurrences=True)
    series = await outlook.invite(ADA, recurrence=FIVE_TUESDAYS)
    gone = await on(outlook, ADA, series, 15)
    await outlook.call("DELETE", f"{ADA}/events/{gone['id']}", expect=204)

    shown = await outlook.call("GET", f"{ADA}/events/{series['id']}?$select=cancelledOccurrences")

    assert "cancelledOccurrences" not in shown
    assert await days(outlook, ADA, series) == [1, 8, 22, 29]
