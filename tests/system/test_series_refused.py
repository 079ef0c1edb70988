"""B16: a refused change of a series keeps the series."""

from collections.abc import Callable, Sequence

import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.looks import (
    accepted_meeting,
    accepted_series,
    answered,
    blocked,
    booked,
    group_of,
    mailed,
    moved_back,
    unblocked,
)
from deploy.driver.mailbox import when_of
from deploy.driver.slots import Slot, slot, weeks
from tests.system.both import Both


def _windows(both: Both) -> Sequence[Slot]:
    """Return what is booked: a series of three weeks, and the hour after its second date."""
    return (*weeks(both.when, 3), both.taken)


async def _both_booked(cast: Cast, connection: str = "simulator") -> Both:
    room, ben, when = await cast.room(connection=connection), await cast.user("ben"), slot()
    taken = when.later(days=7, hours=1)
    await accepted_meeting(ben, room, taken, "Board")
    ada, event = await accepted_series(cast, room, when, 3, other=taken)
    return Both(room, ada, ben, event, when, taken)


@pytest.mark.parametrize(
    "change", [lambda when: when.longer(minutes=30), lambda when: when.later(hours=1)], ids=["longer", "dragged"]
)
async def test_b16_a_series_that_is_changed_into_a_conflict_keeps_every_date(
    cast: Cast, change: Callable[[Slot], Slot]
) -> None:
    both = await _both_booked(cast)
    room, ada, event, when, taken = both.room, both.ada, both.event, both.when, both.taken
    before = await booked(cast, room, *_windows(both))

    await ada.move(event, change(when))

    await answered(ada, event, room, "tentativelyAccepted")
    kept = await booked(cast, room, *_windows(both))
    assert [each["id"] for each in kept] == [each["id"] for each in before]
    for each, asked in zip([one for one in kept if one["group_id"]], weeks(change(when), 3), strict=True):
        assert each["refused_request"]["start"] == f"{asked.start:%Y-%m-%dT%H:%M:%SZ}"
        assert [reason["rule"] for reason in each["refused_request"]["reasons"]] == ["availability"]
    for window in weeks(when, 3):
        await blocked(room, window)
    [_, mail] = await mailed(cast, ada, room, ["accepted", "tentativelyAccepted"])
    assert "because of 1 of its 3 dates" in mail["comment"], mail
    assert f"{taken.start:%d %b %Y}" in mail["comment"], mail
    await mailed(cast, both.ben, room, ["accepted"])

    await ada.move(event, when)

    await answered(ada, event, room, "accepted")
    kept = await booked(cast, room, *_windows(both))
    assert [each["refused_request"] for each in kept] == [None] * 4
    await eventually(lambda: _show_one_event(room, when, when.later(days=14)))


async def test_b16_where_set_so_the_changed_series_is_declined_and_every_date_is_held(cast: Cast) -> None:
    connection = await cast.administrator.connect("declining", refused_edit="decline")
    both = await _both_booked(cast, connection)
    room, ada, event, when = both.room, both.ada, both.event, both.when

    await ada.move(event, when.later(hours=1))

    await answered(ada, event, room, "declined")
    kept = await booked(cast, room, *_windows(both))
    assert [each["kept_without_invitation"] for each in kept if each["group_id"]] == [True] * 3
    for window in weeks(when, 3):
        await blocked(room, window)
    await unblocked(room, when.later(hours=1))

    await ada.move(event, when)

    await answered(ada, event, room, "accepted")
    kept = await booked(cast, room, *_windows(both))
    assert not any(each["kept_without_invitation"] or each["refused_request"] for each in kept)
    await eventually(lambda: _show_one_event(room, when, when.later(days=14)))


@pytest.mark.parametrize(
    ("on_conflict", "answer", "dates"),
    [("all_or_nothing", "tentativelyAccepted", 3), ("skip_conflicts", "accepted", 5)],
)
async def test_b16_a_series_that_is_extended_into_a_conflict_keeps_the_dates_that_it_had(
    cast: Cast, on_conflict: str, answer: str, dates: int
) -> None:
    room, ben, when = await cast.room(), await cast.user("ben"), slot()
    await cast.administrator.set_policy(room.space, "series", {"allowed": True, "on_conflict": on_conflict})
    taken = when.later(days=21, minutes=30)
    await accepted_meeting(ben, room, taken, "Board")
    ada, event = await accepted_series(cast, room, when, 3, other=taken)
    before = await booked(cast, room, *weeks(when, 3), taken)

    await ada.end_series(event, when.later(days=28).start.date())

    await answered(ada, event, room, answer)
    now = await booked(cast, room, *weeks(when, dates, without=3), taken)
    assert [each["id"] for each in now[:3]] == [each["id"] for each in before[:3]]
    [_, mail, *_] = await cast.tenant.answer_mails(ada, room.calendar)
    assert f"{taken.start:%d %b %Y}" in mail["comment"], mail
    for window in weeks(when, 3):
        await blocked(room, window)
    await mailed(cast, ben, room, ["accepted"])


async def test_b16_with_organizer_access_one_date_is_moved_back_and_a_whole_series_is_not(cast: Cast) -> None:
    connection = await cast.administrator.connect("editing", edits_organizer_events=True)
    both = await _both_booked(cast, connection)
    room, ada, event, when, taken = both.room, both.ada, both.event, both.when, both.taken
    second = (await ada.occurrences(event))[1]
    async with cast.tenant.organizers_reachable():
        await ada.move(second, taken)

        await moved_back(ada, second, when.later(days=7))
        await answered(ada, second, room, "accepted")
        await booked(cast, room, *_windows(both))

        await ada.move(event, when.later(hours=1))

        await answered(ada, event, room, "tentativelyAccepted")
        await booked(cast, room, *_windows(both))
        assert when_of(await ada.event(event)) == when.later(hours=1)


async def test_b16_all_future_dates_moved_into_a_conflict_are_declined_and_earlier_ones_stay(cast: Cast) -> None:
    both = await _both_booked(cast)
    room, ada, event, when, taken = both.room, both.ada, both.event, both.when, both.taken
    follows = when.later(days=7, minutes=30)

    new = await ada.this_and_following(event, follows.start.date(), follows)

    await answered(ada, new, room, "declined")
    await answered(ada, event, room, "accepted")
    await booked(cast, room, when, taken)
    [mail] = [each for each in await cast.tenant.answer_mails(ada, room.calendar) if each["response"] == "declined"]
    assert "because of 1 of its 2 dates" in mail["comment"], mail
    await unblocked(room, when.later(days=14))
    await unblocked(room, follows.later(days=7))


@pytest.mark.parametrize("which", ["the series", "one date"])
async def test_b16_a_swap_for_a_room_that_refuses_frees_the_room_left(cast: Cast, which: str) -> None:
    left, refusing, when = await cast.room("left"), await cast.room("refusing"), slot()
    second = when.later(days=7)
    await cast.administrator.reserve(refusing.space, second, "Board meeting")
    ada, event = await accepted_series(cast, left, when, 3)
    swapped = event if which == "the series" else (await ada.occurrences(event))[1]

    await ada.remove(swapped, left.calendar, put_in=refusing.calendar)

    await answered(ada, swapped, refusing, "declined")
    [mail] = await mailed(cast, ada, refusing, ["declined"])
    assert "It is taken, " in mail["comment"], mail
    await booked(cast, refusing, second)
    await unblocked(left, second)
    if which == "one date":
        await booked(cast, left, when, when.later(days=14))
        await blocked(left, when)
    else:
        await booked(cast, left)
        assert (await group_of(cast, left))["status"] == "cancelled"
        await unblocked(left, when)


async def _show_one_event(room: BookableRoom, *windows: Slot) -> None:
    for when in windows:
        found = [each["subject"] for each in await room.calendar.day(when)]
        expect(len(found) == 1, f"the calendar shows {found} on {when.start:%d %b}")
