"""The back office cancels several dates of a series that was made in Outlook: all, or one and those after it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.intents import AnswerMeeting
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import IntentIssued
from libs.contracts.values import Answer, Meeting
from libs.contracts.wanted_reservations import Scope
from services.policy.commands.reservations import (
    CancellationRequest,
    ReservationRefused,
    Reserved,
    Result,
    cancel_reservation,
)
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.changing_meetings import ALWAYS, NINE, at, change, editing_room, send
from tests.integration.policy.ledger import Ledger, Room, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule
from tests.integration.policy.series import booked, groups, only, windows_of, without

PAINTED = "The hall is being painted."


async def cancel(ledger: Ledger, reservation_id: UUID, scope: Scope, override: str | None = None) -> Result:
    async def work(conn: Connection) -> Result:
        result = await cancel_reservation(
            conn,
            reservation_id,
            wanted=CancellationRequest(PAINTED, override, scope=scope),
            expected_version=None,
            patience=PATIENCE,
            by=ADMINISTRATOR,
        )
        await send(ledger, conn, result.messages)
        return result

    return await granted(ledger, work)


async def ids(ledger: Ledger, room: Room) -> list[UUID]:
    return [row["id"] for row in await ledger.reservations(room)]


async def answers(ledger: Ledger, room: Room) -> list[tuple[str | None, AnswerMeeting]]:
    """Return the answers that are wanted since the series was accepted, by original date."""
    found = [each for each in await ledger.owed(room) if each["type"] == IntentIssued.type]
    wanted: list[tuple[Any, Any]] = [(each["key"]["original_date"], each["intent"]) for each in found]
    return [(day, AnswerMeeting.model_validate(goal)) for day, goal in wanted if goal["answer"] == "declined"]


async def test_all_of_a_series_is_cancelled_by_one_decline_with_the_comment(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE))
    second = (await ids(ledger, room))[1]

    result = await cancel(ledger, second, "all")

    assert isinstance(result, Reserved)
    assert (result.reservation.id, result.reservation.status) == (second, "cancelled")
    assert await ledger.windows(room) == []
    assert [status for status, _ in await groups(ledger, room)] == ["cancelled"]
    [(day, answer)] = await answers(ledger, room)
    assert (day, answer.takes_room_off) == (None, None)
    assert PAINTED in answer.comment
    assert "cancelled 4 dates" in answer.comment
    await ledger.settle(MeetingKey(room.id, series.ical_uid), event_id=series.event_id, ical_uid=series.ical_uid)
    await ledger.observe(room, None, series.ical_uid)
    assert await ledger.windows(room) == []
    assert len(await answers(ledger, room)) == 1


async def test_with_organizer_access_the_series_loses_the_room(ledger: Ledger) -> None:
    room = await editing_room(ledger)
    await booked(ledger, room, recurring(NINE))

    await cancel(ledger, (await ids(ledger, room))[0], "all")

    [(_, answer)] = await answers(ledger, room)
    assert answer.takes_room_off == "ada@example.org"


async def test_from_one_date_on_each_is_declined_by_itself_and_the_organizer_reads_one_text(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE))
    windows = windows_of(series)

    await cancel(ledger, (await ids(ledger, room))[1], "following")

    assert await ledger.windows(room) == windows[:1]
    assert [status for status, _ in await groups(ledger, room)] == ["confirmed"]
    said = await answers(ledger, room)
    assert [day for day, _ in said] == [each.start.date().isoformat() for each in windows[1:]]
    assert [bool(answer.comment) for _, answer in said] == [True, False, False]
    assert PAINTED in said[0][1].comment
    assert "cancelled 3 dates" in said[0][1].comment
    assert [answer.judged for _, answer in said] == windows[1:]


async def test_dates_that_were_cancelled_here_stay_so_when_the_series_is_seen_again(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE))
    await cancel(ledger, (await ids(ledger, room))[1], "following")
    before = await answers(ledger, room)

    await ledger.observe(room, series)
    await _settle_all(ledger, room, series)
    await ledger.observe(room, on_dates(series, lambda number, each: each if number == 0 else None))

    assert await ledger.windows(room) == windows_of(series)[:1]
    assert await answers(ledger, room) == before


async def _settle_all(ledger: Ledger, room: Room, series: Meeting) -> None:
    assert series.series is not None
    for each in series.series.occurrences[1:]:
        await ledger.settle(MeetingKey(room.id, series.ical_uid, each.original_date), event_id=each.event_id)


async def test_from_the_first_date_on_is_all_and_from_the_last_is_that_one(ledger: Ledger) -> None:
    first, last = await ledger.room(), await ledger.room()
    for room in (first, last):
        await booked(ledger, room, recurring(NINE))

    await cancel(ledger, (await ids(ledger, first))[0], "following")
    await cancel(ledger, (await ids(ledger, last))[-1], "following")

    assert [day for day, _ in await answers(ledger, first)] == [None]
    [(day, answer)] = await answers(ledger, last)
    assert day is not None
    assert PAINTED in answer.comment
    assert len(await ledger.windows(last)) == 3


async def test_a_date_that_left_the_series_before_does_not_keep_it(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE))
    await ledger.observe(room, on_dates(series, without(0)))

    await cancel(ledger, (await ids(ledger, room))[0], "following")

    assert [day for day, _ in await answers(ledger, room)] == [None]


async def test_cancelling_what_is_cancelled_changes_nothing_and_answers_the_same(ledger: Ledger) -> None:
    room = await ledger.room()
    await booked(ledger, room, recurring(NINE))
    second = (await ids(ledger, room))[1]
    scopes: tuple[Scope, ...] = ("following", "all")
    for scope in scopes:
        once = await cancel(ledger, second, scope)
        said = await answers(ledger, room)
        again = await cancel(ledger, second, scope)

        assert isinstance(once, Reserved)
        assert isinstance(again, Reserved)
        assert (again.reservation, list(again.messages)) == (once.reservation, [])
        assert await answers(ledger, room) == said
    assert await ledger.windows(room) == []


async def test_one_date_that_is_too_late_to_be_cancelled_keeps_all_and_is_named(ledger: Ledger) -> None:
    room = await ledger.room()
    soon = window(2)
    await booked(ledger, room, recurring(soon))
    first_start = (await ledger.windows(room))[0].start
    minutes = int((first_start - await ledger.now()) / timedelta(minutes=1)) + 60
    late = {"kind": "change_cut_off", "cancel_minutes": minutes}
    await granted(ledger, lambda conn: set_rule(conn, late, at_space(room.id)))
    [first, second, *_] = await ids(ledger, room)

    refused = await cancel(ledger, second, "all")

    assert isinstance(refused, ReservationRefused)
    [reason] = refused.reasons
    assert reason.rule == "change_cut_off"
    assert reason.message.startswith(first_start.strftime("%a %d %b"))
    assert len(await ledger.windows(room)) == 4
    assert await answers(ledger, room) == []
    allowed = await cancel(ledger, first, "all", "The hall is closed.")
    assert isinstance(allowed, Reserved)
    assert "The hall is closed." in str(allowed.reservation.reasons)
    assert await ledger.windows(room) == []


async def test_a_date_that_is_being_moved_keeps_all(ledger: Ledger) -> None:
    room = await editing_room(ledger)
    series = await booked(ledger, room, recurring(NINE))
    [first, second, *_] = await ids(ledger, room)
    later = windows_of(series)[1]
    await change(ledger, second, at(later.model_copy(update={"end": later.end + timedelta(hours=1)})))

    refused = await cancel(ledger, first, "all")

    assert isinstance(refused, ReservationRefused)
    assert [each.actual for each in refused.reasons] == ["being_moved"]
    assert len(await ledger.windows(room)) == 4


async def test_what_comes_into_view_later_of_a_series_that_goes_on_is_declined(ledger: Ledger) -> None:
    room = await ledger.room()
    until = NINE.start + timedelta(days=25)
    series = await booked(ledger, room, recurring(NINE, 4, until=until))
    await cancel(ledger, (await ids(ledger, room))[2], "following")
    said = await answers(ledger, room)

    longer = recurring(NINE, 5, until=until + timedelta(days=7), ical_uid=series.ical_uid, event_id=series.event_id)
    shown = on_dates(longer, lambda number, each: each if number in {0, 1, 4} else None, answer="accepted")
    await _settle_all(ledger, room, on_dates(series, without(1)))
    await ledger.observe(room, on_dates(shown, only(0, answer=Answer.ACCEPTED)))

    assert await ledger.windows(room) == windows_of(series)[:2]
    more = (await answers(ledger, room))[len(said) :]
    assert [day for day, _ in more] == [windows_of(longer)[4].start.date().isoformat()]
    await ledger.observe(room, on_dates(shown, only(0, answer=Answer.ACCEPTED)))
    assert await ledger.windows(room) == windows_of(series)[:2]


async def test_a_series_that_waits_for_an_administrator_is_cancelled_with_its_question(ledger: Ledger) -> None:
    room = await ledger.room()
    await granted(ledger, lambda conn: set_rule(conn, ALWAYS, at_space(room.id)))
    series = recurring(NINE)
    await ledger.observe(room, series)

    await cancel(ledger, (await ids(ledger, room))[0], "all")

    assert await ledger.pool.fetch("SELECT 1 FROM approvals WHERE state = 'pending'") == []
    assert [day for day, _ in await answers(ledger, room)] == [None]
