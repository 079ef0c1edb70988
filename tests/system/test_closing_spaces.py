"""A space is deleted with all that is to come in it, and Outlook tells those who had booked it."""

import pytest

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually
from deploy.driver.http import RequestRefused
from deploy.driver.looks import accepted_meeting, answered, blocked, mailed, unblocked
from deploy.driver.slots import slot


async def test_a_space_is_deleted_once_that_is_confirmed_and_organizers_get_a_decline(cast: Cast) -> None:
    room, ada, ben = await cast.room(), await cast.user("ada"), await cast.user("ben")
    early, late, held = slot(hour=9), slot(hour=13), slot(hour=15)
    first = await accepted_meeting(ada, room, early)
    second = await accepted_meeting(ben, room, late)
    await cast.administrator.reserve(room.space, held, "Board")
    await blocked(room, held)

    with pytest.raises(RequestRefused) as refused:
        await cast.administrator.delete(room.space)

    assert refused.value.status == 409
    assert "3 reservations to come" in refused.value.body["detail"]
    assert "would tell 2 organizers" in refused.value.body["detail"]
    assert await ada.answer_of(room.calendar, first) == "accepted"

    await cast.administrator.delete(room.space, confirm=True)

    await answered(ada, first, room, "declined")
    await answered(ben, second, room, "declined")
    for user in (ada, ben):
        mails = await mailed(cast, user, room, ["accepted", "declined"])
        assert "can no longer be booked" in mails[-1]["comment"], mails
    for when in (early, late, held):
        await unblocked(room, when)
    cancelled = await cast.administrator.reservations(room.space, "cancelled")
    assert len(cancelled) == len(await cast.administrator.reservations(room.space)) == 3

    async def is_free() -> None:
        try:
            await cast.administrator.add_space("next", room.calendar)
        except RequestRefused as taken:
            raise AssertionError(str(taken.body)) from taken

    await eventually(is_free)
