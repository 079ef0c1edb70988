"""Dates of an accepted series that others have some of: what they leave is blocked in the ledger until it is resolved.

The series has four dates, a week apart, from nine to ten. Others have the second half of its second date, and all of
its fourth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from libs.common.clock import utc_now
from libs.contracts.intents import AnswerMeeting
from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Meeting, Occurrence
from services.policy.commands.reservations import ReservationRefused, Reserved
from services.policy.commands.spaces import SpaceChange, change_space
from services.policy.core.explanations import Keep
from services.policy.loops.mailboxes import MailboxLoop
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, again, answered, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.test_conflicts import BEFORE, listed, resolve
from tests.integration.policy.test_yielding import cancel, reserve, reserved

TAKEN, LEFT, COVERED = window(9.5, 10, day=7), window(9, 9.5, day=7), window(9, day=21)


@dataclass(frozen=True)
class Contested:
    """A room with the series, and what others have reserved: a part of its second date, and its fourth."""

    ledger: Ledger
    room: Room
    series: Meeting
    partly: UUID
    wholly: UUID

    async def blocked(self) -> list[tuple[float, float]]:
        """Return what the second date occupies, in hours of its day."""
        rows = await self.ledger.pool.fetch(
            "SELECT during FROM occupancies o JOIN reservations r ON r.id = o.reservation_id "
            "WHERE r.space_id = $1 AND r.ical_uid = $2 AND r.original_date = $3",
            self.room.id,
            self.series.ical_uid,
            TAKEN.start.date(),
        )
        start = window(0, day=7).start
        return [
            ((each.lower - start) / timedelta(hours=1), (each.upper - start) / timedelta(hours=1))
            for row in rows
            for each in row["during"]
        ]

    async def yields(self) -> list[bool]:
        """Return of each live reservation of the series whether it yields, by time."""
        rows = await self.ledger.reservations(self.room)
        return [row["yields"] for row in rows if row["ical_uid"] == self.series.ical_uid]

    async def conflicts(self) -> list[UUID]:
        """Return which reservations are in conflict with the series, by time."""
        found = await listed(self.ledger, self.room)
        return [each.reservation_id for each in sorted(found, key=lambda each: each.ledger_start)]

    async def resolve(self, keep: Keep) -> None:
        """Keep one side of the conflict about the second date."""
        found = await listed(self.ledger, self.room)
        await resolve(self.ledger, next(each for each in found if each.reservation_id == self.partly), keep)

    async def second(self, change: Callable[[Occurrence], Occurrence | None]) -> Meeting:
        """Show the series with its second date changed, or gone, and return it."""
        seen = on_dates(self.series, lambda number, each: change(each) if number == 1 else each)
        await self.ledger.observe(self.room, seen)
        return seen

    async def is_free(self) -> bool:
        """Whether somebody can reserve what the second date had of its time."""
        made = await reserve(self.ledger, self.room, LEFT)
        if isinstance(made, Reserved):
            await cancel(self.ledger, made.reservation.id)
        return isinstance(made, Reserved)


@pytest.fixture
async def contested(ledger: Ledger) -> Contested:
    room = await ledger.room()
    partly, wholly = await reserved(ledger, room, TAKEN), await reserved(ledger, room, COVERED)
    series = answered(recurring(window(9))).model_copy(update={"answered_at": await ledger.now() - BEFORE})
    await ledger.observe(room, series)
    return Contested(ledger, room, series, partly, wholly)


async def test_what_others_leave_of_a_date_cannot_be_booked_by_anybody(contested: Contested) -> None:
    refused = await reserve(contested.ledger, contested.room, LEFT)

    assert isinstance(refused, ReservationRefused)
    assert [each.rule for each in refused.reasons] == ["availability"]
    assert (await contested.blocked(), await contested.yields()) == ([(9, 9.5)], [False, True, False])
    assert await contested.conflicts() == [contested.partly, contested.wholly]


async def test_seeing_the_series_again_changes_nothing(contested: Contested) -> None:
    ledger, room = contested.ledger, contested.room
    rows, owed = await ledger.reservations(room), await ledger.owed(room)

    for _ in range(2):
        await ledger.observe(room, contested.series)

    assert (await ledger.reservations(room), await ledger.owed(room)) == (rows, owed)
    assert await contested.conflicts() == [contested.partly, contested.wholly]
    assert await ledger.issued(MeetingKey(room.id, contested.series.ical_uid, TAKEN.start.date())) == []


async def test_where_the_ledger_is_kept_the_block_vanishes(contested: Contested) -> None:
    await contested.resolve("ledger")

    assert (await contested.blocked(), await contested.is_free()) == ([], True)
    assert await contested.conflicts() == [contested.wholly]


async def test_where_outlook_is_kept_the_block_becomes_the_booking(contested: Contested) -> None:
    await contested.resolve("outlook")
    await contested.ledger.observe(contested.room, contested.series)

    assert (await contested.blocked(), await contested.yields()) == ([(9, 10)], [False] * 3)


async def test_once_nothing_is_in_its_way_the_date_is_booked(contested: Contested) -> None:
    await cancel(contested.ledger, contested.partly)

    await contested.ledger.observe(contested.room, contested.series)

    assert (await contested.blocked(), await contested.yields()) == ([(9, 10)], [False] * 3)
    assert await contested.conflicts() == [contested.wholly]


async def test_a_date_that_moves_away_is_booked_there_and_frees_what_it_blocked(contested: Contested) -> None:
    later = window(12, day=7)

    await contested.second(lambda each: each.model_copy(update={"start": later.start, "end": later.end}))

    assert (await contested.blocked(), await contested.yields()) == ([(12, 13)], [False] * 3)
    assert (await contested.is_free(), await contested.conflicts()) == (True, [contested.wholly])


async def test_a_date_that_was_sent_again_is_decided_like_any_other(contested: Contested) -> None:
    await contested.second(lambda each: each.model_copy(update={"answer": Answer.NOT_RESPONDED}))

    answer = await contested.ledger.wanted(MeetingKey(contested.room.id, contested.series.ical_uid, TAKEN.start.date()))
    assert isinstance(answer, AnswerMeeting)
    assert (answer.answer, await contested.blocked()) == ("declined", [])
    assert await contested.conflicts() == [contested.wholly]


async def test_dates_that_are_gone_are_in_conflict_no_more_whether_or_not_they_blocked_anything(
    contested: Contested,
) -> None:
    ledger, room = contested.ledger, contested.room

    await contested.second(lambda _: None)
    assert (await contested.conflicts(), await contested.is_free()) == ([contested.wholly], True)
    await ledger.observe(room, on_dates(contested.series, lambda number, each: each if number in {0, 2} else None))

    assert await contested.conflicts() == []
    assert await contested.yields() == [False, False]


async def test_dates_of_a_series_of_the_rooms_own_that_are_gone_are_in_conflict_no_more(ledger: Ledger) -> None:
    room = await ledger.room()
    for at in (TAKEN, COVERED):
        await reserved(ledger, room, at)
    series = recurring(window(9), is_room_owned=True, answer="organizer")
    await ledger.observe(room, series)
    before = len(await listed(ledger, room))

    await ledger.observe(room, on_dates(series, lambda number, each: each if number in {0, 2} else None))

    assert (before, await listed(ledger, room)) == (2, [])


@pytest.mark.parametrize("is_cancelled", [True, False], ids=["cancelled", "gone"])
async def test_a_series_that_ends_leaves_no_conflict_and_no_block(contested: Contested, is_cancelled: bool) -> None:
    shown = again(contested.series, is_cancelled=True) if is_cancelled else None

    await contested.ledger.observe(contested.room, shown, contested.series.ical_uid)

    assert (await contested.conflicts(), await contested.blocked(), await contested.is_free()) == ([], [], True)


async def test_a_room_that_is_mapped_no_more_has_no_block_and_what_was_granted_stays(contested: Contested) -> None:
    ledger, room = contested.ledger, contested.room
    unmapped = SpaceChange(room.id, mapping={"room_mailbox": None})

    await granted(ledger, lambda conn: change_space(conn, unmapped, utc_now()))
    await MailboxLoop(ledger.pool, ledger.codec, PATIENCE).once()

    assert (await contested.blocked(), await contested.yields()) == ([], [False] * 2)
    [ended] = await ledger.reservations(room, "cancelled")
    assert "no_longer_blocks" in str((await ledger.audit(room, ended["id"]))[-1]["reasons"])
    assert await contested.is_free()


async def test_a_block_is_not_held_in_the_next_mailbox(contested: Contested) -> None:
    ledger, room = contested.ledger, contested.room
    other = SpaceChange(room.id, mapping={"room_mailbox": f"next-{room.mailbox}"})

    await granted(ledger, lambda conn: change_space(conn, other, utc_now()))
    await ledger.pool.execute("UPDATE import_rooms SET state = 'done' WHERE space_id = $1", room.id)
    await MailboxLoop(ledger.pool, ledger.codec, PATIENCE).once()

    held = await ledger.pool.fetchval(
        "SELECT count(*) FROM intents WHERE space_id = $1 AND wanted ->> 'want' = 'hold'", room.id
    )
    assert (held, await contested.blocked()) == (4, [])
    assert await contested.is_free()
