"""C2, B33, B34: which recurring meetings a room is booked for is a policy of that room; private ones say nothing."""

import pytest

from deploy.driver.cast import Cast
from deploy.driver.http import Json
from deploy.driver.looks import accepted_meeting, answered, booked, declined, group_of, mailed
from deploy.driver.recurrences import OutlookRecurrence, weekly
from deploy.driver.slots import slot, weeks
from tests.system.broken_rules import broken_in, judged_by

FIRST = slot()
WEEKLY = weekly(FIRST.start.date())


async def test_c2_of_two_rooms_of_one_series_each_keeps_to_its_own_policy(cast: Cast) -> None:
    whole, partly, when = await cast.room("whole"), await cast.room("partly"), slot()
    rules = {"all_or_nothing": whole, "skip_conflicts": partly}
    for on_conflict, room in rules.items():
        await cast.administrator.set_policy(room.space, "series", {"allowed": True, "on_conflict": on_conflict})
        await cast.administrator.reserve(room.space, when.later(days=7), "Board meeting")
    ada = await cast.user("ada")

    event = await ada.invite_series("Planning", when, WEEKLY.times(3), whole.calendar, partly.calendar)

    await answered(ada, event, whole, "declined")
    await answered(ada, event, partly, "accepted")
    second = (await ada.occurrences(event))[1]
    await answered(ada, second, partly, "declined")
    await booked(cast, whole, when.later(days=7))
    found = await booked(cast, partly, *weeks(when, 3))
    assert [each["title"] for each in found] == ["Planning", "Board meeting", "Planning"]
    await mailed(cast, ada, whole, ["declined"])
    mails = await mailed(cast, ada, partly, ["accepted", "declined"])
    assert "on 2 dates" in mails[0]["comment"], mails


@pytest.mark.parametrize(
    ("parameters", "fits", "breaks", "says"),
    [
        pytest.param({"allowed": False}, None, WEEKLY.times(2), "cannot be booked for recurring", id="allowed"),
        pytest.param({"open_ended": False}, WEEKLY.times(2), WEEKLY, "recurring meetings that have an end", id="end"),
        pytest.param({"most_occurrences": 3}, WEEKLY.times(3), WEEKLY.times(4), "3 times at most", id="number"),
        pytest.param(
            {"most_occurrences": 3},
            WEEKLY.until(weeks(FIRST, 3)[-1].start.date()),
            WEEKLY.until(weeks(FIRST, 4)[-1].start.date()),
            "3 times at most, and this one asks for 4 times",
            id="number until a day",
        ),
    ],
)
async def test_c2_a_series_that_the_policy_of_the_room_does_not_allow_is_declined_as_such(
    cast: Cast, parameters: Json, fits: OutlookRecurrence | None, breaks: OutlookRecurrence, says: str
) -> None:
    room, ada = await cast.room(), await cast.user("ada")
    policy = await cast.administrator.set_policy(room.space, "series", {"allowed": True, **parameters})

    event = await ada.invite_series("Planning", FIRST, breaks, room.calendar)

    await answered(ada, event, room, "declined")
    decision = (await declined(cast, room))["decision"]
    assert [each["rule"] for each in decision["reasons"]] == ["series"]
    assert broken_in(decision) == [judged_by(policy)]
    [mail] = await mailed(cast, ada, room, ["declined"])
    assert says in mail["comment"], mail
    assert "of its" not in mail["comment"], mail
    await booked(cast, room)
    if fits is None:
        await accepted_meeting(ada, room, FIRST)
    else:
        allowed = await ada.invite_series("Planning", FIRST, fits, room.calendar)
        await answered(ada, allowed, room, "accepted")
        await booked(cast, room, *weeks(FIRST, fits.count or 3))


async def test_b33_a_private_series_tells_the_ledger_nothing_but_its_times(cast: Cast) -> None:
    room, ada, ben = await cast.room(), await cast.user("ada"), await cast.user("ben")

    event = await ada.invite_series("Surgery", FIRST, WEEKLY.times(2), room.calendar, sensitivity="private")

    await answered(ada, event, room, "accepted")
    found = await booked(cast, room, *weeks(FIRST, 2))
    assert [(each["title"], each["is_private"]) for each in found] == [("Private", True)] * 2
    assert "Surgery" not in str([found, await group_of(cast, room)])
    refused = await ben.invite_series("Planning", FIRST, WEEKLY.times(2), room.calendar)
    await answered(ben, refused, room, "declined")
    [mail] = await mailed(cast, ben, room, ["declined"])
    assert "Surgery" not in mail["comment"], mail
    assert "Ada" not in mail["comment"], mail


async def test_b34_a_series_from_outside_is_treated_as_the_policy_says(cast: Cast) -> None:
    connection = await cast.administrator.connect("with own domains")
    await cast.administrator.change_connection(connection, own_domains=["contoso.example"])
    guest = await cast.user("guest", domain="fabrikam.example")
    closed, opened = [await cast.room(name, connection=connection) for name in ("closed", "opened")]
    policy = await cast.administrator.set_policy(closed.space, "who_may_book", {"external": "no"})

    event = await guest.invite_series("Visit", FIRST, WEEKLY.times(3), closed.calendar, opened.calendar)

    await answered(guest, event, opened, "accepted")
    await answered(guest, event, closed, "declined")
    await booked(cast, opened, *weeks(FIRST, 3))
    await booked(cast, closed)
    decision = (await declined(cast, closed))["decision"]
    assert {(each["rule"], each["actual"]) for each in decision["reasons"]} == {("who_may_book", "external")}
    assert broken_in(decision) == [judged_by(policy)]
    [mail] = await mailed(cast, guest, closed, ["declined"])
    assert "cannot be booked by people from outside." in mail["comment"], mail
