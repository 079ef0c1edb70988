"""Stored decisions are judged again as they were judged, whatever has become of the policies and of the room since."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from libs.common.db import Connection
from libs.contracts.values import Person, Window
from services.policy.commands.policies import delete_policy, replace_policy
from services.policy.commands.reservations import (
    CancellationRequest,
    ReservationChange,
    ReservationRequest,
    Reserved,
    cancel_reservation,
    change_reservation,
    create_reservation,
)
from services.policy.core.snapshot import JudgedDecision
from services.policy.core.verdict import Verdict
from services.policy.store import decisions
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.ledger import Ledger, Room, again, meeting, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule, wanted

REQUESTS = 120
PEOPLE = ["ada@example.org", "ben@example.org", "eve@elsewhere.example"]


async def judged(ledger: Ledger) -> list[tuple[JudgedDecision, Verdict]]:
    async with ledger.pool.acquire() as conn, conn.transaction():
        return [each async for each in decisions.judged(conn)]


def _at(dice: random.Random) -> Window:
    start = dice.randrange(0, 60) / 2
    return window(start, start + dice.choice([0.5, 1, 1.5]))


async def _ask(conn: Connection, dice: random.Random, room: Room, made: list[UUID]) -> None:
    at, organizer = _at(dice), dice.choice([None, *PEOPLE])
    reason = dice.choice([None, None, "the dean asked"])
    async with conn.transaction():
        what = dice.random()
        if made and what < 0.2:
            change = ReservationChange(start=at.start, end=at.end, override_reason=reason)
            target = dice.choice(made)
            await change_reservation(conn, target, change, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR)
        elif made and what < 0.4:
            cancelled = CancellationRequest(override_reason=reason)
            await cancel_reservation(
                conn, dice.choice(made), wanted=cancelled, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
            )
        else:
            request = ReservationRequest(
                room.id, at.start, at.end, "Board", None, organizer, dice.randrange(12), reason
            )
            result = await create_reservation(conn, request, PATIENCE, by=ADMINISTRATOR)
            if isinstance(result, Reserved):
                made.append(result.reservation.id)


async def test_whatever_was_decided_while_policies_came_and_went_is_decided_again(ledger: Ledger) -> None:
    dice = random.Random(7)
    rooms = [await ledger.room(setup_minutes=15), await ledger.room(is_mapped=False)]
    made: list[UUID] = []
    here = at_space(rooms[0].id)
    async with ledger.pool.acquire() as conn:
        async with conn.transaction():
            set_rules = [
                await set_rule(conn, {"kind": "maximum_duration", "minutes": 60}, here),
                await set_rule(conn, {"kind": "quota", "limit": 4, "measure": "bookings", "per": "month"}, here),
                await set_rule(conn, {"kind": "change_cut_off", "cancel_minutes": 60 * 24 * 300}, here),
                await set_rule(conn, {"kind": "minimum_duration", "minutes": 60}, here, "warn"),
                await set_rule(conn, {"kind": "time_grid", "minutes": 60}, here, "shadow"),
            ]
        for number in range(REQUESTS):
            await _ask(conn, dice, dice.choice(rooms), made)
            if number % 5 == 0:
                seen = meeting(_at(dice), organizer=Person(address=dice.choice(PEOPLE), name="Somebody"))
                await ledger.observe(rooms[0], seen)
                await ledger.observe(rooms[0], again(seen, end=seen.end + timedelta(minutes=15)))
            if number == REQUESTS // 2:
                longer = wanted({"kind": "maximum_duration", "minutes": 30}, here)
                async with conn.transaction():
                    now = datetime.now(UTC)
                    await replace_policy(conn, set_rules[0], longer, None, now, by=ADMINISTRATOR)
                    await delete_policy(conn, set_rules[3], None, now, by=ADMINISTRATOR)
        await conn.execute("UPDATE spaces SET capacity = 2, time_zone = 'Asia/Tokyo' WHERE id = $1", rooms[0].id)

    found = await judged(ledger)

    assert len(found) > REQUESTS
    assert all(decision.follows_from(verdict) for decision, verdict in found)
    broken = {each.kind for decision, _ in found for each in decision.policies if each.breach is not None}
    assert broken >= {"maximum_duration", "quota", "change_cut_off", "minimum_duration", "time_grid", "capacity"}
    assert {decision.outcome for decision, _ in found} >= {"accept", "decline", "cancelled"}


async def test_a_decision_that_was_altered_does_not_follow(ledger: Ledger) -> None:
    room = await ledger.room()
    async with ledger.pool.acquire() as conn, conn.transaction():
        at = window(900)
        asked = ReservationRequest(room.id, at.start, at.end, "Board", attendee_count=1)
        await create_reservation(conn, asked, PATIENCE, by=ADMINISTRATOR)
    decision, verdict = (await judged(ledger))[-1]
    assert decision.follows_from(verdict)

    assert not decision.model_copy(update={"outcome": "decline"}).follows_from(verdict)
    assert not decision.model_copy(update={"policies": ()}).follows_from(verdict)


async def test_what_a_decision_keeps_of_others_is_when_and_whose_but_not_what(ledger: Ledger) -> None:
    room = await ledger.room()
    await ledger.observe(room, meeting(window(901), subject="Layoffs", is_private=True))
    async with ledger.pool.acquire() as conn, conn.transaction():
        at = window(901)
        asked = ReservationRequest(room.id, at.start, at.end, "Board", attendee_count=1)
        await create_reservation(conn, asked, PATIENCE, by=ADMINISTRATOR)

    kept = [row["snapshot"] for row in await ledger.audit(room)]

    assert [len(each.get("taken", ())) for each in kept] == [0, 1]
    assert "Layoffs" not in str(kept)
    assert "Ada" not in str(kept)
