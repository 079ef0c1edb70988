"""Everybody is mailed once: whatever the mail server does, however often a mail is asked for, whoever dies."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from deploy.driver.eventually import eventually, throughout
from libs.common.clock import utc_now
from libs.common.db import Pool
from libs.common.handlers import Finished, RetryLater
from libs.contracts.messages import MailRequested
from libs.contracts.values import Person
from libs.mail.addresses import MailParty
from libs.mail.server import MailServer
from libs.mail.session import Mailer
from services.outbound.handlers.mails import MailHandlers
from tests.integration.outbound.mailing import ADA, BOB, EVE, INTERVAL_S, SENDER, Mailing, asked, mailing
from tests.integration.outbound.world import World
from tests.support.simulator import Simulator

Open = Callable[..., AbstractAsyncContextManager[Mailing]]


@pytest.fixture
def opened(world: World, migrated: str, amqp_url: str, tmp_path: Path, pool: Pool) -> Open:
    """Run outbound, as often as a test needs it; nothing is left of what was before."""

    @asynccontextmanager
    async def run(**settings: Any) -> AsyncIterator[Mailing]:
        async with mailing(world.sim, migrated, amqp_url, tmp_path, pool, **settings) as running:
            yield running

    return run


@pytest.fixture(autouse=True)
async def empty(pool: Pool) -> None:
    await pool.execute("TRUNCATE waiting, outbox, inbox, mails")


def refusing(person: Person, code: int, text: str) -> dict[str, Any]:
    return {"at": "rcpt", "code": code, "text": text, "recipient": person.address}


def counted(message: MailRequested, result: str) -> float:
    return REGISTRY.get_sample_value("roomsync_mails_total", {"about": message.about, "result": result}) or 0


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


@pytest.mark.parametrize(
    "fault",
    [
        {"at": "connect", "code": 421},
        {"at": "connect", "code": 554, "text": "5.3.2 Not now"},
        {"at": "connect"},
        {"at": "mail", "code": 451},
        {"at": "rcpt", "code": 421},
        {"at": "rcpt"},
    ],
    ids=["busy", "closed", "mute", "tired", "leaving", "hanging up"],
)
async def test_a_server_that_is_away_loses_nothing_and_nobody_is_mailed_twice_when_it_is_back(
    opened: Open, fault: dict[str, Any]
) -> None:
    messages = [asked(ADA, BOB) for _ in range(6)]
    async with opened() as outbound:
        await outbound.fares(faults=[fault])
        for each in messages:
            await outbound.send(each)
        await outbound.waits(len(messages))

        async def nothing_is_parked() -> None:
            assert await outbound.bus.parked() == []

        await throughout(nothing_is_parked, seconds=4 * INTERVAL_S)  # It is tried in vain for a while.

        await outbound.fares(faults=[])
        for each in messages:
            await outbound.ended(each)
            assert sorted(mail["to"] for mail in await outbound.mails(each)) == [ADA.address, BOB.address]
        assert await outbound.pool.fetchval("SELECT count(*) FROM waiting") == 0


async def test_what_waits_outlives_the_process_and_a_server_that_listens_nowhere(opened: Open) -> None:
    message = asked()
    async with opened(smtp_url="smtp://127.0.0.1:1") as outbound:
        await outbound.send(message)
        await outbound.waits(1)
    async with opened() as outbound:
        await outbound.ended(message)
        assert len(await outbound.mails(message)) == 1


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"at": "login", "code": 535, "text": "5.7.8 No"}, "user and password in ROOMSYNC_SMTP_URL"),
        ({"at": "mail", "code": 550, "text": "5.7.1 No"}, "ROOMSYNC_MAIL_SENDER"),
        ({"at": "rcpt", "code": 530, "text": "5.7.0 No"}, "user and password in ROOMSYNC_SMTP_URL"),
    ],
    ids=["login", "sender", "login-missing"],
)
async def test_what_only_an_administrator_can_mend_is_waited_for_and_said(
    opened: Open, world: World, wrong: dict[str, Any], remedy: str
) -> None:
    message = asked()
    url = f"smtp://rooms:right@127.0.0.1:{world.sim.smtp_port}"
    login = {"user": "rooms", "password": "right"}
    async with opened(smtp_url=url) as outbound:
        await outbound.fares(login=login, faults=[wrong])
        with capture_logs() as logs:
            await outbound.send(message)
            await outbound.waits(1)
        assert await outbound.states(message) == {ADA.address: None}
        said = [each for each in logs if each["event"] == "mail.not_possible"]
        assert said
        assert {each["log_level"] for each in said} == {"error"}
        assert all(remedy in each["reason"] for each in said)
        assert "right" not in str(logs)

        await outbound.fares(login=login, faults=[])
        await outbound.ended(message)
        assert len(await outbound.mails(message)) == 1


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [({"smtp_ca_file": None}, "ROOMSYNC_SMTP_CA_FILE"), ({}, "ROOMSYNC_SMTP_URL asks for")],
    ids=["unknown authority", "no STARTTLS"],
)
async def test_nobody_is_mailed_over_a_connection_that_is_not_as_safe_as_asked_for(
    opened: Open, wrong: dict[str, Any], remedy: str
) -> None:
    message = asked()
    async with opened(**wrong) as outbound:
        await outbound.fares(starttls=bool(wrong))
        with capture_logs() as logs:
            await outbound.send(message)
            await outbound.waits(1)
        assert await outbound.mails(message) == []
    assert any(remedy in each["reason"] for each in logs if each["event"] == "mail.not_possible")


async def test_a_server_that_takes_its_time_with_a_mail_gets_it_once(opened: Open) -> None:
    message = asked()
    async with opened(smtp_timeout_s=0.5) as outbound:
        await outbound.fares(answer_delay_s=1)
        await outbound.send(message)
        await outbound.ended(message)

        assert len(await outbound.mails(message)) == 1


async def test_a_mail_that_was_woken_in_vain_ever_so_often_goes_on_waiting(opened: Open) -> None:
    message = asked()
    async with opened() as outbound:
        await outbound.fares(faults=[{"at": "connect"}])
        await outbound.send(message)
        await outbound.waits(1)
        await outbound.pool.execute("UPDATE waiting SET wakes = 1000")

        async def nothing_is_parked() -> None:
            assert await outbound.bus.parked() == []

        await throughout(nothing_is_parked, seconds=6)
        await outbound.fares(faults=[])
        await outbound.ended(message)


async def test_a_mail_that_was_taken_without_a_word_is_sent_at_most_once_more(opened: Open) -> None:
    message = asked(ADA, BOB)
    async with opened() as outbound:
        await outbound.fares(drop_after_data=1)
        await outbound.send(message)
        await outbound.ended(message)

        mails = await outbound.mails(message)
        assert sorted(each["to"] for each in mails) == [ADA.address, ADA.address, BOB.address]
        assert {each["message_id"] for each in mails} == {f"<{message.mail_id}@example.org>"}


async def test_a_server_that_never_says_that_it_took_a_mail_gets_it_twice_and_no_more(opened: Open) -> None:
    message = asked()
    async with opened() as outbound:
        await outbound.fares(drop_after_data=1000)
        await outbound.send(message)
        await outbound.ended(message, "unconfirmed")
        await outbound.send(message)
        await outbound.fares(drop_after_data=0)
        await outbound.idle()

        assert len(await outbound.mails(message)) == 2
        assert counted(message, "unconfirmed") == 1


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

    (became,) = await handlers(world.sim, pool).on_mail_requested([message])
    assert became == RetryLater(message, "another process is handing this mail over"), "it may be still at it"
    assert len(await world.sim.mailed()) == 1

    await pool.execute("UPDATE mails SET claimed_until = clock_timestamp()")
    (became,) = await handlers(world.sim, pool).on_mail_requested([message])
    assert became == Finished(message)
    assert [each["message_id"] for each in await world.sim.mailed()] == [f"<{message.mail_id}@example.org>"] * 2


async def test_a_mail_that_another_process_hands_over_keeps_the_next_one_from_nothing(world: World, pool: Pool) -> None:
    claimed, free = asked(BOB), asked(ADA)
    await pool.execute(
        """
        INSERT INTO mails (mail_id, recipient, handed_over, claimed_until)
        VALUES ($1, $2, 1, clock_timestamp() + interval '1 minute')
        """,
        claimed.mail_id,
        BOB.address,
    )

    became = await handlers(world.sim, pool).on_mail_requested([claimed, free])

    assert [type(each) for each in became] == [RetryLater, Finished]
    (mail,) = await world.sim.mailed()
    assert (mail["to"], mail["text"]) == (ADA.address, "Ada asks for Aurora.\n")


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
    soon, old = asked(expires_at=utc_now() + timedelta(seconds=2)), asked()
    async with opened() as outbound:
        await outbound.send(late)
        await outbound.send(in_time)
        await outbound.ended(late, "expired")
        await outbound.ended(in_time)

        await outbound.fares(faults=[{"at": "connect"}])
        await outbound.send(soon)
        await outbound.send(old)
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


async def test_without_a_mail_server_a_mail_is_finished_and_it_is_said_once(opened: Open) -> None:
    messages = [asked(ADA, BOB) for _ in range(3)]
    with capture_logs() as logs:
        async with opened(smtp_url=None, smtp_ca_file=None, mail_sender=None) as outbound:
            for each in messages:
                await outbound.send(each)

            async def are_finished() -> None:
                assert [counted(each, "not_configured") for each in messages] == [2, 2, 2]

            await eventually(are_finished)

            async def nothing_is_left() -> None:
                assert await outbound.pool.fetchval("SELECT (SELECT count(*) FROM waiting) + count(*) FROM mails") == 0
                assert await outbound.bus.parked() == []

            await throughout(nothing_is_left, seconds=1)
    (said,) = [each for each in logs if each["log_level"] == "warning" and "mail is not set up" in str(each)]
    assert "ROOMSYNC_SMTP_URL" in said["reason"]


async def test_people_whose_addresses_are_not_ascii_are_mailed_where_the_server_can(opened: Open) -> None:
    message = asked(Person(address="ädä@bücher.example", name="Ädä, L."), Person(address="bob@bücher.example"))
    other = message.model_copy(update={"mail_id": uuid4()})
    async with opened() as outbound:
        await outbound.send(message)
        await outbound.ended(message)
        await outbound.fares(smtputf8=False)
        await outbound.send(other)
        await outbound.idle()

        known = {each["to"] for each in await outbound.mails(message)}
        assert known == {"ädä@xn--bcher-kva.example", "bob@xn--bcher-kva.example"}
        assert [each["to"] for each in await outbound.mails(other)] == ["bob@xn--bcher-kva.example"]
        assert (await outbound.states(other))["ädä@bücher.example"] == "refused"


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
