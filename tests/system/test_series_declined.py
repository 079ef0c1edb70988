"""B16: a series that is declined as a whole is declined on every date, also on one that was moved by itself."""

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json
from deploy.driver.looks import accepted_meeting, accepted_series, answered, blocked, booked, unblocked
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot, slot, weeks


async def test_b16_a_series_with_a_moved_date_that_is_taken_away_is_declined_on_every_date(cast: Cast) -> None:
    room, when = await cast.room(), slot()
    ada, event = await accepted_series(cast, room, when, 3)
    moved = await _moved_second(cast, room, ada, event, when)

    await cast.administrator.delete(room.space, confirm=True)

    await _declined_everywhere(ada, event, room)
    for window in (when, moved, when.later(days=14)):
        await unblocked(room, window)
    await _declined_once(cast, ada, room, when.later(days=7))


async def test_b16_a_series_with_a_moved_date_that_is_declined_with_its_change_is_kept_on_every_date(
    cast: Cast,
) -> None:
    room = await cast.room(connection=await cast.administrator.connect("declining", refused_edit="decline"))
    ben, when = await cast.user("ben"), slot()
    taken = when.later(days=21)
    await accepted_meeting(ben, room, taken, "Board")
    ada, event = await accepted_series(cast, room, when, 3, other=taken)
    moved = await _moved_second(cast, room, ada, event, when, taken)

    async with cast.tenant.options(range_change_keeps_exceptions=True):
        await ada.end_series(event, taken.start.date())
        await _declined_everywhere(ada, event, room)

    kept = await booked(cast, room, when, moved, when.later(days=14), taken)
    assert [each["kept_without_invitation"] for each in kept] == [True, True, True, False]
    for window in (when, moved, when.later(days=14)):
        await blocked(room, window)
    await _declined_once(cast, ada, room, when.later(days=7))


async def _moved_second(
    cast: Cast, room: BookableRoom, ada: OutlookUser, event: Json, when: Slot, *others: Slot
) -> Slot:
    """Move the second of three dates, wait until the room has accepted that, and return when it is."""
    first, second, third = weeks(when, 3)
    moved = second.later(hours=2)
    one = await ada.occurrence(event, second.start.date())
    await ada.move(one, moved)
    await answered(ada, one, room, "accepted")
    await booked(cast, room, first, moved, third, *others)
    return moved


async def _declined_everywhere(ada: OutlookUser, event: Json, room: BookableRoom) -> None:
    async def look() -> None:
        shown = [await ada.answer_of(room.calendar, each) for each in (event, *await ada.occurrences(event))]
        expect(set(shown) == {"declined"}, f"the organizer sees {shown}")

    await eventually(look)


async def _declined_once(cast: Cast, ada: OutlookUser, room: BookableRoom, second: Slot) -> None:
    """Wait until the room has told of the decline of the series and of the moved date, each once and nothing else."""

    async def look() -> None:
        mails = await cast.tenant.answer_mails(ada, room.calendar)
        day = f"{second.start:%Y-%m-%d}"
        told = [(each["response"], each["occurrence"]) for each in mails]
        wanted = [("accepted", None), ("accepted", day), ("declined", day), ("declined", None)]
        expect(told == wanted, f"the organizer was told {told}")

    await eventually(look)
