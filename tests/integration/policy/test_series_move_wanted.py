"""The back office wants several dates of a series elsewhere whose organizer's calendar is closed to us: it asks."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.intents import AnswerMeeting, DropHold, KeepHold
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.values import Meeting, Window
from services.policy.commands.reservations import ReservationRefused, Reserved
from services.policy.core.times import say_window_plainly
from tests.integration.policy.answering import accepted, answer_to
from tests.integration.policy.asking import granted
from tests.integration.policy.changed_series import asked as asked_about
from tests.integration.policy.changing_meetings import ALWAYS, NINE, at, cancel, change, held, refused
from tests.integration.policy.ledger import Ledger, again, meeting, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule
from tests.integration.policy.series import booked, groups, last_answers, windows_of
from tests.integration.policy.test_asked_moves import decide
from tests.integration.policy.wanting_moves import (
    all_later,
    asked,
    held_for,
    lapse,
    later,
    wanted_at,
)

_UNMAP = "UPDATE spaces SET room_mailbox = NULL, connection_id = NULL WHERE id = $1"
_MAP = "UPDATE spaces SET room_mailbox = $2, connection_id = $3 WHERE id = $1"


async def test_one_answer_to_the_series_says_which_dates_are_wanted_where_and_both_times_are_held(
    ledger: Ledger,
) -> None:
    room, series, ids = await asked(ledger)

    answer = await answer_to(ledger, room, series)
    assert (answer.answer, answer.judged, answer.proposed) == ("tentativelyAccepted", NINE, None)
    for booked_at, wanted in zip(windows_of(series), all_later(series), strict=True):
        at_home, there = (say_window_plainly(each, "Europe/Berlin") for each in (booked_at, wanted))
        assert f"{at_home} to {there}" in answer.comment
    assert "asks you to move 5 dates" in answer.comment
    assert "Move the series in your calendar" in answer.comment
    assert "All times are those of Europe/Berlin." in answer.comment
    assert list(await last_answers(ledger, room)) == [None]
    assert await ledger.windows(room) == windows_of(series)
    assert await wanted_at(ledger, room) == all_later(series)
    assert await held_for(ledger, room, "reserved") == windows_of(series)
    assert await held_for(ledger, room, "asked") == all_later(series)
    for each, wanted in zip(ids, all_later(series), strict=True):
        hold = await ledger.wanted(ReservationKey(room.id, each))
        assert isinstance(hold, KeepHold)
        assert hold.window == wanted
    for start in (9.5, 12.5):
        other = meeting(window(start, day=7), subject="Board")
        await ledger.observe(room, other)
        assert (await answer_to(ledger, room, other)).answer == "declined"


async def test_all_have_one_deadline_which_is_not_later_than_the_first_of_their_times(ledger: Ledger) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE, 5))
    [first, *_] = await ledger.reservations(room)

    patience = replace(PATIENCE, proposals=timedelta(days=30))
    earlier = later(NINE, timedelta(hours=-1))
    assert isinstance(await change(ledger, first["id"], at(earlier, scope="all"), patience), Reserved)

    untils = {row["proposed_change"]["until"][:19] for row in await ledger.reservations(room)}
    assert untils == {earlier.start.isoformat()[:19]}
    assert await wanted_at(ledger, room) == all_later(series, timedelta(hours=-1))


@pytest.mark.parametrize("days", [1, 2])
async def test_a_series_is_wanted_over_itself_and_holds_what_it_lacks(ledger: Ledger, days: int) -> None:
    room, series, _ = await asked(ledger, timedelta(days=days), days=1)

    new = all_later(series, timedelta(days=days))
    assert await wanted_at(ledger, room) == new
    assert await held_for(ledger, room, "reserved") == windows_of(series)
    assert await held_for(ledger, room, "asked") == new[-days:]


async def test_nothing_follows_from_the_answer_that_is_shown(ledger: Ledger) -> None:
    room, series, ids = await asked(ledger)
    before = len(await ledger.owed(room))

    await ledger.observe(room, again(series))
    assert isinstance(await change(ledger, ids[1], at(later(windows_of(series)[1]), scope="all")), Reserved)

    assert len(await ledger.owed(room)) == before
    assert await held_for(ledger, room, "asked") == all_later(series)


async def test_at_the_deadline_the_room_accepts_again_and_the_wanted_times_are_free(ledger: Ledger) -> None:
    room, series, ids = await asked(ledger)

    await lapse(ledger, room)

    answer = await answer_to(ledger, room, series)
    assert (answer.answer, "no longer asked to move 5 dates" in answer.comment) == ("accepted", True)
    assert await held(ledger, room) == [("reserved", each) for each in windows_of(series)]
    assert await wanted_at(ledger, room) == [None] * 5
    for each in ids:
        assert isinstance(await ledger.wanted(ReservationKey(room.id, each)), DropHold)
    [entry] = [each for each in await ledger.audit(room, ids[2]) if "proposal_lapsed" in str(each["reasons"])]
    assert entry["outcome"] == "accept"


async def test_a_wish_takes_the_place_of_the_one_before_it(ledger: Ledger) -> None:
    room, series, ids = await asked(ledger)
    before = await answer_to(ledger, room, series)

    to = later(windows_of(series)[1], timedelta(hours=5))
    assert isinstance(await change(ledger, ids[1], at(to, scope="following")), Reserved)

    fives = all_later(series, timedelta(hours=5))[1:]
    assert await wanted_at(ledger, room) == [None, *fives]
    assert await held_for(ledger, room, "asked") == fives
    answer = await answer_to(ledger, room, series)
    assert (answer.answer, answer.tells == before.tells) == ("tentativelyAccepted", False)
    assert "asks you to move 4 dates" in answer.comment
    assert "Move these dates" in answer.comment
    assert isinstance(await ledger.wanted(ReservationKey(room.id, ids[0])), DropHold)


async def test_asking_for_what_is_booked_takes_the_wish_back(ledger: Ledger) -> None:
    room, series, ids = await asked(ledger)

    assert isinstance(await change(ledger, ids[2], at(windows_of(series)[2], scope="following")), Reserved)
    assert await wanted_at(ledger, room) == [*all_later(series)[:2], None, None, None]
    assert "move 2 dates" in (await answer_to(ledger, room, series)).comment
    assert isinstance(await change(ledger, ids[1], at(windows_of(series)[1], scope="all")), Reserved)

    assert await held(ledger, room) == [("reserved", each) for each in windows_of(series)]
    assert (await answer_to(ledger, room, series)).answer == "accepted"


async def test_the_last_date_whose_wish_is_taken_back_by_itself_has_the_series_accepted(ledger: Ledger) -> None:
    room, series, ids = await asked(ledger, dates=2)

    for number, each in enumerate(ids):
        assert (await answer_to(ledger, room, series)).answer == "tentativelyAccepted"
        assert isinstance(await change(ledger, each, at(windows_of(series)[number])), Reserved)

    assert (await answer_to(ledger, room, series)).answer == "accepted"
    assert await held(ledger, room) == [("reserved", each) for each in windows_of(series)]


async def test_another_time_for_one_date_is_proposed_for_it_alone_and_what_is_held_for_it_is_not_in_its_way(
    ledger: Ledger,
) -> None:
    room, series, ids = await asked(ledger)
    to = later(windows_of(series)[1], timedelta(hours=3.5))

    assert isinstance(await change(ledger, ids[1], at(to)), Reserved)

    date_key = MeetingKey(room.id, series.ical_uid, windows_of(series)[1].start.date())
    answer = await ledger.wanted(date_key)
    assert isinstance(answer, AnswerMeeting)
    assert (answer.answer, answer.proposed) == ("tentativelyAccepted", to)
    assert await held_for(ledger, room, "proposed") == [to]
    assert len(await held_for(ledger, room, "asked")) == 4


async def test_cancelling_ends_the_wish(ledger: Ledger) -> None:
    room, series, ids = await asked(ledger)

    assert isinstance(await cancel(ledger, ids[0]), Reserved)
    assert await held_for(ledger, room, "asked") == all_later(series)[1:]
    assert (await answer_to(ledger, room, series)).answer == "tentativelyAccepted"
    for each in ids[1:]:
        assert isinstance(await cancel(ledger, each), Reserved)

    assert await held(ledger, room) == []


@pytest.mark.parametrize("dates", [1, 3])
async def test_a_few_dates_among_others_are_each_proposed_by_themselves(ledger: Ledger, dates: int) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE, 5))
    since = 5 - dates
    row = (await ledger.reservations(room))[since]

    result = await change(ledger, row["id"], at(later(windows_of(series)[since]), scope="following"))

    assert isinstance(result, Reserved)
    for each in windows_of(series)[since:]:
        answer = await ledger.wanted(MeetingKey(room.id, series.ical_uid, each.start.date()))
        assert isinstance(answer, AnswerMeeting)
        assert (answer.answer, answer.proposed) == ("tentativelyAccepted", later(each))
    assert (await answer_to(ledger, room, series)).answer == "accepted"
    assert await held_for(ledger, room, "proposed") == all_later(series)[since:]
    assert await held_for(ledger, room, "asked") == []


async def test_proposals_of_few_dates_take_the_place_of_what_the_series_was_asked_for(ledger: Ledger) -> None:
    room, series, ids = await asked(ledger)
    to = later(windows_of(series)[4], timedelta(hours=5))

    assert isinstance(await change(ledger, ids[4], at(to, scope="following")), Reserved)

    assert (await answer_to(ledger, room, series)).answer == "accepted"
    assert await held_for(ledger, room, "asked") == []
    assert await held_for(ledger, room, "proposed") == [to]


async def test_a_date_that_was_proposed_by_itself_is_asked_for_with_its_series_and_answered_again_in_the_end(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE, 5))
    ids = [row["id"] for row in await ledger.reservations(room)]
    last = windows_of(series)[4]
    assert isinstance(await change(ledger, ids[4], at(later(last, timedelta(hours=5)))), Reserved)

    assert isinstance(await change(ledger, ids[0], at(later(NINE), scope="all")), Reserved)
    assert await held_for(ledger, room, "proposed") == []
    assert await held_for(ledger, room, "asked") == all_later(series)
    await lapse(ledger, room)

    alone = await ledger.wanted(MeetingKey(room.id, series.ical_uid, last.start.date()))
    assert isinstance(alone, AnswerMeeting)
    assert (alone.answer, (await answer_to(ledger, room, series)).answer) == ("accepted", "accepted")
    assert await held(ledger, room) == [("reserved", each) for each in windows_of(series)]


async def test_what_is_wanted_is_judged_like_any_other_change_and_one_date_that_is_taken_refuses_all(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE, 5))
    [first, *_] = await ledger.reservations(room)
    taken = later(windows_of(series)[2])
    await accepted(ledger, room, (taken.start - window(0).start) / timedelta(hours=1))

    result = await change(ledger, first["id"], at(later(NINE), scope="all"))

    assert isinstance(result, ReservationRefused)
    [reason] = result.reasons
    assert (reason.rule, reason.actual) == ("availability", f"{taken.start.isoformat()}/{taken.end.isoformat()}")
    assert set(await wanted_at(ledger, room)) == {None}


@pytest.mark.parametrize("different", [{"allows_new_time": False}, {"is_response_requested": False}])
async def test_an_organizer_who_takes_no_proposals_is_not_asked(ledger: Ledger, different: dict[str, Any]) -> None:
    room = await ledger.room()
    await booked(ledger, room, recurring(NINE, 5, **different))
    [first, *_] = await ledger.reservations(room)

    assert (await refused(ledger, first["id"], at(later(NINE), scope="all")))[0] == "no_proposals"


async def test_dates_are_not_asked_for_that_would_have_begun_by_now(ledger: Ledger) -> None:
    room = await ledger.room()
    await booked(ledger, room, recurring(NINE, 5))
    [first, *_] = await ledger.reservations(room)

    assert (await refused(ledger, first["id"], at(later(NINE, timedelta(days=-3)), scope="all")))[0] == "begun"


async def test_a_change_that_needs_approval_is_asked_of_the_organizer_once_an_administrator_allows_it(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    series = await booked(ledger, room, recurring(NINE, 5))
    [first, *_] = await ledger.reservations(room)
    before = await last_answers(ledger, room)
    await granted(ledger, lambda conn: set_rule(conn, ALWAYS, at_space(room.id)))

    result = await change(ledger, first["id"], at(later(NINE), scope="all"))

    assert isinstance(result, Reserved)
    [question] = await asked_about(ledger, room)
    assert await last_answers(ledger, room) == before
    assert await wanted_at(ledger, room) == [None] * 5
    await decide(ledger, question, "approve")
    assert (await answer_to(ledger, room, series)).answer == "tentativelyAccepted"
    assert await wanted_at(ledger, room) == all_later(series)
    assert await ledger.windows(room) == windows_of(series)


async def test_later_dates_are_booked_as_the_series_is_and_are_said_to_be_meant_too(ledger: Ledger) -> None:
    until = NINE.start + timedelta(days=36)
    room, series, _ = await asked(ledger, since=1, until=until)
    assert "Likewise: all dates that follow." in (await answer_to(ledger, room, series)).comment
    before = await last_answers(ledger, room)

    longer = _listed_longer(series, 6, NINE.start + timedelta(days=43))
    await ledger.observe(room, longer)

    assert await ledger.windows(room) == windows_of(longer)
    assert await wanted_at(ledger, room) == [None, *all_later(series)[1:], None]
    assert await last_answers(ledger, room) == before
    assert [status for status, _ in await groups(ledger, room)] == ["confirmed"]


def _listed_longer(series: Meeting, dates: int, until: Any) -> Meeting:
    longer = recurring(Window(start=series.start, end=series.end), dates, until=until)
    shown = on_dates(longer, lambda _, each: each.model_copy(update={"answer": series.answer}))
    return again(series, series=shown.series)


async def test_a_deadline_that_passes_while_the_space_has_no_mailbox_frees_the_times_too(ledger: Ledger) -> None:
    room, series, _ = await asked(ledger)
    await ledger.pool.execute(_UNMAP, room.id)

    await lapse(ledger, room)

    assert await held(ledger, room) == [("reserved", each) for each in windows_of(series)]
    await ledger.pool.execute(_MAP, room.id, room.mailbox, ledger.connection_id)
    await ledger.observe(room, again(series))
    assert (await answer_to(ledger, room, series)).answer == "accepted"
