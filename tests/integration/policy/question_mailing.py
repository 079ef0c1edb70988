"""Questions that wait for approvers, the look that mails them, and the mails it asks for."""

from typing import Any, Literal
from uuid import UUID

from libs.contracts.approvals import ApprovalOut
from libs.contracts.messages import MailRequested
from libs.contracts.values import Meeting
from services.policy.commands.approvals import read_approval
from services.policy.commands.questions import Ruled, decide_question
from services.policy.core.links import LinkSigner
from services.policy.loops.question_mails import QuestionMailLoop
from services.policy.store import questions
from services.policy.store.questions import ShownQuestion, WantedQuestions
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, meeting, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule

GRACE, HUGO, BEN = "grace@example.org", "hugo@example.org", "ben@example.org"


TIMED = {"deadline_minutes": 480, "stand_ins": [BEN]}


async def asking_room(ledger: Ledger, **parameters: Any) -> Room:
    room = await ledger.room(name="Aurora")
    rule = {"kind": "approval", "when": "always", "approvers": [GRACE], **parameters}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id)))
    return room


async def asked(ledger: Ledger, room: Room) -> ShownQuestion:
    async with ledger.pool.acquire() as conn:
        [question] = await questions.page(conn, WantedQuestions(state="pending", space_id=room.id), None, 50)
    return question


async def waiting(ledger: Ledger, **parameters: Any) -> tuple[Room, Meeting, ShownQuestion]:
    """Have an organizer ask for a room that needs approval."""
    room, seen = await asking_room(ledger, **parameters), meeting(window(9))
    await ledger.observe(room, seen)
    return room, seen, await asked(ledger, room)


async def look(ledger: Ledger, links: LinkSigner | None = None) -> None:
    """Look as the loop does, in a process of its own."""
    await QuestionMailLoop(ledger.pool, ledger.codec, links).once()


async def pass_time(ledger: Ledger, question_id: UUID, *kinds: str) -> None:
    """Let it be the time of the mails of these kinds."""
    await ledger.pool.execute(
        "UPDATE question_mails SET due_at = now(), look_at = now() WHERE approval_id = $1 AND kind = ANY($2)",
        question_id,
        list(kinds),
    )


async def requested(ledger: Ledger, question_id: UUID) -> list[MailRequested]:
    """Return the mails about a question that outbound was asked for, oldest first."""
    rows = await ledger.pool.fetch(
        """
        SELECT o.body FROM outbox o JOIN question_mails m ON m.mail_id::text = o.body::jsonb ->> 'mail_id'
        WHERE o.type = $1 AND m.approval_id = $2 ORDER BY o.id
        """,
        MailRequested.type,
        question_id,
    )
    return [MailRequested.model_validate_json(row["body"]) for row in rows]


async def told(ledger: Ledger, question_id: UUID) -> list[tuple[str, str]]:
    """Return who was mailed about a question, and why, by address and reason."""
    return sorted((each.about, each.to[0].address) for each in await requested(ledger, question_id))


async def shown(ledger: Ledger, question_id: UUID) -> ApprovalOut:
    async with ledger.pool.acquire() as conn:
        return await read_approval(conn, question_id)


async def decide(ledger: Ledger, question_id: UUID, ruling: Literal["approve", "reject"] = "approve") -> None:
    await granted(
        ledger,
        lambda conn: decide_question(
            conn, question_id, Ruled(ruling), expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        ),
    )
