"""A mail server that is away, slow, unsafe, or wrong about us loses no mail and gets none too often."""

from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from deploy.driver.eventually import throughout
from libs.contracts.values import Person
from tests.integration.outbound.mailing import ADA, BOB, INTERVAL_S, Open, asked, counted
from tests.integration.outbound.world import World

pytestmark = pytest.mark.usefixtures("no_mails")


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
