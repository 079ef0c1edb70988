"""Recurring holds: one event for each group, each of its dates as wanted, in few requests, whatever gets lost."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from libs.contracts.holds import transaction_id
from libs.contracts.intents import HeldDate, HeldSeries, KeepHold
from libs.contracts.messages import IntentProblem, Settlement
from libs.contracts.values import Window
from tests.contract.graphsim.graph import Json
from tests.integration.outbound.world import ComesAgain, Room, World, dropping, edges, holding

DONE = Settlement.DONE
BERLIN = ZoneInfo("Europe/Berlin")
FIRST = date(2027, 3, 1)
WEEK = timedelta(days=7)
DATES = [FIRST + number * WEEK for number in range(6)]
"""Mondays in Berlin; the clocks go forward before the last two."""


def at(day: date, hour: int = 9, *, lasts: int = 60) -> Window:
    start = datetime.combine(day, time(hour), BERLIN).astimezone(UTC)
    return Window(start=start, end=start + timedelta(minutes=lasts))


def weekly(until: date = DATES[-1], *, start: date = FIRST) -> Json:
    return {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
        "range": {"type": "endDate", "startDate": start.isoformat(), "endDate": until.isoformat()},
    }


def recurring(group: UUID, *exceptions: HeldDate, hour: int = 9, **more: Any) -> KeepHold:
    recurrence = more.pop("recurrence", weekly())
    series = HeldSeries(recurrence=recurrence, exceptions=exceptions)
    given = {"reservation_id": group, "window": at(FIRST, hour), "time_zone": "Europe/Berlin", "subject": "Board"}
    return KeepHold(**{**given, "series": series, **more})


def removed(day: date) -> HeldDate:
    return HeldDate(original_date=day, window=None)


def moved(day: date, to: Window, subject: str | None = None) -> HeldDate:
    return HeldDate(original_date=day, window=to, subject=subject)


async def shown(world: World, room: Room) -> list[tuple[str, str, str]]:
    """What the calendar shows: when in UTC, what and how."""
    path = f"/users/{room.mailbox}/calendarView?startDateTime=2026-01-01&endDateTime=2030-12-31&$top=999"
    found = (await world.outlook.get(path))["value"]
    rows = [(each["start"]["dateTime"][:16], each["subject"], each["showAs"]) for each in found]
    return sorted(rows)


def expected(*windows: Window, subject: str = "Board") -> list[tuple[str, str, str]]:
    return [(f"{each.start:%Y-%m-%dT%H:%M}", subject, "busy") for each in windows]


async def instances(world: World, room: Room, event_id: str | None) -> list[Json]:
    return await world.dates(room.mailbox, {"id": event_id})


async def test_a_group_is_one_recurring_event_by_the_wall_clock_of_its_zone(world: World) -> None:
    room, group = await world.room(), uuid4()

    settled = await world.settle(room.issued(recurring(group)))

    assert (settled.settlement, settled.has_written) == (DONE, True)
    assert await shown(world, room) == expected(*map(at, DATES))
    (event,) = await world.events(room)
    assert (event["type"], event["attendees"], event["isReminderOn"]) == ("seriesMaster", [], False)
    assert {row[0][11:] for row in await shown(world, room)} == {"08:00", "07:00"}
    assert (await world.sim.ask("GET", "/mails"))["mails"] == []


async def test_what_differs_on_single_dates_is_shown_there(world: World) -> None:
    room, group = await world.room(), uuid4()
    elsewhen, longer = at(DATES[2], 14), at(DATES[3], 9, lasts=120)

    hold = recurring(group, removed(DATES[1]), moved(DATES[2], elsewhen), moved(DATES[3], longer, "Board and guests"))
    settled = await world.settle(room.issued(hold))

    assert (settled.settlement, settled.has_written) == (DONE, True)
    rest = [at(DATES[0]), elsewhen, at(DATES[4]), at(DATES[5])]
    assert await shown(world, room) == sorted(expected(*rest) + expected(longer, subject="Board and guests"))
    (event,) = await world.events(room)
    assert settled.ical_uid == event["iCalUId"]


async def test_asking_again_for_a_recurring_hold_writes_nothing(world: World) -> None:
    room, group = await world.room(), uuid4()
    message = room.issued(recurring(group, removed(DATES[1]), moved(DATES[2], at(DATES[2], 14))))
    first = await world.settle(message)
    before = await world.writes(room.mailbox)

    again = await world.settle(message)

    assert (again.settlement, again.has_written, again.event_id) == (DONE, False, first.event_id)
    assert await world.writes(room.mailbox) == before


async def test_a_group_of_150_with_five_exceptions_takes_eight_requests_at_most(world: World) -> None:
    room, group = await world.room(), uuid4()
    days = [FIRST + timedelta(days=number) for number in range(150)]
    daily = {
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "endDate", "startDate": FIRST.isoformat(), "endDate": days[-1].isoformat()},
    }
    exceptions = [removed(days[10]), removed(days[149]), *(moved(days[n], at(days[n], 14)) for n in (0, 50, 100))]

    settled = await world.settle(room.issued(recurring(group, *exceptions, recurrence=daily)))

    assert settled.settlement is DONE
    assert len(await shown(world, room)) == 148
    calls = [each for each in await world.sim.requests(room.mailbox) if each["app"] == "roomsync"]
    over_http = len({each["batch"] for each in calls} - {None}) + sum(each["batch"] is None for each in calls)
    assert over_http <= 8, [(each["method"], each["path"]) for each in calls]


async def test_a_date_that_a_person_moved_or_renamed_is_put_back_alone(world: World) -> None:
    room, group = await world.room(), uuid4()
    first = await world.settle(room.issued(recurring(group)))
    one, other, *_ = await instances(world, room, first.event_id)
    await world.outlook.call("PATCH", f"/users/{room.mailbox}/events/{one['id']}", edges(at(FIRST, 15)))
    await world.outlook.call("PATCH", f"/users/{room.mailbox}/events/{other['id']}", {"subject": "Mine"})

    again = await world.settle(room.issued(recurring(group, event_id=first.event_id), 2))

    assert (again.settlement, again.event_id) == (DONE, first.event_id)
    assert await shown(world, room) == expected(*map(at, DATES))
    assert [each for each in await world.writes(room.mailbox) if each.startswith("POST")] == ["POST 201"]


async def test_a_date_that_a_person_deleted_comes_back_in_a_hold_written_anew(world: World) -> None:
    room, group = await world.room(), uuid4()
    exception = moved(DATES[3], at(DATES[3], 14))
    first = await world.settle(room.issued(recurring(group, exception)))
    lost = (await instances(world, room, first.event_id))[1]
    await world.outlook.call("DELETE", f"/users/{room.mailbox}/events/{lost['id']}", expect=204)

    again = await world.settle(room.issued(recurring(group, exception, event_id=first.event_id), 2))

    assert again.settlement is DONE
    assert again.event_id != first.event_id
    assert len(await world.events(room)) == 1
    days = [*map(at, DATES[:3]), at(DATES[3], 14), *map(at, DATES[4:])]
    assert await shown(world, room) == expected(*days)


async def test_a_date_deleted_before_the_same_message_comes_again_is_restored_too(world: World) -> None:
    room, group = await world.room(), uuid4()
    message = room.issued(recurring(group))
    first = await world.settle(message)
    lost = (await instances(world, room, first.event_id))[1]
    await world.outlook.call("DELETE", f"/users/{room.mailbox}/events/{lost['id']}", expect=204)

    again = await world.settle(message)

    assert again.settlement is DONE
    assert await shown(world, room) == expected(*map(at, DATES))
    assert len(await world.events(room)) == 1


async def test_a_new_subject_leaves_what_single_dates_have_of_their_own(world: World) -> None:
    room, group = await world.room(), uuid4()
    dates = [removed(DATES[1]), moved(DATES[2], at(DATES[2], 14), "Guests")]
    first = await world.settle(room.issued(recurring(group, *dates)))
    before = len(await world.writes(room.mailbox))

    await world.settle(room.issued(recurring(group, *dates, subject="Council", event_id=first.event_id), 2))

    rest = [at(day) for day in (DATES[0], *DATES[3:])]
    guests = expected(at(DATES[2], 14), subject="Guests")
    assert await shown(world, room) == sorted(expected(*rest, subject="Council") + guests)
    assert len(await world.writes(room.mailbox)) == before + 1


async def test_a_new_time_moves_all_dates_and_shows_the_exceptions_again(world: World) -> None:
    room, group = await world.room(), uuid4()
    first = await world.settle(room.issued(recurring(group, removed(DATES[1]))))

    hold = recurring(group, removed(DATES[1]), moved(DATES[2], at(DATES[2], 16)), hour=11, event_id=first.event_id)
    again = await world.settle(room.issued(hold, 2))

    assert (again.settlement, again.event_id) == (DONE, first.event_id)
    days = [at(DATES[0], 11), at(DATES[2], 16), *(at(day, 11) for day in DATES[3:])]
    assert await shown(world, room) == expected(*days)


@pytest.mark.parametrize("keeps", [False, True])
async def test_a_series_that_ends_earlier_shows_its_exceptions_as_before_in_the_same_event(
    world: World, *, keeps: bool
) -> None:
    await world.sim.ask("PUT", "/options", {"range_change_keeps_exceptions": keeps})
    room, group = await world.room(), uuid4()
    exception = moved(DATES[1], at(DATES[1], 14))
    first = await world.settle(room.issued(recurring(group, exception)))

    cut = recurring(group, exception, recurrence=weekly(DATES[2]), event_id=first.event_id)
    again = await world.settle(room.issued(cut, 2))

    assert (again.settlement, again.event_id) == (DONE, first.event_id)
    assert await shown(world, room) == expected(at(DATES[0]), at(DATES[1], 14), at(DATES[2]))


@pytest.mark.parametrize("keeps", [False, True])
async def test_a_date_that_was_out_is_wanted_again_with_a_later_end(world: World, *, keeps: bool) -> None:
    await world.sim.ask("PUT", "/options", {"range_change_keeps_exceptions": keeps})
    room, group = await world.room(), uuid4()
    rest = moved(DATES[3], at(DATES[3], 14))
    first = await world.settle(room.issued(recurring(group, removed(DATES[1]), rest)))

    longer = recurring(group, rest, recurrence=weekly(DATES[-1] + 2 * WEEK), event_id=first.event_id)
    again = await world.settle(room.issued(longer, 2))

    assert again.settlement is DONE
    days = [*map(at, DATES[:3]), at(DATES[3], 14), *map(at, DATES[4:]), *(at(DATES[-1] + n * WEEK) for n in (1, 2))]
    assert await shown(world, room) == expected(*days)
    assert len(await world.events(room)) == 1


async def test_a_series_that_a_person_renamed_moved_or_prolonged_is_as_wanted_again(world: World) -> None:
    room, group = await world.room(), uuid4()
    first = await world.settle(room.issued(recurring(group)))
    later = {**edges(at(FIRST, 12)), "subject": "Mine", "showAs": "free"}
    path = f"/users/{room.mailbox}/events/{first.event_id}"
    await world.outlook.call("PATCH", path, {**later, "recurrence": weekly(DATES[-1] + 4 * WEEK)})

    again = await world.settle(room.issued(recurring(group, event_id=first.event_id), 2))

    assert (again.settlement, again.event_id) == (DONE, first.event_id)
    assert await shown(world, room) == expected(*map(at, DATES))


async def test_a_second_event_for_the_same_group_is_removed(world: World) -> None:
    room, group = await world.room(), uuid4()
    first = await world.settle(room.issued(recurring(group)))
    name = "String {00020329-0000-0000-c000-000000000046} Name RoomsyncReservation"
    twin = {
        **edges(at(FIRST)),
        "recurrence": weekly(),
        "subject": "Board",
        "transactionId": str(transaction_id(group, 2)),
        "singleValueExtendedProperties": [{"id": name, "value": str(group)}],
    }
    await world.outlook.call("POST", f"/users/{room.mailbox}/events", twin, expect=201)
    assert len(await shown(world, room)) == 2 * len(DATES)

    again = await world.settle(room.issued(recurring(group, event_id=first.event_id), 2))

    assert again.event_id == first.event_id
    assert await shown(world, room) == expected(*map(at, DATES))


async def test_a_group_without_a_hold_has_none_of_its_dates_on_the_calendar(world: World) -> None:
    room, group = await world.room(), uuid4()
    first = await world.settle(room.issued(recurring(group, moved(DATES[2], at(DATES[2], 14)))))

    settled = await world.settle(room.issued(dropping(group, first.event_id), 2))

    assert (settled.settlement, settled.has_written) == (DONE, True)
    assert await shown(world, room) == []


async def test_a_recurring_hold_whose_last_date_is_over_is_left_as_it_is(world: World) -> None:
    room, group = await world.room(), uuid4()
    start = date(2026, 1, 5)
    over = recurring(group, recurrence=weekly(start + WEEK, start=start), window=at(start))

    settled = await world.settle(room.issued(over))

    assert (settled.settlement, settled.has_written) == (DONE, False)
    assert await world.writes(room.mailbox) == []


@pytest.mark.parametrize("effect", [{"drop_after_commit": True}, {"status": 503, "code": "ServiceUnavailable"}])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_a_write_that_gets_no_response_ends_in_the_same_calendar(
    world: World, method: str, effect: dict[str, object]
) -> None:
    room, group = await world.room(), uuid4()
    hold = recurring(group, removed(DATES[1]), moved(DATES[2], at(DATES[2], 14)), moved(DATES[3], at(DATES[3], 15)))
    await world.sim.ask(
        "PUT",
        "/faults",
        {"rules": [{"match": {"method": method, "mailbox": room.mailbox}, "effect": effect, "times": 2}]},
    )

    settled = await world.settle_in_the_end(room.issued(hold))

    assert settled.settlement is DONE
    days = [at(DATES[0]), at(DATES[2], 14), at(DATES[3], 15), at(DATES[4]), at(DATES[5])]
    assert await shown(world, room) == expected(*days)
    assert len(await world.events(room)) == 1


async def test_a_hold_whose_writing_was_broken_off_is_completed(world: World) -> None:
    room, group = await world.room(), uuid4()
    message = room.issued(recurring(group, removed(DATES[1]), moved(DATES[2], at(DATES[2], 14))))
    await world.sim.ask("PUT", "/limits", {"latency_ms": 150})
    for after_s in (0.1, 0.35, 0.6, 0.9):
        with pytest.raises((TimeoutError, ComesAgain)):
            await asyncio.wait_for(world.settle(message), after_s)
    await world.sim.ask("PUT", "/limits", {"latency_ms": 0})

    settled = await world.settle_in_the_end(message)

    assert settled.settlement is DONE
    days = [at(DATES[0]), at(DATES[2], 14), *map(at, DATES[3:])]
    assert await shown(world, room) == expected(*days)
    assert len(await world.events(room)) == 1


async def test_two_generations_at_once_end_in_the_newer_one(world: World) -> None:
    room, group = await world.room(), uuid4()
    older = room.issued(recurring(group, removed(DATES[1])), 1)
    newer = room.issued(recurring(group, moved(DATES[1], at(DATES[1], 14)), subject="Council"), 2)

    await asyncio.gather(world.settle_in_the_end(older), world.settle_in_the_end(newer))
    await world.settle_in_the_end(newer)

    days = [at(DATES[0]), at(DATES[1], 14), *map(at, DATES[2:])]
    assert await shown(world, room) == expected(*days, subject="Council")
    assert len(await world.events(room)) == 1


async def test_a_date_that_outlook_cannot_move_so_far_is_given_up_with_the_reason(world: World) -> None:
    room, group = await world.room(), uuid4()

    settled = await world.settle(room.issued(recurring(group, moved(DATES[1], at(DATES[3], 14)))))

    assert (settled.settlement, settled.problem) == (Settlement.GIVEN_UP, IntentProblem.REFUSED_BY_GRAPH)


async def test_a_single_hold_becomes_a_recurring_one_in_place(world: World) -> None:
    room, group = await world.room(), uuid4()
    first = await world.settle(room.issued(holding(group, at(FIRST))))

    again = await world.settle(room.issued(recurring(group, event_id=first.event_id), 2))

    assert (again.settlement, again.event_id) == (DONE, first.event_id)
    assert await shown(world, room) == expected(*map(at, DATES))


async def test_a_date_to_come_that_a_person_moved_into_the_past_is_put_back_and_what_is_over_is_left(
    world: World,
) -> None:
    room, group = await world.room(), uuid4()
    coming = datetime.now(BERLIN).date() + timedelta(days=2)
    days = [coming + number * WEEK for number in range(-2, 2)]
    recurrence = weekly(days[-1], start=days[0])
    recurrence["pattern"]["daysOfWeek"] = [f"{coming:%A}".lower()]
    hold = recurring(group, recurrence=recurrence, window=at(days[0]))
    first = await world.settle(room.issued(hold))
    dates = await instances(world, room, first.event_id)
    over, next_one = at(days[0], 15), at(coming - timedelta(days=4))
    await world.outlook.call("PATCH", f"/users/{room.mailbox}/events/{dates[0]['id']}", edges(over))
    await world.outlook.call("PATCH", f"/users/{room.mailbox}/events/{dates[2]['id']}", edges(next_one))

    again = await world.settle(room.issued(hold.model_copy(update={"event_id": first.event_id}), 2))

    assert (again.settlement, again.event_id) == (DONE, first.event_id)
    assert await shown(world, room) == expected(over, *map(at, days[1:]))
