"""Everybody is mailed once: whatever the mail server does, however often a mail is asked for, whoever dies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from deploy.driver.eventually import eventually, throughout
from libs.common.clock import utc_now
from libs.common.db import AWAY, Pool
from libs.common.handlers import Finished, RetryLater
from libs.contracts.messages import MailRequested
from libs.contracts.values import Person
from libs.mail.addresses import MailParty
from libs.mail.server import MailServer
from libs.mail.session import Mailer
from services.outbound.handlers.mails import MailHandlers
from services.outbound.store.mails import claimed
from tests.integration.outbound.mailing import ADA, BOB, EVE, SENDER, Open, asked, counted
from tests.integration.outbound.world import World
from tests.support.lock_sessions import end_lock_sessions
from tests.support.simulator import Simulator

pytestmark = pytest.mark.usefixtures("no_mails")


def handlers(sim: Simulator, pool: Pool, **different: Any) -> MailHandlers:
    """The handler of another process."""
    server = MailServer.of_url(f"smtp://127.0.0.1:{sim.smtp_port}", sim.ca)
    return MailHandlers(pool, Mailer(server, MailParty.read(SENDER), different.get("timeout_s", 5)))


async def test_each_recipient_gets_the_mail_once_and_alone(opened: Open) -> None:
    message = asked(
        ADA,
        BOB,
        subject="Aurora für Ada?",
        text=".\n..Ada asks for Aurora.\n",
        html="<p>Ada asks for <b>Aurora</b>.</p>",
    )
    async with opened() as outbound:
        await outbound.send(message)
        await outbound.ended(message)

        mails = await outbound.mails(message)
    assert sorted(each["to"] for each in mails) == [ADA.address, BOB.address]
    for each in mails:
        assert each["from"] == "rooms@example.org"
        assert each["message_id"] == f"<{message.mail_id}@example.org>"
        assert each["subject"] == "Aurora für Ada?"
        assert each["text"] == message.text
        assert each["html"] == "<p>Ada asks for <b>Aurora</b>.</p>\n"
    assert counted(message, "sent") == 2


async def test_a_mail_that_is_delivered_or_asked_for_again_mails_nobody_twice(opened: Open) -> None:
    message, message_id = asked(ADA, Person(address=ADA.address.upper())), uuid4()
    async with opened() as outbound:
        for _ in range(5):
            await outbound.send(message, message_id=message_id)
            await outbound.send(message)
        await outbound.idle()
        await outbound.send(message, message_id=message_id)
        await outbound.idle()

        assert [each["to"] for each in await outbound.mails(message)] == [ADA.address]
        assert counted(message, "sent") == 1


async def test_one_recipient_who_is_refused_keeps_the_others_from_nothing(opened: Open) -> None:
    endless = "x" * 10_000 + "@example.org"
    message = asked(ADA, Person(address=endless), EVE, BOB, Person(address="bob@home@example.org"))
    async with opened() as outbound:
        await outbound.fares(
            faults=[{"at": "rcpt", "code": 550, "text": f"<{EVE.address}> gone", "recipient": EVE.address}]
        )
        with capture_logs() as logs:
            await outbound.send(message)
            await outbound.idle()
        await outbound.fares(faults=[])
        await outbound.send(message)
        await outbound.idle()

        assert sorted(each["to"] for each in await outbound.mails(message)) == [ADA.address, BOB.address]
        assert await outbound.states(message) == {
            ADA.address: "sent",
            BOB.address: "sent",
            EVE.address: "refused",
            "bob@home@example.org": "refused",
            endless[:254]: "refused",
        }
        assert (counted(message, "sent"), counted(message, "refused")) == (2, 3)
    reasons = [each["reason"] for each in logs if each.get("result") == "refused"]
    assert "the mail server answered RCPT with 550 <…> gone" in reasons
    assert any(each.startswith("no mail address: ") for each in reasons)


@pytest.mark.parametrize("at", ["rcpt", "data"])
async def test_a_recipient_who_is_not_taken_now_is_tried_until_taken_and_the_others_are_not(
    opened: Open, at: str
) -> None:
    message, other = asked(BOB, ADA, EVE), asked(ADA)  # Ada is the first whose turn it is.
    async with opened() as outbound:
        await outbound.fares(faults=[{"at": at, "code": 451, "recipient": ADA.address}])
        await outbound.send(message)
        await outbound.send(other)
        await outbound.waits(2)
        assert await outbound.states(message) == {ADA.address: None, BOB.address: "sent", EVE.address: "sent"}
        assert await outbound.pool.fetchval("SELECT max(handed_over) FROM mails WHERE state IS NULL") == 0

        await outbound.fares(faults=[])
        await outbound.ended(message)
        await outbound.ended(other)

        assert sorted(each["to"] for each in await outbound.mails(message)) == [ADA.address, BOB.address, EVE.address]
        assert len(await outbound.mails(other)) == 1
        assert await outbound.bus.parked() == []


@asynccontextmanager
async def refusing_to_settle(world: World) -> AsyncIterator[None]:
    """Have the database refuse to record that a mail ended."""
    await world.admin.execute(
        """
        CREATE FUNCTION outbound.refuse_mails() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON outbound.mails FOR EACH ROW
            WHEN (new.state IS NOT NULL) EXECUTE FUNCTION outbound.refuse_mails()
        """
    )
    try:
        yield
    finally:
        await world.admin.execute("DROP FUNCTION outbound.refuse_mails CASCADE")


async def test_a_mail_that_could_not_be_recorded_is_recorded_later_and_not_sent_again(
    opened: Open, world: World
) -> None:
    message = asked()
    async with opened() as outbound:
        async with refusing_to_settle(world):
            await outbound.send(message)

            async def is_taken() -> None:
                assert len(await outbound.mails(message)) == 1

            await eventually(is_taken)
        await outbound.ended(message)
        assert len(await outbound.mails(message)) == 1


async def test_a_process_that_dies_before_it_recorded_a_mail_leaves_one_more_copy_at_most(
    world: World, pool: Pool
) -> None:
    message = asked()
    async with refusing_to_settle(world):
        (became,) = await handlers(world.sim, pool).on_mail_requested([message])
    assert isinstance(became, RetryLater)

    for _ in range(2):
        (became,) = await handlers(world.sim, pool).on_mail_requested([message])
        assert became == Finished(message)
    assert [each["message_id"] for each in await world.sim.mailed()] == [f"<{message.mail_id}@example.org>"] * 2


async def test_a_mail_that_another_process_hands_over_is_left_to_it_and_keeps_no_other_from_being_sent(
    world: World, pool: Pool
) -> None:
    taken, free = asked(BOB), asked(ADA)
    async with claimed(pool, taken.mail_id, BOB.address) as is_ours:
        assert is_ours
        became = await handlers(world.sim, pool).on_mail_requested([taken, free])

    assert [type(each) for each in became] == [RetryLater, Finished]
    (mail,) = await world.sim.mailed()
    assert (mail["to"], mail["text"]) == (ADA.address, "Ada asks for Aurora.\n")


async def test_the_mail_of_a_process_that_dies_is_handed_over_at_once_by_another(world: World, pool: Pool) -> None:
    message = asked(BOB)

    async def die_while_handing_over() -> None:
        async with claimed(pool, message.mail_id, BOB.address) as is_ours:
            assert is_ours
            await end_lock_sessions(world.admin)
            became.extend(await handlers(world.sim, pool).on_mail_requested([message]))

    became: list[object] = []
    with pytest.raises(AWAY):
        await die_while_handing_over()
    assert became == [Finished(message)]
    assert len(await world.sim.mailed()) == 1


async def test_of_processes_that_handle_the_same_mail_at_once_one_sends_it(world: World, pool: Pool) -> None:
    message = asked(ADA, BOB, EVE)
    became = await asyncio.gather(
        *(handlers(world.sim, pool).on_mail_requested([message.model_copy()]) for _ in range(8))
    )

    assert {type(each) for [each] in became} <= {Finished, RetryLater}
    (last,) = await handlers(world.sim, pool).on_mail_requested([message])
    assert last == Finished(message)
    assert sorted(each["to"] for each in await world.sim.mailed()) == [ADA.address, BOB.address, EVE.address]


async def test_a_mail_that_is_pointless_by_now_is_dropped(opened: Open, world: World) -> None:
    late, in_time = asked(expires_at=utc_now()), asked(expires_at=utc_now() + timedelta(hours=1))
    old = asked()
    async with opened() as outbound:
        await outbound.send(late)
        await outbound.send(in_time)
        await outbound.ended(late, "expired")
        await outbound.ended(in_time)

        await outbound.fares(faults=[{"at": "connect"}])
        await outbound.send(old)
        await outbound.waits(1)
        soon = asked(expires_at=utc_now() + timedelta(seconds=3))
        await outbound.send(soon)
        await outbound.waits(2)
        await pool_ages(outbound.pool, old)
        await outbound.ended(soon, "expired")
        await outbound.ended(old, "expired")
        await outbound.fares(faults=[])
        await outbound.idle()

        assert [await outbound.mails(each) for each in (late, soon, old)] == [[], [], []]
        assert [counted(each, "expired") for each in (late, soon, old, in_time)] == [1, 1, 1, 0]


async def pool_ages(pool: Pool, message: MailRequested) -> None:
    """Have a mail be asked for five days ago."""
    age = "UPDATE mails SET noted_at = noted_at - interval '5 days' WHERE mail_id = $1"
    await pool.execute(age, message.mail_id)


async def test_without_a_mail_server_a_mail_is_finished_and_it_is_said_once_and_for_each_mail(opened: Open) -> None:
    messages = [asked(ADA, BOB) for _ in range(3)]
    with capture_logs() as logs:
        async with opened(smtp_url=None, smtp_ca_file=None, mail_sender=None) as outbound:
            for each in messages:
                await outbound.send(each)

            async def are_finished() -> None:
                assert [counted(each, "not_configured") for each in messages] == [2, 2, 2]

            await eventually(are_finished)
            await outbound.send(messages[0])

            async def nothing_is_left() -> None:
                assert await outbound.pool.fetchval("SELECT count(*) FROM waiting") == 0
                assert await outbound.bus.parked() == []
                assert counted(messages[0], "not_configured") == 2
                for each in messages:
                    assert await outbound.states(each) == dict.fromkeys((ADA.address, BOB.address), "not_configured")

            await throughout(nothing_is_left, seconds=1)
    (said,) = [each for each in logs if each["log_level"] == "warning" and "mail is not set up" in str(each)]
    assert "ROOMSYNC_SMTP_URL" in said["reason"]


async def test_neither_logs_nor_metrics_hold_what_is_in_a_mail_or_whom_it_is_for(opened: Open) -> None:
    person = Person(address="zacharias@quux.example", name="Zacharias Quux")
    message = asked(person, subject="Xylophone", text="Xylophone", html="<p>Xylophone</p>", reply_to=person)
    quoting = f"<{person.address}> is not taken"
    with capture_logs() as logs:
        async with opened() as outbound:
            for code in (451, 550):
                await outbound.fares(
                    faults=[{"at": "rcpt", "code": code, "text": quoting, "recipient": person.address}]
                )
                await outbound.send(message)
                if code == 451:
                    await outbound.waits(1)
            await outbound.ended(message, "refused")
            stored = await outbound.pool.fetch("SELECT target.member, reason FROM waiting AS target")
    told = str(logs) + str([list(each.collect()) for each in [REGISTRY]]) + str(stored)
    assert "is not taken" in told
    for word in ("zacharias", "quux", "xylophone"):
        assert word not in told.lower()
