"""Booked series that their organizers have changed, and the questions about that."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from libs.common.db import Connection
from libs.contracts.intents import KeepHold
from libs.contracts.keys import ReservationKey
from libs.contracts.message import Message
from libs.contracts.values import Answer, Attendee, Meeting, Occurrence, Window
from services.policy.commands.questions import Ruled, decide_question
from services.policy.core.approvals.question import Question
from services.policy.store import questions
from services.policy.store.questions import WantedQuestions
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, answered, on_dates, recurring, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule
from tests.integration.policy.series import booked

HOUR = timedelta(hours=1)
GUESTS = tuple(Attendee(address=f"guest-{number}@example.org") for number in range(3))


async def need_approval(ledger: Ledger, room: Room, **parameters: Any) -> None:
    rule = {"kind": "approval", "when": "always", "approvers": ["grace@example.org"], **parameters}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id)))


def shifted(series: Meeting, by: timedelta, longer: timedelta = timedelta()) -> Meeting:
    """Return a series that its organizer has moved as a whole, by so much, so that nobody has answered it yet."""

    def change(_: int, each: Occurrence) -> Occurrence:
        start, end = each.start + by, each.end + by + longer
        return each.model_copy(
            update={"start": start, "end": end, "original_date": start.date(), "answer": Answer.NOT_RESPONDED}
        )

    master = {"start": series.start + by, "end": series.end + by + longer, "answer": "notResponded"}
    return on_dates(series, change, **master)


async def asked(ledger: Ledger, room: Room, state: Any = "pending") -> list[Question]:
    async with ledger.pool.acquire() as conn:
        return list(await questions.page(conn, WantedQuestions(state=state, space_id=room.id), None, 50))


async def changing(
    ledger: Ledger, by: timedelta = 4 * HOUR, *, of: Meeting | None = None, **parameters: Any
) -> tuple[Room, Meeting, Meeting, Question]:
    """Have a change of a booked series wait, and its answer shown: by default, of four dates at 9 o'clock to 13."""
    room = await ledger.room()
    series = await booked(ledger, room, of or recurring(window(9)))
    await need_approval(ledger, room, **parameters)
    changed = shifted(series, by)
    await ledger.observe(room, changed)
    shown = answered(changed, "tentativelyAccepted")
    await ledger.observe(room, shown)
    [question] = await asked(ledger, room)
    return room, series, shown, question


async def decide(ledger: Ledger, question: Question, ruling: Any) -> Sequence[Message]:
    async def work(conn: Connection) -> Sequence[Message]:
        ruled = Ruled(ruling, "Because")
        return await decide_question(
            conn, question.id, ruled, expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        )

    return await granted(ledger, work)


async def occupied(ledger: Ledger, room: Room) -> dict[str, list[Window]]:
    """Return what is occupied, by purpose."""
    rows = await ledger.pool.fetch(
        "SELECT o.purpose, lower(stretch) AS start, upper(stretch) AS end FROM occupancies o "
        "JOIN space_parts p USING (part_id), unnest(o.during) AS stretch WHERE p.space_id = $1 ORDER BY 2",
        room.id,
    )
    found: dict[str, list[Window]] = {}
    for row in rows:
        found.setdefault(row["purpose"], []).append(Window(start=row["start"], end=row["end"]))
    return found


async def held(ledger: Ledger, room: Room) -> list[Window]:
    """Return when holds block the room in Outlook, by the holds of its live reservations."""
    wanted = [await ledger.wanted(ReservationKey(room.id, each["id"])) for each in await ledger.reservations(room)]
    return [each.window for each in wanted if isinstance(each, KeepHold)]


async def owed_of(ledger: Ledger, room: Room, kind: str) -> int:
    return len([each for each in await ledger.owed(room) if each["type"].startswith(kind)])
