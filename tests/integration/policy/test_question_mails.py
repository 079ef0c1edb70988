"""Whoever is named is mailed about a question, once for each reason, and nobody after it is closed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from libs.common.db import role_of
from libs.common.retention import forget_old
from services.policy.commands.questions import expire_question
from services.policy.store.retention import MATTERS_FOR, retentions
from tests.integration.policy.asking import granted
from tests.integration.policy.ledger import MIGRATIONS, Ledger, again, meeting, window
from tests.integration.policy.patience import PATIENCE
from tests.integration.policy.question_mailing import (
    BEN,
    GRACE,
    HUGO,
    TIMED,
    asked,
    decide,
    look,
    pass_time,
    requested,
    shown,
    told,
    waiting,
)
from tests.integration.policy.rules import at_space, set_rule


async def test_each_approver_is_mailed_at_once_alone_and_until_it_is_decided(ledger: Ledger) -> None:
    _, _, question = await waiting(ledger, approvers=[GRACE, HUGO], deadline_minutes=480)

    await look(ledger)

    mails = await requested(ledger, question.id)
    assert sorted(each.to[0].address for each in mails) == [GRACE, HUGO]
    assert len({each.mail_id for each in mails}) == 2
    for each in mails:
        assert (each.about, len(each.to), each.reply_to) == ("question.asked", 1, None)
        assert each.expires_at == question.due_at
        assert each.subject.startswith("Please decide: Aurora, ")
        assert "Ada (ada@example.org) asks for Aurora" in each.text
        assert str(question.id) in each.text


async def test_of_any_number_of_replicas_one_mails_and_a_restart_mails_nobody_again(ledger: Ledger) -> None:
    found = [await waiting(ledger, approvers=[GRACE, HUGO]) for _ in range(3)]

    await asyncio.gather(*(look(ledger) for _ in range(4)))
    await look(ledger)

    for _, _, question in found:
        assert await told(ledger, question.id) == [("question.asked", GRACE), ("question.asked", HUGO)]


async def test_approvers_are_reminded_and_stand_ins_asked_when_it_is_time(ledger: Ledger) -> None:
    _, _, question = await waiting(ledger, **TIMED)
    await look(ledger)
    assert await told(ledger, question.id) == [("question.asked", GRACE)]

    await pass_time(ledger, question.id, "reminder")
    await look(ledger)
    assert await told(ledger, question.id) == [("question.asked", GRACE), ("question.reminder", GRACE)]

    await pass_time(ledger, question.id, "stand_in")
    await look(ledger)
    mails = await requested(ledger, question.id)
    assert [(each.about, each.to[0].address) for each in mails[2:]] == [("question.stand_in", BEN)]
    assert f"{GRACE} was asked before" in mails[2].text


async def test_what_was_due_while_no_process_ran_is_mailed_when_one_does(ledger: Ledger) -> None:
    _, _, question = await waiting(ledger, **TIMED)
    await pass_time(ledger, question.id, "reminder", "stand_in")

    await look(ledger)

    kinds = [kind for kind, _ in await told(ledger, question.id)]
    assert kinds == ["question.asked", "question.reminder", "question.stand_in"]


@asynccontextmanager
async def refusing_to_owe(ledger: Ledger) -> AsyncIterator[None]:
    """Have the database refuse what is owed to the bus, as if the process died before it could be written."""
    await ledger.admin.execute(
        """
        CREATE FUNCTION policy.refuse_mails() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON policy.outbox FOR EACH ROW
            WHEN (new.type = 'mail.requested.v1') EXECUTE FUNCTION policy.refuse_mails()
        """
    )
    try:
        yield
    finally:
        await ledger.admin.execute("DROP FUNCTION policy.refuse_mails CASCADE")


async def test_a_mail_that_could_not_be_asked_for_is_asked_for_later_and_holds_up_no_other(ledger: Ledger) -> None:
    _, _, question = await waiting(ledger)
    async with refusing_to_owe(ledger):
        with capture_logs() as logs:
            await look(ledger)
    assert [each["event"] for each in logs] == ["question.not_mailed"]
    assert await told(ledger, question.id) == []
    _, _, other = await waiting(ledger)
    await look(ledger)
    assert await told(ledger, other.id) == [("question.asked", GRACE)]
    assert await told(ledger, question.id) == [], "it is put off"

    await pass_time(ledger, question.id, "asked")
    await look(ledger)
    assert await told(ledger, question.id) == [("question.asked", GRACE)]


@pytest.mark.parametrize("end", ["approved", "rejected", "withdrawn", "expired"])
async def test_a_question_that_is_closed_has_no_more_mails(ledger: Ledger, end: str) -> None:
    room, seen, question = await waiting(ledger, **TIMED)
    await look(ledger)
    assert [each.state for each in (await shown(ledger, question.id)).mails] == ["waits", "planned", "planned"]

    match end:
        case "withdrawn":
            await ledger.observe(room, again(seen, is_cancelled=True))
        case "expired":
            await ledger.pool.execute("UPDATE approvals SET due_at = now() WHERE id = $1", question.id)
            await granted(ledger, lambda conn: expire_question(conn, question.id, PATIENCE))
        case _:
            await decide(ledger, question.id, "approve" if end == "approved" else "reject")
    assert (await shown(ledger, question.id)).state == end
    assert [each.kind for each in (await shown(ledger, question.id)).mails] == ["asked"]
    await look(ledger)

    assert {kind for kind, _ in await told(ledger, question.id)} == {"question.asked"}
    kept = "SELECT kind FROM question_mails WHERE approval_id = $1"
    assert [row["kind"] for row in await ledger.pool.fetch(kept, question.id)] == ["asked"]


async def test_a_question_that_is_past_its_end_is_not_mailed_about_before_it_is_closed(ledger: Ledger) -> None:
    _, _, question = await waiting(ledger)
    await ledger.pool.execute("UPDATE approvals SET due_at = now() WHERE id = $1", question.id)

    await look(ledger)

    assert await told(ledger, question.id) == []


async def test_a_question_that_supersedes_another_is_mailed_about_and_the_other_no_more(ledger: Ledger) -> None:
    room, seen, question = await waiting(ledger, **TIMED)
    await look(ledger)
    longer = window(9, 12)
    await ledger.observe(room, again(seen, start=longer.start, end=longer.end))
    anew = await asked(ledger, room)
    assert anew.id != question.id

    await look(ledger)
    await pass_time(ledger, question.id, "reminder", "stand_in")
    await pass_time(ledger, anew.id, "reminder")
    await look(ledger)

    assert {kind for kind, _ in await told(ledger, question.id)} == {"question.asked"}
    assert await told(ledger, anew.id) == [("question.asked_instead", GRACE), ("question.reminder", GRACE)]
    assert "replaces an earlier question" in (await requested(ledger, anew.id))[0].text


async def test_a_question_that_asks_for_less_is_mailed_about_once(ledger: Ledger) -> None:
    room, seen, question = await waiting(ledger)
    await look(ledger)
    shorter = window(9, 9.5)
    await ledger.observe(room, again(seen, start=shorter.start, end=shorter.end))

    await look(ledger)

    assert (await asked(ledger, room)).id == question.id
    assert await told(ledger, question.id) == [("question.asked", GRACE)]


async def ends(ledger: Ledger, mail_id: UUID, state: str | None) -> None:
    """Have outbound note a mail, and that it ended so; None while it waits."""
    await ledger.admin.execute(
        """
        INSERT INTO outbound.mails (mail_id, recipient, state, ended_at)
        VALUES ($1, 'x', $2, CASE WHEN $2::text IS NOT NULL THEN now() END)
        ON CONFLICT (mail_id, recipient) DO UPDATE SET state = $2, ended_at = excluded.ended_at
        """,
        mail_id,
        state,
    )


@pytest.mark.parametrize("state", [None, "sent", "refused", "expired", "unconfirmed", "not_configured"])
async def test_an_approval_shows_what_became_of_each_mail(ledger: Ledger, state: str | None) -> None:
    _, _, question = await waiting(ledger, approvers=[GRACE, HUGO])
    assert [(each.to, each.state) for each in (await shown(ledger, question.id)).mails] == [
        (GRACE, "planned"),
        (HUGO, "planned"),
    ]
    await look(ledger)
    graces = next(each for each in await requested(ledger, question.id) if each.to[0].address == GRACE)

    await ends(ledger, graces.mail_id, state)

    found = {each.to: each for each in (await shown(ledger, question.id)).mails}
    assert (found[GRACE].state, found[HUGO].state) == (state or "waits", "waits")
    assert abs(found[GRACE].at - await ledger.now()) < timedelta(minutes=1)
    forgotten = "UPDATE question_mails SET requested_at = now() - interval '31 days' WHERE approval_id = $1"
    await ledger.pool.execute(forgotten, question.id)
    assert {each.to: each.state for each in (await shown(ledger, question.id)).mails}[HUGO] is None


@pytest.mark.parametrize(("state", "is_taken_back"), [(None, True), ("sent", False), ("not_configured", False)])
async def test_a_mail_that_waits_when_its_question_is_closed_is_taken_back(
    ledger: Ledger, state: str | None, *, is_taken_back: bool
) -> None:
    _, _, question = await waiting(ledger, **TIMED)
    await look(ledger)
    [mail] = await requested(ledger, question.id)
    await ends(ledger, mail.mail_id, state)

    await decide(ledger, question.id)
    await look(ledger)
    await look(ledger)

    taken_back = (await requested(ledger, question.id))[1:]
    assert len(taken_back) == is_taken_back
    for each in taken_back:
        assert (each.mail_id, each.to) == (mail.mail_id, mail.to)
        assert each.expires_at is not None
        assert each.expires_at < await ledger.now()


async def test_a_question_that_names_nobody_is_said_so_and_nobody_is_mailed(ledger: Ledger) -> None:
    room = await ledger.room(capacity=1)
    rule = {"kind": "maximum_duration", "minutes": 30}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id), "approve"))
    with capture_logs() as logs:
        await ledger.observe(room, meeting(window(9)))
        question = await asked(ledger, room)
        await look(ledger)

    said = [each for each in logs if each["event"] == "question.asks_nobody"]
    assert [(each["log_level"], each["approval_id"]) for each in said] == [("warning", str(question.id))]
    assert await told(ledger, question.id) == []
    assert (await shown(ledger, question.id)).mails == []


MIGRATION = next(MIGRATIONS["policy"].glob("0022_*.sql")).read_text(encoding="utf-8")


async def test_what_waited_before_mails_were_planned_is_mailed_about_from_then_on(
    ledger: Ledger, database: str
) -> None:
    _, _, timed = await waiting(ledger, **TIMED)
    _, _, plain = await waiting(ledger, stand_ins=[BEN])
    _, _, closed = await waiting(ledger)
    await decide(ledger, closed.id)

    async with ledger.admin.transaction():
        await ledger.admin.execute(f'DROP TABLE question_mails; SET LOCAL ROLE "{role_of(database, "policy")}"')
        await ledger.admin.execute(MIGRATION)
    await ledger.pool.expire_connections()
    await look(ledger)

    assert await told(ledger, timed.id) == [("question.asked", GRACE)]
    assert await told(ledger, plain.id) == [("question.asked", GRACE)]
    assert (await shown(ledger, closed.id)).mails == []
    assert [each.kind for each in (await shown(ledger, timed.id)).mails] == ["asked", "reminder", "stand_in"]
    assert [each.kind for each in (await shown(ledger, plain.id)).mails] == ["asked"]


async def test_whom_a_question_was_mailed_to_is_forgotten_a_while_after_it_was_closed(ledger: Ledger) -> None:
    (_, _, open_one), (_, _, closed) = await waiting(ledger), await waiting(ledger)
    await look(ledger)
    await decide(ledger, closed.id)
    every = retentions(None)
    async with ledger.pool.acquire() as conn:
        await forget_old(conn, every)
        assert (await shown(ledger, closed.id)).mails
        await conn.execute("UPDATE approvals SET asked_at = asked_at - $1::interval", MATTERS_FOR * 2)
        await conn.execute("UPDATE approvals SET decided_at = decided_at - $1::interval", MATTERS_FOR * 2)

        await forget_old(conn, every)

    assert (await shown(ledger, closed.id)).mails == []
    assert (await shown(ledger, open_one.id)).mails
