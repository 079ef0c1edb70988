"""B31: a date of a series changes places with a date of another series, or with a single meeting."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Meeting, Person
from services.policy.commands.apply import Patience
from tests.integration.policy.answering import accepted
from tests.integration.policy.ledger import (
    Ledger,
    Room,
    again,
    answered,
    meeting,
    on_dates,
    open_ledger,
    recurring,
    window,
)
from tests.integration.policy.series import booked, moved

TIME_TO_SETTLE = timedelta(seconds=5)
SECOND = window(9, day=7).start.date()
EARLY, LATE = 9, 14
BEN = Person(address="ben@example.org", name="Ben")


@pytest.fixture(scope="module")
async def patient(database: str) -> AsyncIterator[Ledger]:
    """Open a ledger that gives an organizer's own meetings time to leave."""
    async with open_ledger(database, Patience(timedelta(seconds=60), TIME_TO_SETTLE)) as ledger:
        yield ledger


def dragged(series: Meeting, hours: int) -> Meeting:
    """Return a series after its second date was moved."""
    return on_dates(series, moved(1, timedelta(hours=hours)))


async def second_week(ledger: Ledger, room: Room) -> dict[UUID, datetime]:
    """Return when the reservations of the second week start."""
    rows = await ledger.reservations(room)
    return {each["id"]: each["starts_at"] for each in rows if each["starts_at"].date() == SECOND}


def groups_of(rows: Sequence[asyncpg.Record]) -> dict[UUID, tuple[UUID, date]]:
    return {each["id"]: (each["group_id"], each["original_date"]) for each in rows}


async def last_answer(ledger: Ledger, room: Room, seen: Meeting, *, is_date: bool = True) -> Any:
    return await ledger.wanted(MeetingKey(room.id, seen.ical_uid, SECOND if is_date else None))


async def test_two_dates_of_series_that_were_swapped_are_both_booked(patient: Ledger) -> None:
    room = await patient.room()
    one = await booked(patient, room, recurring(window(EARLY)))
    two = await booked_beside(patient, room, recurring(window(LATE)), one)
    before, all_before = await second_week(patient, room), await patient.reservations(room)

    await patient.observe_first(room, dragged(one, LATE - EARLY))
    assert (await last_answer(patient, room, one)).answer == "tentativelyAccepted"
    assert await second_week(patient, room) == before
    await patient.observe_first(room, dragged(two, EARLY - LATE))

    after, all_after = await second_week(patient, room), await patient.reservations(room)
    first, second = before
    assert after == {first: before[second], second: before[first]}
    for each, hour in ((one, LATE), (two, EARLY)):
        answer = await last_answer(patient, room, each)
        assert (answer.answer, answer.judged) == ("accepted", window(hour, day=7))
    assert {each["refused_request"] for each in all_after} == {None}
    assert groups_of(all_after) == groups_of(all_before)
    assert len(all_after) == 8


async def booked_beside(ledger: Ledger, room: Room, series: Meeting, other: Meeting) -> Meeting:
    """Have a series booked beside another one, and its answer shown; return it as it is then."""
    assert other.series is not None
    await ledger.observe(room, series)
    shown = answered(series)
    await ledger.observe(room, shown)
    assert len(await ledger.windows(room)) == 2 * len(other.series.occurrences)
    return shown


@pytest.mark.parametrize("is_date_first", [True, False])
async def test_a_date_of_a_series_is_swapped_with_a_single_meeting_whichever_moves_first(
    patient: Ledger, is_date_first: bool
) -> None:
    room = await patient.room()
    series = await booked(patient, room, recurring(window(EARLY)))
    single, single_id = await accepted(patient, room, LATE + 7 * 24)
    before = await second_week(patient, room)
    [date_id] = before.keys() - {single_id}
    edits = [
        dragged(series, LATE - EARLY),
        again(single, start=window(EARLY, day=7).start, end=window(EARLY, day=7).end, answer="notResponded"),
    ]

    for each in edits if is_date_first else reversed(edits):
        await patient.observe_first(room, each)

    assert await second_week(patient, room) == {date_id: before[single_id], single_id: before[date_id]}
    assert (await last_answer(patient, room, series)).answer == "accepted"
    answer = await last_answer(patient, room, single, is_date=False)
    assert (answer.answer, answer.judged) == ("accepted", window(EARLY, day=7))


async def test_dates_of_two_organizers_are_not_swapped(patient: Ledger) -> None:
    room = await patient.room()
    one = await booked(patient, room, recurring(window(EARLY)))
    bens = recurring(window(LATE), organizer=BEN)
    two = await booked_beside(patient, room, bens, one)
    before = await second_week(patient, room)

    await patient.observe_first(room, dragged(one, LATE - EARLY))
    await patient.observe_first(room, dragged(two, EARLY - LATE))

    assert await second_week(patient, room) == before
    for each in (one, two):
        assert (await last_answer(patient, room, each)).answer == "tentativelyAccepted"


async def test_of_two_dates_that_were_swapped_neither_is_lost_if_one_cannot_move(patient: Ledger) -> None:
    room = await patient.room()
    one = await booked(patient, room, recurring(window(EARLY)))
    two = await booked_beside(patient, room, recurring(window(LATE)), one)
    before = await second_week(patient, room)
    await patient.observe(room, meeting(window(16, day=7), organizer=BEN))

    await patient.observe_first(room, dragged(one, LATE - EARLY))
    await patient.observe_first(room, dragged(two, 16 - LATE))

    after = await second_week(patient, room)
    assert {each: after[each] for each in before} == before
    assert len(after) == 3
