"""A service makes, changes and cancels groups by message, and is replied to as the API would answer."""

from typing import Any
from uuid import uuid4

import pytest

from libs.contracts.group_commands import (
    CancelReservationGroup,
    ChangeReservationGroup,
    GroupCancellationDone,
    GroupChangeDone,
    GroupChangeRefused,
    GroupRequestDone,
    GroupRequestRefused,
    RequestReservationGroup,
)
from libs.contracts.groups import ReservationGroupOut
from libs.contracts.reservation_commands import (
    ReservationCancellationDone,
    ReservationCancellationRefused,
    ReservationChangeDone,
    ReservationCheckDone,
)
from services.policy.commands.shown_groups import read_group
from tests.integration.policy.asking import granted
from tests.integration.policy.commanding import GRACE, ask, book, cancel, change, check, shown
from tests.integration.policy.ledger import Ledger, Room, window
from tests.integration.policy.replying import replying
from tests.integration.policy.rules import at_space, set_rule


def request_group(room: Room, **different: Any) -> RequestReservationGroup:
    at = window(9)
    asked = {"space_id": room.id, "start": at.start, "end": at.end, "title": "Seminar", "by": GRACE}
    return RequestReservationGroup(**{**asked, "rrule": "FREQ=WEEKLY;COUNT=4", **different})


async def made(ledger: Ledger, asker: Any, room: Room) -> ReservationGroupOut:
    reply = await ask(ledger, asker, request_group(room))
    assert isinstance(reply, GroupRequestDone), reply
    return reply.group


async def group_now(ledger: Ledger, group: ReservationGroupOut) -> ReservationGroupOut:
    async with ledger.pool.acquire() as conn:
        return await read_group(conn, group.id)


async def test_a_group_is_made_changed_and_cancelled_by_message(ledger: Ledger, database: str) -> None:
    room = await ledger.room()
    async with replying(ledger, database) as asker:
        group = await made(ledger, asker, room)
        assert (group.origin, group.counts.confirmed) == ("command", 4)
        assert group == await group_now(ledger, group)
        named = {"space_id": room.id, "group_id": group.id, "by": GRACE}

        changed = await ask(ledger, asker, ChangeReservationGroup(**named, title="Lab", expected_version=1))
        stale = await ask(ledger, asker, ChangeReservationGroup(**named, title="Lab", expected_version=1))
        cancelled = await ask(ledger, asker, CancelReservationGroup(**named))

    assert isinstance(changed, GroupChangeDone)
    assert (changed.group.title, changed.group.version) == ("Lab", 2)
    assert isinstance(stale, GroupChangeRefused)
    assert (stale.status, stale.errors[0].field) == (412, "expected_version")
    assert isinstance(cancelled, GroupCancellationDone)
    assert (cancelled.group.status, cancelled.group.counts.cancelled) == ("cancelled", 4)


async def test_a_change_by_message_that_needs_approval_is_replied_to_as_one_that_waits(
    ledger: Ledger, database: str
) -> None:
    room = await ledger.room()
    rule = {"kind": "approval", "when": {"people_over": 4}, "approvers": ["grace@example.org"]}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id)))
    async with replying(ledger, database) as asker:
        group = await made(ledger, asker, room)
        named = {"space_id": room.id, "group_id": group.id, "by": GRACE}

        reply = await ask(ledger, asker, ChangeReservationGroup(**named, attendee_count=6))

    assert isinstance(reply, GroupChangeDone)
    assert (reply.group.attendee_count, reply.group.version) == (0, 1)
    asked = reply.group.requested_change
    assert asked is not None
    assert (asked.dates, asked.attendee_count) == (4, 6)


async def test_a_group_that_cannot_be_booked_is_refused_with_the_dates_that_fail(ledger: Ledger, database: str) -> None:
    room = await ledger.room()
    async with replying(ledger, database) as asker:
        await book(ledger, asker, room, window(9, day=7))
        reply = await ask(ledger, asker, request_group(room))

    assert isinstance(reply, GroupRequestRefused)
    assert (reply.status, [each.original_date for each in reply.occurrences]) == (409, [window(9, day=7).start.date()])


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"rrule": None}, "recurrence"),
        ({"rrule": "nonsense"}, "rrule"),
        ({"rrule": "FREQ=DAILY;COUNT=100000"}, "rrule"),
        ({"recurrence": {}}, "recurrence"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"end": window(8).start}, "end"),
    ],
)
async def test_what_cannot_recur_is_refused_as_by_the_api(
    ledger: Ledger, database: str, asked: dict[str, Any], field: str
) -> None:
    room = await ledger.room()
    async with replying(ledger, database) as asker:
        reply = await ask(ledger, asker, request_group(room, **asked))

    assert isinstance(reply, GroupRequestRefused)
    assert (reply.status, [each.field for each in reply.errors]) == (422, [field])
    assert not await ledger.reservations(room)


async def test_dates_are_changed_and_cancelled_by_scope(ledger: Ledger, database: str) -> None:
    room = await ledger.room()
    async with replying(ledger, database) as asker:
        group = await made(ledger, asker, room)
        dates = [await shown(ledger, row["id"]) for row in await ledger.reservations(room)]
        dates.sort(key=lambda each: each.start)

        moved = await ask(ledger, asker, change(dates[2], scope="following", title="Lab"))
        gone = await ask(ledger, asker, cancel(dates[0], scope="all"))
        single = await book(ledger, asker, room, window(15))
        none = await ask(ledger, asker, cancel(single, scope="all"))

    assert isinstance(moved, ReservationChangeDone)
    assert moved.reservation.group_id not in {None, group.id}
    assert isinstance(gone, ReservationCancellationDone)
    assert (await group_now(ledger, group)).counts.cancelled == 2
    assert isinstance(none, ReservationCancellationRefused)
    assert (none.status, none.errors[0].field) == (422, "scope")


async def test_a_check_says_what_would_be_decided_about_each_date(ledger: Ledger, database: str) -> None:
    room = await ledger.room()
    async with replying(ledger, database) as asker:
        reply = await ask(ledger, asker, check(room, window(9), rrule="FREQ=WEEKLY;COUNT=4"))

    assert isinstance(reply, ReservationCheckDone)
    assert (reply.forecast.outcome, [each.outcome for each in reply.occurrences]) == ("accept", ["accept"] * 4)
    assert not await ledger.reservations(room)


async def test_a_group_of_another_space_is_not_found(ledger: Ledger, database: str) -> None:
    room = await ledger.room()
    async with replying(ledger, database) as asker:
        group = await made(ledger, asker, room)
        elsewhere = ChangeReservationGroup(space_id=uuid4(), group_id=group.id, by=GRACE, title="Lab")
        reply = await ask(ledger, asker, elsewhere)

    assert isinstance(reply, GroupChangeRefused)
    assert (reply.status, reply.errors[0].field) == (404, "group_id")
