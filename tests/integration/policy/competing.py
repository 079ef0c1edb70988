"""Rooms for whose time several may ask, those who ask, and an administrator who picks one."""

from collections.abc import Sequence
from typing import Any

from libs.common.db import Connection
from libs.contracts.intents import Intent
from libs.contracts.keys import Key
from libs.contracts.message import Message
from libs.contracts.messages import IntentIssued
from libs.contracts.values import Actor, Meeting, Person, Window
from services.policy.commands.questions import Ruled, decide_question
from services.policy.commands.reservations import (
    ReservationRequest,
    create_reservation,
)
from services.policy.store import questions, reading
from services.policy.store.questions import ShownQuestion, WantedQuestions
from services.policy.store.reading import Among
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, meeting
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule


async def need_approval(ledger: Ledger, room: Room, **different: Any) -> None:
    rule = {"kind": "approval", "when": "always", "approvers": ["grace@example.org"], "mode": "compete", **different}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id)))


async def contested(ledger: Ledger, **columns: Any) -> Room:
    """Make a room for whose time several may compete."""
    room = await ledger.room(**columns)
    await need_approval(ledger, room)
    return room


async def ask(ledger: Ledger, room: Room, at: Window, name: str = "Ada") -> tuple[Meeting, ShownQuestion]:
    """Have somebody invite a room, and be asked about."""
    seen = meeting(at, organizer=Person(address=f"{name.lower()}@example.org", name=name))
    await ledger.observe(room, seen)
    return seen, (await asked(ledger, room))[-1]


async def asked(ledger: Ledger, room: Room, state: Any = "pending") -> list[ShownQuestion]:
    async with ledger.pool.acquire() as conn:
        return await questions.page(conn, WantedQuestions(state=state, space_id=room.id), None, 50)


async def state_of(ledger: Ledger, question: ShownQuestion) -> str:
    async with ledger.pool.acquire() as conn:
        found = await questions.read(conn, question.id)
    assert found is not None
    return found.state


async def decide(
    ledger: Ledger, question: ShownQuestion, ruling: Any = "approve", by: Actor = ADMINISTRATOR
) -> Sequence[Message]:
    return await granted(ledger, lambda conn: deciding(conn, question, ruling, by))


async def deciding(
    conn: Connection, question: ShownQuestion, ruling: Any = "approve", by: Actor = ADMINISTRATOR
) -> Sequence[Message]:
    return await decide_question(conn, question.id, Ruled(ruling), expected_version=None, patience=PATIENCE, by=by)


async def reserve(ledger: Ledger, room: Room, at: Window, **different: Any) -> Any:
    wanted = ReservationRequest(space_id=room.id, start=at.start, end=at.end, title="Board", **different)
    return await granted(ledger, lambda conn: create_reservation(conn, wanted, PATIENCE, by=ADMINISTRATOR))


def wanted_of(messages: Sequence[Message], *keys: Key) -> list[Intent]:
    """Return what Outlook ought to show under each of these keys by the messages."""
    issued = {each.key: each.intent for each in messages if isinstance(each, IntentIssued)}
    return [issued[key] for key in keys]


async def statuses(ledger: Ledger, room: Room) -> list[str]:
    found = await ledger.reservations(room, "pending", "confirmed", "declined", "cancelled")
    return sorted(each["status"] for each in found)


async def is_free(ledger: Ledger, room: Room, at: Window) -> bool:
    async with ledger.pool.acquire() as conn:
        [found] = await reading.occupied(conn, at, Among(space_id=room.id))
    return not found.taken
