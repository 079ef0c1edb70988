"""Whole series that are changed: cut, extended, moved, repatterned, parted in two, made of a single and back."""

import pytest

from tests.graphsim.exchange.world import World
from tests.unit.graphsim.conftest import ADA, BIRCH, set_options
from tests.unit.graphsim.outlook import Json, Outlook, answers, eventually
from tests.unit.graphsim.series import (
    FIVE_TUESDAYS,
    WEEKLY,
    answer_of,
    at,
    change,
    dates,
    instances,
    on,
    repeated,
    when,
)

LONGER = repeated(WEEKLY, numberOfOccurrences=8)
CUT = {"pattern": WEEKLY, "range": {"type": "endDate", "startDate": "2026-12-01", "endDate": "2026-12-21"}}
DAILY = repeated({"type": "daily", "interval": 1}, numberOfOccurrences=3)
TOKYO = "Tokyo Standard Time"
IN_TOKYO = {
    "start": {"dateTime": "2026-12-01T10:00:00", "timeZone": TOKYO},
    "end": {"dateTime": "2026-12-01T11:00:00", "timeZone": TOKYO},
}
CHANGES: list[tuple[str, Json, list[str]]] = [
    ("extended", {"recurrence": LONGER}, ["01T10", "08T10", "15T10", "22T10", "29T10", "05T10", "12T10", "19T10"]),
    ("cut", {"recurrence": CUT}, ["01T10", "08T10", "15T10"]),
    ("repatterned", {"recurrence": DAILY}, ["01T10", "02T10", "03T10"]),
    ("at another hour", at(1, (14, 15)), ["01T14", "08T14", "15T14", "22T14", "29T14"]),
    ("a week later", at(8, (10, 11)), ["08T10", "15T10", "22T10", "29T10", "05T10"]),
    ("in another zone", IN_TOKYO, ["01T01", "08T01", "15T01", "22T01", "29T01"]),
    (
        "all day",
        {
            "isAllDay": True,
            "start": {"dateTime": "2026-12-01", "timeZone": "UTC"},
            "end": {"dateTime": "2026-12-02", "timeZone": "UTC"},
        },
        ["01T00", "08T00", "15T00", "22T00", "29T00"],
    ),
]


async def lived_in_series(outlook: Outlook) -> tuple[Json, Json]:
    """A series that Birch has accepted, with one date renamed, one deleted, and one that the room declined."""
    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)
    copy = await outlook.copy(BIRCH, series)
    await outlook.respond(BIRCH, copy, "accept")
    await outlook.status(ADA, series, BIRCH, "accepted")
    await change(outlook, ADA, await on(outlook, ADA, series, 8), subject="Other")
    gone = await on(outlook, ADA, series, 15)
    await outlook.call("DELETE", f"{ADA}/events/{gone['id']}", expect=204)
    await outlook.respond(BIRCH, await on(outlook, BIRCH, copy, 1), "decline")
    await when(outlook, ADA, series, 1, lambda each: each is not None and answers(each) == {BIRCH: "declined"})
    await outlook.quiet()
    return series, copy


def times(events: list[Json]) -> list[str]:
    return [each["start"]["dateTime"][8:13] for each in events]


@pytest.mark.parametrize(("fields", "expected"), [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES])
async def test_new_times_or_a_new_pattern_drop_exceptions_ids_and_answers(
    outlook: Outlook, fields: Json, expected: list[str]
) -> None:
    series, copy = await lived_in_series(outlook)
    before = {each["id"] for each in [*await instances(outlook, ADA, series), *await instances(outlook, BIRCH, copy)]}

    changed = await change(outlook, ADA, series, **fields)

    assert (changed["id"], changed["iCalUId"], answers(changed)) == (series["id"], series["iCalUId"], {BIRCH: "none"})
    room = await outlook.copy(BIRCH, series, lambda each: answer_of(each) == "notResponded")
    assert (room["id"], room["showAs"]) == (copy["id"], "tentative")
    await outlook.quiet()
    for mailbox, master in ((ADA, series), (BIRCH, copy)):
        shown = await instances(outlook, mailbox, master)
        assert times(shown) == expected
        assert {(each["type"], each["subject"]) for each in shown} == {("occurrence", "Planning")}
        assert not before & {each["id"] for each in shown}
        assert await dates(outlook, mailbox, master) == ({}, [])
    for ident in before:
        await outlook.call("GET", f"{ADA}/events/{ident}", expect=404)


async def test_a_series_in_another_zone_keeps_its_wall_time_there(outlook: Outlook) -> None:
    berlin = "W. Europe Standard Time"
    series = await outlook.invite(ADA, BIRCH, recurrence=repeated(WEEKLY, numberOfOccurrences=20))
    copy = await outlook.copy(BIRCH, series)
    hours = {"start": "2026-12-01T10:00:00", "end": "2026-12-01T11:00:00"}
    fields = {edge: {"dateTime": when, "timeZone": berlin} for edge, when in hours.items()}

    changed = await change(outlook, ADA, series, **fields)

    assert changed["recurrence"]["range"]["recurrenceTimeZone"] == berlin
    await outlook.quiet()
    shown = [each["start"]["dateTime"][5:13] for each in await instances(outlook, BIRCH, copy)]
    assert (shown[0], shown[16:]) == ("12-01T09", ["03-23T09", "03-30T08", "04-06T08", "04-13T08"])


async def test_the_recurrence_that_was_read_may_be_written_back(outlook: Outlook) -> None:
    series, copy = await lived_in_series(outlook)
    same = {name: series[name] for name in ("start", "end", "recurrence")}
    changed = await change(outlook, ADA, series, subject="Renamed", **same)
    assert answers(changed) == {BIRCH: "accepted"}
    await outlook.quiet()
    assert [each["subject"] for each in await instances(outlook, BIRCH, copy)] == ["Other", "Renamed", "Renamed"]


@pytest.mark.parametrize(("recurrence", "expected"), [(LONGER, 7), (CUT, 2)])
async def test_a_series_that_is_only_cut_or_extended_may_keep_its_dates(
    outlook: Outlook, world: World, recurrence: Json, expected: int
) -> None:
    set_options(world, range_change_keeps_exceptions=True)
    series, copy = await lived_in_series(outlook)
    kept = await on(outlook, ADA, series, 8)
    before = len(world.mails_of(BIRCH))

    changed = await change(outlook, ADA, series, recurrence=recurrence)

    assert answers(changed) == {BIRCH: "none"}
    await outlook.quiet()
    shown = await instances(outlook, ADA, series)
    assert len(shown) == expected
    assert [(each["id"], each["subject"]) for each in shown if each["type"] == "exception"][-1:] == [
        (kept["id"], "Other")
    ]
    exceptions, cancelled = await dates(outlook, BIRCH, copy)
    assert (exceptions[8]["subject"], cancelled) == ("Other", [1, 15])
    assert answer_of(exceptions[8]) == "notResponded"
    assert "cancellation" not in {
        each["kind"] for each in world.mails_of(BIRCH)[before:] if each["occurrence"] == "2026-12-08"
    }


async def test_coming_exceptions_are_called_off_before_the_new_pattern_is_sent(outlook: Outlook, world: World) -> None:
    series, _ = await lived_in_series(outlook)
    before = len(world.mails_of(BIRCH))
    await change(outlook, ADA, series, recurrence=DAILY)
    told = [(each["kind"], each["occurrence"]) for each in world.mails_of(BIRCH)[before:]]
    assert told == [("cancellation", "2026-12-01"), ("cancellation", "2026-12-08"), ("update", None)]


async def test_a_single_becomes_a_series_in_place_and_a_single_again(outlook: Outlook) -> None:
    single = await outlook.invite(ADA, BIRCH)
    copy = await outlook.copy(BIRCH, single)
    await outlook.respond(BIRCH, copy, "accept")
    await outlook.status(ADA, single, BIRCH, "accepted")

    series = await change(outlook, ADA, single, recurrence=FIVE_TUESDAYS)

    assert (series["id"], series["iCalUId"], series["type"]) == (single["id"], single["iCalUId"], "seriesMaster")
    room = await outlook.copy(BIRCH, single, lambda each: bool(each["type"] == "seriesMaster"))
    assert (room["id"], answer_of(room)) == (copy["id"], "notResponded")
    occurrence = await on(outlook, BIRCH, room, 8)
    await change(outlook, ADA, await on(outlook, ADA, series, 8), subject="Other")

    again = await change(outlook, ADA, series, recurrence=None)

    assert (again["id"], again["iCalUId"], again["type"]) == (single["id"], single["iCalUId"], "singleInstance")
    room = await outlook.copy(BIRCH, single, lambda each: bool(each["type"] == "singleInstance"))
    assert (room["start"], room["recurrence"]) == (single["start"], None)
    await outlook.call("GET", f"{BIRCH}/events/{occurrence['id']}", expect=404)


@pytest.mark.parametrize("new_first", [True, False])
async def test_this_and_following_are_two_series_that_know_nothing_of_each_other(
    outlook: Outlook, new_first: bool
) -> None:
    series, copy = await lived_in_series(outlook)
    rest = {"pattern": WEEKLY, "range": {"type": "numbered", "startDate": "2026-12-22", "numberOfOccurrences": 2}}
    made: list[Json] = []

    async def cut() -> None:
        await change(outlook, ADA, series, recurrence=CUT)

    async def make() -> None:
        made.append(await outlook.invite(ADA, BIRCH, day=22, hours=(16, 17), recurrence=rest))

    for step in (make, cut) if new_first else (cut, make):
        await step()

    [following] = made
    assert following["iCalUId"] != series["iCalUId"]
    other = await outlook.copy(BIRCH, following)

    async def is_cut() -> bool:
        return len(await instances(outlook, BIRCH, copy)) == 3

    await eventually(is_cut)
    assert [answer_of(each) for each in (await outlook.copy(BIRCH, series), other)] == 2 * ["notResponded"]
    assert times(await instances(outlook, BIRCH, other)) == ["22T16", "29T16"]
