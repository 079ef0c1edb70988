"""What the organizer of a series does who was asked to move several of its dates, and what becomes of the others."""

from datetime import timedelta
from uuid import UUID

import pytest

from libs.contracts.intents import AnswerMeeting
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import MeetingObserved
from libs.contracts.values import Answer, Meeting, Window
from services.policy.commands.reservations import ReservationRefused, Reserved
from tests.integration.policy.answering import accepted, answer_to
from tests.integration.policy.asking import granted
from tests.integration.policy.changing_meetings import ALWAYS, NINE, at, change, held
from tests.integration.policy.ledger import Ledger, again, answered, on_dates, recurring, window
from tests.integration.policy.rules import at_space, set_rule
from tests.integration.policy.series import booked, moved, only, windows_of, without
from tests.integration.policy.wanting_moves import (
    THREE_HOURS,
    all_later,
    asked,
    held_for,
    later,
    moved_by,
    wanted_at,
)

FIVE_HOURS = timedelta(hours=5)


def key_of(series: Meeting, room_id: object, number: int) -> MeetingKey:
    return MeetingKey(room_id, series.ical_uid, windows_of(series)[number].start.date())  # type: ignore[arg-type]


async def answer_on(ledger: Ledger, key: MeetingKey) -> str:
    answer = await ledger.wanted(key)
    assert isinstance(answer, AnswerMeeting)
    return answer.answer


async def test_a_series_that_its_organizer_moves_there_is_accepted_there_and_nothing_else_is_held(
    ledger: Ledger,
) -> None:
    room, series, ids = await asked(ledger)

    there = moved_by(series)
    await ledger.observe(room, there)

    assert await held(ledger, room) == [("reserved", each) for each in all_later(series)]
    assert [row["id"] for row in await ledger.reservations(room)] == ids
    assert await wanted_at(ledger, room) == [None] * 5
    assert (await answer_to(ledger, room, there)).answer == "accepted"
    before = len(await ledger.owed(room))
    await ledger.settle(MeetingKey(room.id, series.ical_uid))
    await ledger.observe(room, answered(there))
    assert len(await ledger.owed(room)) == before
    assert [each.split(".")[1] for each in await ledger.told(room)][-5:] == ["changed"] * 5


@pytest.mark.parametrize("days", [1, 2])
async def test_a_series_that_is_moved_over_itself_to_other_days_is_accepted_there(ledger: Ledger, days: int) -> None:
    by = timedelta(days=days)
    room, series, _ = await asked(ledger, by, days=1)

    there = moved_by(series, by, renews_dates=True)
    await ledger.observe(room, there)

    assert await held(ledger, room) == [("reserved", each) for each in all_later(series, by)]
    assert (await answer_to(ledger, room, there)).answer == "accepted"
    assert await wanted_at(ledger, room) == [None] * 5


async def test_what_an_administrator_allowed_is_not_judged_again_when_the_organizer_moves_there(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE, 5))
    [first, *_] = await ledger.reservations(room)
    short = {"kind": "maximum_duration", "minutes": 60}
    await granted(ledger, lambda conn: set_rule(conn, short, at_space(room.id)))
    longer = Window(start=NINE.start, end=NINE.end + timedelta(hours=1))
    assert isinstance(await change(ledger, first["id"], at(longer, scope="all")), ReservationRefused)
    allowed = at(longer, scope="all", override_reason="The hall is large.")
    assert isinstance(await change(ledger, first["id"], allowed), Reserved)

    stretched = on_dates(
        series,
        lambda _, each: each.model_copy(update={"end": each.end + timedelta(hours=1), "answer": Answer.NOT_RESPONDED}),
        end=longer.end,
        answer="notResponded",
    )
    await ledger.observe(room, stretched)

    assert await ledger.windows(room) == windows_of(stretched)
    assert (await answer_to(ledger, room, stretched)).answer == "accepted"
    rows = await ledger.reservations(room)
    assert {row["reasons"][0]["reason"] for row in rows} == {"The hall is large."}
    assert {one for one, _ in await held(ledger, room)} == {"reserved"}


async def test_dates_that_are_moved_one_by_one_are_accepted_as_they_come_and_the_last_has_the_series_accepted(
    ledger: Ledger,
) -> None:
    room, series, _ = await asked(ledger, dates=3)
    shown = series
    for number in range(3):
        assert (await answer_to(ledger, room, series)).answer == "tentativelyAccepted"
        shown = on_dates(shown, moved(number, THREE_HOURS))
        await ledger.observe(room, shown)
        assert await answer_on(ledger, key_of(series, room.id, number)) == "accepted"
        assert await held_for(ledger, room, "asked") == all_later(series)[number + 1 :]
        await ledger.settle(key_of(series, room.id, number))
        shown = on_dates(shown, only(number, answer=Answer.ACCEPTED))

    assert await held(ledger, room) == [("reserved", each) for each in all_later(series)]
    assert (await answer_to(ledger, room, series)).answer == "accepted"


async def test_a_date_that_is_moved_elsewhere_is_judged_as_usual_and_the_others_stay_wanted(ledger: Ledger) -> None:
    room, series, _ = await asked(ledger)

    half = timedelta(hours=2.5)  # what is held for the date itself is not in its way
    await ledger.observe(room, on_dates(series, moved(1, half)))

    assert await answer_on(ledger, key_of(series, room.id, 1)) == "accepted"
    expected = [*windows_of(series)]
    expected[1] = later(expected[1], half)
    assert await ledger.windows(room) == expected
    wanted = all_later(series)
    assert await wanted_at(ledger, room) == [wanted[0], None, *wanted[2:]]
    assert (await answer_to(ledger, room, series)).answer == "tentativelyAccepted"


async def test_a_date_that_is_moved_where_it_cannot_be_is_refused_and_is_wanted_elsewhere_no_more(
    ledger: Ledger,
) -> None:
    room, series, _ = await asked(ledger)
    taken = later(windows_of(series)[1], FIVE_HOURS)
    await accepted(ledger, room, (taken.start - window(0).start) / timedelta(hours=1))

    await ledger.observe(room, on_dates(series, moved(1, FIVE_HOURS)))

    assert await answer_on(ledger, key_of(series, room.id, 1)) == "tentativelyAccepted"
    assert windows_of(series)[1] in await ledger.windows(room)
    assert all_later(series)[1] not in await held_for(ledger, room, "asked")


async def test_a_series_that_is_moved_elsewhere_is_judged_as_any_other_change_and_is_wanted_nowhere_else(
    ledger: Ledger,
) -> None:
    room, series, _ = await asked(ledger)

    there = moved_by(series, timedelta(hours=2.5))
    await ledger.observe(room, there)

    assert await held(ledger, room) == [("reserved", each) for each in windows_of(there)]
    assert (await answer_to(ledger, room, there)).answer == "accepted"
    assert await wanted_at(ledger, room) == [None] * 5


async def test_a_series_that_is_moved_where_it_cannot_be_stays_booked_and_is_wanted_nowhere_else(
    ledger: Ledger,
) -> None:
    room, series, _ = await asked(ledger)
    taken = later(windows_of(series)[1], FIVE_HOURS)
    _, other = await accepted(ledger, room, (taken.start - window(0).start) / timedelta(hours=1))

    await ledger.observe(room, moved_by(series, FIVE_HOURS))

    rows = [row for row in await ledger.reservations(room) if row["id"] != other]
    assert [Window(start=row["starts_at"], end=row["ends_at"]) for row in rows] == windows_of(series)
    assert {row["proposed_change"] for row in rows} == {None}
    assert all(row["refused_request"] for row in rows)
    assert await held_for(ledger, room, "asked") == []


async def test_a_date_that_is_deleted_is_free_at_both_times_and_the_others_stay_wanted(ledger: Ledger) -> None:
    room, series, _ = await asked(ledger)

    await ledger.observe(room, on_dates(series, without(2)))

    left = [each for number, each in enumerate(windows_of(series)) if number != 2]
    assert await held_for(ledger, room, "reserved") == left
    assert await held_for(ledger, room, "asked") == [later(each) for each in left]
    assert (await answer_to(ledger, room, series)).answer == "tentativelyAccepted"


async def test_a_date_that_is_deleted_stays_held_where_another_date_is_wanted(ledger: Ledger) -> None:
    by = timedelta(days=1)
    room, series, _ = await asked(ledger, by, days=1)

    await ledger.observe(room, on_dates(series, without(2)))

    assert windows_of(series)[2] in await held_for(ledger, room, "asked")
    assert windows_of(series)[2] not in await held_for(ledger, room, "reserved")


@pytest.mark.parametrize("gone", ["cancelled", "absent"])
async def test_a_series_that_is_cancelled_or_loses_the_room_frees_both_times(ledger: Ledger, gone: str) -> None:
    room, series, _ = await asked(ledger)

    if gone == "cancelled":
        await ledger.observe(room, again(series, is_cancelled=True))
    else:
        await ledger.observe(room, None, series.ical_uid)

    assert await held(ledger, room) == []


async def test_more_guests_leave_what_is_wanted_as_it_is_and_the_organizer_is_asked_again(ledger: Ledger) -> None:
    room, series, ids = await asked(ledger)
    guests = [{"address": f"guest-{number}@example.org"} for number in range(2)]

    more = on_dates(
        series,
        lambda _, each: each.model_copy(update={"answer": Answer.NOT_RESPONDED}),
        attendees=guests,
        answer="notResponded",
    )
    await ledger.observe(room, more)

    assert {row["attendee_count"] for row in await ledger.reservations(room)} == {3}
    assert await wanted_at(ledger, room) == all_later(series)
    assert await held_for(ledger, room, "asked") == all_later(series)
    answer = await answer_to(ledger, room, more)
    assert (answer.answer, "asks you to move 5 dates" in answer.comment) == ("tentativelyAccepted", True)
    assert [row["id"] for row in await ledger.reservations(room)] == ids


async def test_a_cut_series_keeps_what_is_wanted_of_its_dates_and_the_one_in_its_place_finds_room(
    ledger: Ledger,
) -> None:
    room, series, _ = await asked(ledger, since=1)
    first = recurring(NINE, 1)
    cut = again(series, series=first.series)
    second = recurring(all_later(series)[1], 4, answer="notResponded")

    await ledger.observe_first(room, second)
    [look] = [each for each in await ledger.owed(room) if each["type"].startswith("look.requested")]
    assert (look["about"], look["in_the_way"]) == (second.ical_uid, [series.ical_uid])
    await ledger.observe(room, cut)
    seen = await ledger.observation(room, second)
    await ledger.deliver(MeetingObserved(space_id=room.id, observation=seen, look_id=UUID(look["look_id"])))

    assert await held(ledger, room) == [("reserved", each) for each in [windows_of(series)[0], *all_later(series)[1:]]]
    assert (await answer_to(ledger, room, series)).answer == "accepted"
    assert (await answer_to(ledger, room, second)).answer == "accepted"


async def test_a_change_of_the_series_that_needs_approval_is_asked_about_instead(ledger: Ledger) -> None:
    room, series, _ = await asked(ledger)
    await granted(ledger, lambda conn: set_rule(conn, ALWAYS, at_space(room.id)))

    await ledger.observe(room, moved_by(series, FIVE_HOURS))

    assert await wanted_at(ledger, room) == [None] * 5
    assert await held_for(ledger, room, "reserved") == windows_of(series)
    assert await held_for(ledger, room, "asked") == all_later(series, FIVE_HOURS)


async def test_a_rule_that_is_new_is_not_asked_about_what_is_wanted_already(ledger: Ledger) -> None:
    room, series, _ = await asked(ledger)
    await granted(ledger, lambda conn: set_rule(conn, ALWAYS, at_space(room.id)))

    await ledger.observe(room, moved_by(series))

    assert await held(ledger, room) == [("reserved", each) for each in all_later(series)]


async def test_a_date_beyond_what_was_asked_for_that_is_taken_is_declined_by_itself(ledger: Ledger) -> None:
    until = NINE.start + timedelta(days=36)
    room, series, _ = await asked(ledger, until=until)
    sixth = later(Window(start=NINE.start + timedelta(days=35), end=NINE.end + timedelta(days=35)))
    await accepted(ledger, room, (sixth.start - window(0).start) / timedelta(hours=1))

    longer = recurring(NINE, 6, until=NINE.start + timedelta(days=43))
    there = moved_by(again(series, series=longer.series))
    await ledger.observe(room, there)

    assert (await answer_to(ledger, room, there)).answer == "accepted"
    assert await ledger.windows(room) == [*all_later(series), sixth]
    assert await answer_on(ledger, key_of(there, room.id, 5)) == "declined"
