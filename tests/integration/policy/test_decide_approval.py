"""A service has an approval decided by a message, and is replied to as the API would answer."""

import asyncio
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import pytest

from libs.contracts.messages import ApprovalDecisionDone, ApprovalDecisionRefused, DecideApproval
from libs.contracts.values import Actor, ActorKind, Person
from services.policy.api.translate import problem_of
from services.policy.commands.approvals import show_approval
from services.policy.commands.errors import AnyCommandError, StaleVersion, UnusableComment
from services.policy.commands.undecidable import AlreadyDecided
from services.policy.commands.unknown import UnknownApproval
from services.policy.store import questions
from services.policy.store.questions import ShownQuestion, WantedQuestions
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, meeting, window
from tests.integration.policy.replying import replied, replying, sent
from tests.integration.policy.rules import at_space, set_rule

GRACE = Person(address="Grace@example.org", name="Grace")
AS_GRACE = Actor(kind=ActorKind.SERVICE, subject="grace@example.org", name="Grace")
BEN = Person(address="ben@example.org", name="Ben")


async def asked(ledger: Ledger) -> tuple[Room, ShownQuestion]:
    """Have an organizer ask for a room of which an administrator has to approve everything."""
    room = await ledger.room()
    rule = {"kind": "approval", "when": "always", "approvers": ["grace@example.org"]}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id)))
    await ledger.observe(room, meeting(window(9)))
    async with ledger.pool.acquire() as conn:
        [question] = await questions.page(conn, WantedQuestions(space_id=room.id), None, 50)
    return room, question


async def now(ledger: Ledger, question_id: UUID) -> ShownQuestion:
    async with ledger.pool.acquire() as conn:
        found = await questions.read(conn, question_id)
    assert found is not None
    return found


async def replies(ledger: Ledger, database: str, *messages: DecideApproval) -> list[Any]:
    """Send commands one after the other; return what replies to each."""
    found = []
    async with replying(ledger, database) as asker:
        for each in messages:
            await ledger.bus.publish([sent(ledger, each, asker.name)])
            found.append(await replied(ledger, asker))
    return found


def told(error: AnyCommandError, approval_id: UUID) -> ApprovalDecisionRefused:
    """Return the refusal with what the API says of the same error."""
    problem = problem_of(error, ())
    return ApprovalDecisionRefused(
        approval_id=approval_id, status=problem.status_code, title=problem.kind.title, detail=str(problem.detail)
    )


@pytest.mark.parametrize(
    ("ruling", "state", "status"), [("approve", "approved", "confirmed"), ("reject", "rejected", "declined")]
)
async def test_a_message_decides_and_is_replied_to_with_the_approval_as_it_is_shown(
    ledger: Ledger, database: str, ruling: Literal["approve", "reject"], state: str, status: str
) -> None:
    room, question = await asked(ledger)

    [reply] = await replies(
        ledger,
        database,
        DecideApproval(
            approval_id=question.id, ruling=ruling, by=GRACE, comment=" Ask for the keys. ", expected_version=1
        ),
    )

    decided = await now(ledger, question.id)
    assert (decided.state, decided.comment, decided.decided_by) == (state, "Ask for the keys.", AS_GRACE)
    assert reply == ApprovalDecisionDone(approval=show_approval(decided))
    assert [row["status"] for row in await ledger.reservations(room, "pending", "confirmed", "declined")] == [status]
    by = (await ledger.audit(room))[-1]
    assert (by["actor_kind"], by["actor_subject"], by["actor_name"]) == ("service", "grace@example.org", "Grace")


async def test_who_decides_second_is_told_who_was_first_as_the_api_tells_it(ledger: Ledger, database: str) -> None:
    _, question = await asked(ledger)

    first, *second = await replies(
        ledger,
        database,
        DecideApproval(approval_id=question.id, ruling="approve", by=GRACE),
        DecideApproval(approval_id=question.id, ruling="reject", by=BEN, comment="No."),
        DecideApproval(approval_id=question.id, ruling="approve", by=GRACE),
    )

    assert isinstance(first, ApprovalDecisionDone)
    decided = await now(ledger, question.id)
    assert (decided.state, decided.comment, decided.decided_by) == ("approved", None, AS_GRACE)
    refusal = told(AlreadyDecided("approved", AS_GRACE, decided.decided_at), question.id)
    assert second == [refusal, refusal]
    assert refusal.status == 409
    assert "This question was approved by Grace at " in refusal.detail


@pytest.mark.parametrize(
    ("different", "error", "status"),
    [
        ({"approval_id": UUID(int=7)}, UnknownApproval(UUID(int=7)), 404),
        ({"expected_version": 7}, StaleVersion(1), 412),
        ({"comment": "x" * 2001}, UnusableComment(), 422),
        ({"comment": "a\x07bell"}, UnusableComment(), 422),
    ],
    ids=["unknown", "stale", "too-long", "unprintable"],
)
async def test_what_cannot_be_decided_so_is_refused_in_the_words_of_the_api_and_changes_nothing(
    ledger: Ledger, database: str, different: dict[str, Any], error: AnyCommandError, status: int
) -> None:
    _, question = await asked(ledger)
    wanted = {"approval_id": question.id, "ruling": "approve", "by": GRACE, **different}

    [reply] = await replies(ledger, database, DecideApproval(**wanted))

    assert reply == told(error, wanted["approval_id"])
    assert reply.status == status
    assert await now(ledger, question.id) == question


async def test_a_message_that_comes_twice_decides_once_and_is_replied_to_once(ledger: Ledger, database: str) -> None:
    _, question = await asked(ledger)
    _, other = await asked(ledger)
    async with replying(ledger, database) as asker:
        once = sent(ledger, DecideApproval(approval_id=question.id, ruling="approve", by=GRACE), asker.name, "once")
        await ledger.bus.publish([once])
        first = await asyncio.wait_for(asker.receive(), 20)
        decided_at = await _decided_at(ledger, question.id)
        last = DecideApproval(approval_id=question.id, ruling="reject", by=BEN)
        await ledger.bus.publish([once, sent(ledger, last, asker.name, "last")])
        then = await asyncio.wait_for(asker.receive(), 20)

    assert (first.correlation_id, first.type) == ("once", ApprovalDecisionDone.type)
    assert (then.correlation_id, then.type) == ("last", ApprovalDecisionRefused.type)
    assert await _decided_at(ledger, question.id) == decided_at
    assert (await now(ledger, other.id)).state == "pending"


async def test_it_is_decided_although_nobody_waits_for_the_reply(ledger: Ledger) -> None:
    _, question = await asked(ledger)

    await ledger.deliver(DecideApproval(approval_id=question.id, ruling="reject", by=Person(address="ben@example.org")))

    decided = await now(ledger, question.id)
    assert decided.state == "rejected"
    assert decided.decided_by == Actor(kind=ActorKind.SERVICE, subject="ben@example.org")
    query = "SELECT type FROM outbox WHERE strpos(body, $1) > 0 ORDER BY id"
    about = await ledger.pool.fetch(query, str(question.id))
    assert [row["type"] for row in about] == ["approval.requested.v1", "approval.decided.v1"]


async def _decided_at(ledger: Ledger, question_id: UUID) -> datetime | None:
    return (await now(ledger, question_id)).decided_at
