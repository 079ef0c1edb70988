"""Questions to administrators on the operator's command line: listed, shown, and decided once."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.contracts.events import ApprovalDecided
from services.policy.commands.approvals import show_approval
from services.policy.commands.questions import Ruled, decide_question
from services.policy.store import questions
from services.policy.store.questions import ShownQuestion, WantedQuestions
from tests.integration.cli.processes import EndedProcess, run_module
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import Ledger, Room, meeting, open_ledger, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.rules import at_space, set_rule

NOBODYS = "00000000-0000-4000-8000-000000000000"
"""The id of nothing."""


@pytest.fixture(scope="module")
async def ledger(database: str) -> AsyncIterator[Ledger]:
    async with open_ledger(database) as ledger:
        yield ledger


@pytest.fixture
async def room(ledger: Ledger) -> Room:
    """A room of which an administrator has to approve everything."""
    room = await ledger.room()
    rule = {"kind": "approval", "when": "always", "approvers": ["grace@example.org"]}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id)))
    return room


async def approvals(database: str, *words: str) -> EndedProcess:
    return await run_module("services", "approvals", *words, ROOMSYNC_POSTGRES_URL=database)


async def asked(ledger: Ledger, room: Room, hour: float = 9) -> ShownQuestion:
    """Have an organizer ask for the room, and return the question about it."""
    await ledger.observe(room, meeting(window(hour), subject=f"At {hour}"))
    async with ledger.pool.acquire() as conn:
        found = await questions.page(conn, WantedQuestions(state="pending", space_id=room.id), None, 50)
    return found[-1]


async def now(ledger: Ledger, question: ShownQuestion) -> ShownQuestion:
    async with ledger.pool.acquire() as conn:
        found = await questions.read(conn, question.id)
    assert found is not None
    return found


def ids(listed: EndedProcess) -> list[str]:
    return [each["id"] for each in json.loads(listed.said)]


async def test_questions_are_listed_by_state_and_space_and_shown_as_the_api_shows_them(
    ledger: Ledger, room: Room, database: str
) -> None:
    other = await ledger.room()
    first, second = await asked(ledger, room, 9), await asked(ledger, room, 11)
    await granted(
        ledger,
        lambda conn: decide_question(
            conn, first.id, Ruled("reject"), expected_version=None, patience=PATIENCE, by=ADMINISTRATOR
        ),
    )

    space = ("--space", str(room.id))
    pending = await approvals(database, "list", *space, "--json")
    rejected = await approvals(database, "list", "--state", "rejected", *space, "--json")
    every = await approvals(database, "list", "--state", "any", *space, "--json")
    elsewhere = await approvals(database, "list", "--space", str(other.id))
    one = await approvals(database, "show", str(second.id), "--json")
    told = await approvals(database, "show", str(first.id))

    assert ids(pending) == [str(second.id)]
    assert ids(rejected) == [str(first.id)]
    assert ids(every) == [str(first.id), str(second.id)]
    assert elsewhere.said == "No question waits for an administrator.\n"
    shown: dict[str, Any] = json.loads(one.said)
    assert shown == show_approval(second).model_dump(mode="json")
    assert [each["rule"] for each in shown["reasons"]] == ["approval"]
    for word in (str(first.id), "rejected", "At 9", "ada@example.org", "grace@example.org", "Grace"):
        assert word in told.said


@pytest.mark.parametrize(
    ("ruling", "state", "status", "answer"),
    [("approve", "approved", "confirmed", "accepted"), ("reject", "rejected", "declined", "declined")],
)
async def test_a_question_is_decided_by_the_operator_once_and_the_second_is_told_who_was_first(
    ledger: Ledger, room: Room, database: str, ruling: str, state: str, status: str, answer: str
) -> None:
    question = await asked(ledger, room)

    decided = await approvals(database, ruling, str(question.id), "--by", "Grace", "--comment", "Ask for the keys.")
    again = [
        await approvals(database, each, str(question.id), "--by", "Ben", "--comment", "No.")
        for each in ("approve", "reject")
    ]

    assert (decided.code, decided.complained) == (0, "")
    assert decided.said == f"The question {question.id} is {state}, and the organizer is told.\n"
    closed = await now(ledger, question)
    assert (closed.state, closed.comment) == (state, "Ask for the keys.")
    assert closed.decided_by is not None
    assert (closed.decided_by.kind, closed.decided_by.name) == ("administrator", "Grace")
    assert closed.decided_at is not None
    at = closed.decided_at.isoformat(timespec="seconds")
    for each in again:
        assert (each.code, each.said) == (1, "")
        assert each.complained == f"This question was {state} by Grace at {at}. The first decision stands.\n"
    assert [row["status"] for row in await ledger.reservations(room, "pending", "confirmed", "declined")] == [status]
    owed = await ledger.owed(room)
    assert [each["decided_by"]["name"] for each in owed if each["type"] == ApprovalDecided.type] == ["Grace"]
    answers = [each["intent"]["answer"] for each in owed if "intent" in each]
    assert answers[-1] == answer
    assert "Ask for the keys." in [each["intent"]["comment"] for each in owed if "intent" in each][-1]


async def test_what_nobody_asked_and_what_cannot_be_said_is_refused_in_a_sentence(
    ledger: Ledger, room: Room, database: str
) -> None:
    question = await asked(ledger, room)

    unknown = [
        await approvals(database, "show", NOBODYS),
        await approvals(database, "approve", NOBODYS, "--by", "Grace"),
    ]
    too_long = await approvals(database, "reject", str(question.id), "--by", "Grace", "--comment", "x" * 2001)

    for each in unknown:
        assert (each.code, each.said) == (1, "")
        assert each.complained == "There is no approval with this id. List them to see which there are.\n"
    assert (too_long.code, too_long.said) == (1, "")
    assert "at most 2,000 characters" in too_long.complained
    assert (await now(ledger, question)).state == "pending"
