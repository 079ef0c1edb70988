"""A series that somebody made on a room's own calendar blocks its dates in the ledger, and nobody is answered."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Meeting, Window
from services.policy.commands.closing import close_space
from services.policy.commands.reservations import CancellationRequest, cancel_reservation
from services.policy.core.snapshot import JudgedDecision
from services.policy.store import decisions
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.answering import answer_to
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, meeting, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.series import booked, groups, moved, only, windows_of, without
from tests.integration.policy.test_yielding import reserved

OWN: dict[str, Any] = {"is_room_owned": True, "answer": "organizer", "subject": "Painting"}


def foreign(at: Window, dates: int = 4, **different: Any) -> Meeting:
    return recurring(at, dates, **{**OWN, **different})


def same(series: Meeting, **different: Any) -> dict[str, Any]:
    """Return what makes another series the same one at another time."""
    return {"event_id": series.event_id, "ical_uid": series.ical_uid, **different}


async def imported(ledger: Ledger, room: Room, series: Meeting) -> Meeting:
    await ledger.observe(room, series)
    assert await ledger.windows(room) == windows_of(series)
    return series


async def intents(ledger: Ledger, room: Room) -> list[dict[str, Any]]:
    return [each for each in await ledger.owed(room) if each["type"].startswith("intent")]


async def taken(ledger: Ledger, room: Room) -> list[Window]:
    """Return every stretch that is occupied, by time."""
    rows = await ledger.pool.fetch(
        "SELECT lower(stretch) AS start, upper(stretch) AS end FROM occupancies o JOIN reservations r "
        "ON r.id = o.reservation_id CROSS JOIN unnest(o.during) AS stretch WHERE r.space_id = $1 ORDER BY 1",
        room.id,
    )
    return [Window(start=row["start"], end=row["end"]) for row in rows]


async def test_it_is_a_group_with_a_reservation_for_each_date_and_nobody_is_answered(ledger: Ledger) -> None:
    room, series = await ledger.room(), foreign(window(9))

    await ledger.observe(room, series)

    rows = await ledger.reservations(room)
    assert await ledger.windows(room) == windows_of(series)
    assert [row["original_date"] for row in rows] == [each.start.date() for each in windows_of(series)]
    assert {(row["status"], row["origin"], row["organizer_address"]) for row in rows} == {
        ("confirmed", "outlook", None)
    }
    assert len({row["group_id"] for row in rows} | {None}) == 2
    assert await groups(ledger, room) == [("confirmed", None)]
    assert await intents(ledger, room) == []
    assert {row["actor_kind"] for row in await ledger.audit(room)} == {"room_calendar"}


async def test_an_invitation_to_the_time_of_one_date_is_declined(ledger: Ledger) -> None:
    room = await ledger.room()
    await imported(ledger, room, foreign(window(9)))

    invited = meeting(window(9.5, day=14))
    await ledger.observe(room, invited)

    assert (await answer_to(ledger, room, invited)).answer == "declined"


async def test_what_is_seen_again_changes_nothing(ledger: Ledger) -> None:
    room = await ledger.room()
    await reserved(ledger, room, window(9, day=7))
    await reserved(ledger, room, window(9, 9.5, day=14))
    series = foreign(window(9))
    await ledger.observe(room, series)
    before = await ledger.reservations(room), len(await ledger.owed(room)), len(await ledger.audit(room))

    await ledger.observe(room, series)

    after = await ledger.reservations(room), len(await ledger.owed(room)), len(await ledger.audit(room))
    assert after == before


async def test_a_date_that_others_have_yields_or_is_left_alone(ledger: Ledger) -> None:
    room, series = await ledger.room(), foreign(window(9))
    await reserved(ledger, room, window(9, day=7))
    half = await reserved(ledger, room, window(9, 9.5, day=14))

    await ledger.observe(room, series)

    found = {row["original_date"]: row["yields"] for row in await ledger.reservations(room) if row["original_date"]}
    first, second, third, fourth = (each.start.date() for each in windows_of(series))
    assert found == {first: False, third: True, fourth: False}
    assert window(9.5, 10, day=14) in await taken(ledger, room)

    await granted(
        ledger,
        lambda conn: cancel_reservation(
            conn, half, wanted=CancellationRequest(), expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        ),
    )
    await ledger.correct(room, MeetingKey(room.id, series.ical_uid), series)
    assert window(9, day=14) in await taken(ledger, room)
    assert second not in {row["original_date"] for row in await ledger.reservations(room)}


async def test_a_series_of_which_nothing_is_free_is_remembered_and_booked_later(ledger: Ledger) -> None:
    room, series = await ledger.room(), foreign(window(9), 2)
    both = [await reserved(ledger, room, each) for each in windows_of(series)]
    await ledger.observe(room, series)
    entries = len(await ledger.audit(room))

    await ledger.observe(room, series)
    assert (len(await ledger.audit(room)), await groups(ledger, room)) == (entries, [])

    await granted(
        ledger,
        lambda conn: cancel_reservation(
            conn, both[1], wanted=CancellationRequest(), expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        ),
    )
    await ledger.observe(room, series)
    assert [row["original_date"] for row in await ledger.reservations(room)] == [
        None,
        windows_of(series)[1].start.date(),
    ]
    assert await groups(ledger, room) == [("confirmed", None)]


async def test_a_date_that_is_moved_moves_alone_and_a_deleted_one_is_free(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await imported(ledger, room, foreign(window(9)))
    edited = on_dates(on_dates(series, moved(1, timedelta(hours=3))), without(2))

    await ledger.observe(room, on_dates(edited, only(1, answer=Answer.ORGANIZER)))

    assert await ledger.windows(room) == windows_of(edited)
    assert await taken(ledger, room) == windows_of(edited)
    assert await intents(ledger, room) == []


async def test_two_dates_that_change_places_do(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await imported(ledger, room, foreign(window(9), 2, days=1))
    first, second = windows_of(series)

    swapped = on_dates(
        series,
        lambda n, each: each.model_copy(update={"start": (second, first)[n].start, "end": (second, first)[n].end}),
    )
    await ledger.observe(room, swapped)

    rows = await ledger.reservations(room)
    assert [row["original_date"] for row in rows] == [second.start.date(), first.start.date()]
    assert [row["yields"] for row in rows] == [False, False]


@pytest.mark.parametrize("by", [timedelta(minutes=30), timedelta(days=7), timedelta(days=-1), timedelta(hours=25)])
async def test_a_series_moves_over_itself(ledger: Ledger, by: timedelta) -> None:
    room = await ledger.room()
    series = await imported(ledger, room, foreign(window(9, day=3), 5))
    later = foreign(Window(start=series.start + by, end=series.end + by), 5, **same(series))

    await ledger.observe(room, later)

    assert await taken(ledger, room) == windows_of(later)
    assert await groups(ledger, room) == [("confirmed", None)]


async def test_a_series_that_gets_another_pattern_has_the_dates_of_that(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await imported(ledger, room, foreign(window(9), 4))

    every_second_day = foreign(window(9), 6, days=2, **same(series))
    await ledger.observe(room, every_second_day)
    assert await ledger.windows(room) == windows_of(every_second_day)

    cut = foreign(window(9), 3, days=2, **same(series))
    await ledger.observe(room, cut)
    assert await ledger.windows(room) == windows_of(cut)


@pytest.mark.parametrize("is_gone", [True, False], ids=["gone", "cancelled"])
async def test_a_series_that_is_deleted_frees_every_date(ledger: Ledger, is_gone: bool) -> None:
    room = await ledger.room()
    series = await imported(ledger, room, foreign(window(9), 8))
    cancelled = series.model_copy(update={"is_cancelled": True, "series": None})

    await ledger.observe(room, None if is_gone else cancelled, series.ical_uid)

    assert (await ledger.windows(room), await taken(ledger, room)) == ([], [])
    assert await groups(ledger, room) == [("cancelled", None)]
    assert {row["actor_kind"] for row in await ledger.audit(room)} == {"room_calendar"}
    assert await intents(ledger, room) == []


async def test_a_single_event_becomes_a_series_and_single_again(ledger: Ledger) -> None:
    room, single = await ledger.room(), meeting(window(9), **OWN)
    await ledger.observe(room, single)

    series = await imported(ledger, room, foreign(window(9), **same(single)))
    await ledger.observe(room, single)

    assert await ledger.windows(room) == [window(9)]
    assert [row["original_date"] for row in await ledger.reservations(room)] == [None]
    assert await groups(ledger, room) == [("cancelled", None)]
    await imported(ledger, room, series)


async def test_later_dates_are_added_as_they_come_into_view(ledger: Ledger) -> None:
    room, ends = await ledger.room(), window(0, day=28).start
    series = await imported(ledger, room, foreign(window(9), 4, until=ends))
    assert await groups(ledger, room) == [("confirmed", ends)]

    await imported(ledger, room, foreign(window(9), 6, until=ends + timedelta(days=14), **same(series)))

    assert await groups(ledger, room) == [("confirmed", ends + timedelta(days=14))]


async def test_whole_days_one_after_the_other_share_their_buffers(ledger: Ledger) -> None:
    room, series = await ledger.room(setup_minutes=30, cleanup_minutes=15), foreign(window(0, 24), 4, days=1)

    for _ in range(2):
        await ledger.observe(room, series)

    assert await ledger.windows(room) == windows_of(series)
    stretches = await taken(ledger, room)
    assert (stretches[0].start, stretches[-1].end) == (window(-0.5).start, window(24.25, day=3).start)
    assert all(one.end == two.start for one, two in pairwise(stretches))


async def test_every_decision_about_it_is_decided_again_from_its_snapshot(ledger: Ledger) -> None:
    room = await ledger.room(setup_minutes=30)
    series = foreign(window(0, 24), 4, days=1)
    await reserved(ledger, room, window(9, day=2))
    await ledger.observe(room, series)
    await ledger.observe(room, on_dates(series, moved(1, timedelta(hours=3))))
    await ledger.observe(room, meeting(window(9, day=1)))
    await ledger.observe(room, None, series.ical_uid)

    async with ledger.pool.acquire() as conn, conn.transaction():
        rows = [each async for each in decisions.judged(conn)]

    found: list[JudgedDecision] = [decision for decision, _ in rows]
    assert len(found) > 8
    assert all(decision.follows_from(verdict) for decision, verdict in rows)
    assert any(decision.snapshot.taken and decision.outcome == "decline" for decision in found)


async def test_a_space_that_closes_answers_nobody_about_it(ledger: Ledger) -> None:
    room = await ledger.room()
    await imported(ledger, room, foreign(window(9)))

    messages = await granted(ledger, lambda conn: close_space(conn, room.id, None, patience=PATIENCE, by=ADMINISTRATOR))

    assert await ledger.windows(room) == []
    assert [each.type for each in messages] == ["reservation.cancelled.v1"] * 4


async def test_a_date_that_an_administrator_took_out_stays_out(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await imported(ledger, room, foreign(window(9)))
    second = (await ledger.reservations(room))[1]["id"]
    await granted(
        ledger,
        lambda conn: cancel_reservation(
            conn, second, wanted=CancellationRequest(), expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        ),
    )

    await ledger.observe(room, series)

    assert await ledger.windows(room) == [each for n, each in enumerate(windows_of(series)) if n != 1]
    assert await intents(ledger, room) == []


async def test_an_invited_series_that_cannot_be_read_meanwhile_is_not_taken_for_one(ledger: Ledger) -> None:
    room = await ledger.room()
    shown = await booked(ledger, room, recurring(window(9)))

    await ledger.observe(room, shown.model_copy(update={"is_unreadable": True, "series": None}))

    expected = "SELECT answer FROM expectations_v1 WHERE space_id = $1 AND key_original_date IS NULL"
    assert [row["answer"] for row in await ledger.pool.fetch(expected, room.id)] == ["accepted"]
    assert await ledger.windows(room) == windows_of(shown)


async def test_a_long_series_is_booked(ledger: Ledger) -> None:
    room, series = await ledger.room(), foreign(window(9), 300, days=1)

    await imported(ledger, room, series)
