"""The simulator's mail server, as Python's own client meets it."""

import asyncio
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from tests.support.simulator import Simulator

ADA, EVE, ROOMS = "ada@example.org", "eve@example.org", "rooms@example.org"


def message(subject: str = "Aurora", text: str = "Please decide.", html: str | None = None) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = ROOMS, ADA, subject, "<1@example.org>"
    made.set_content(text)
    if html is not None:
        made.add_alternative(html, subtype="html")
    return made


async def talking(sim: Simulator, talk: Callable[[smtplib.SMTP], Any], *, starttls: bool = True) -> Any:
    """Talk to the mail server in a thread, over a connection that trusts the simulator's authority."""

    def whole() -> Any:
        with smtplib.SMTP("127.0.0.1", sim.smtp_port, timeout=10) as client:
            if starttls:
                client.starttls(context=sim.trust)
            return talk(client)

    return await asyncio.to_thread(whole)


async def sent(sim: Simulator, made: EmailMessage, *to: str, **more: Any) -> Any:
    return await talking(sim, lambda client: client.send_message(made, ROOMS, to or (ADA,), **more))


async def test_every_mail_is_taken_and_shown_once_for_each_recipient(sim: Simulator) -> None:
    await sent(sim, message("Grüße", "Hällo\n.\n..dots\n", "<p>Hällo</p>"), ADA, EVE)

    mails = await sim.mailed()
    assert [each["to"] for each in mails] == [ADA, EVE]
    for each in mails:
        assert set(each) == {"from", "to", "subject", "text", "html", "at", "message_id"}
        assert (each["from"], each["subject"], each["message_id"]) == (ROOMS, "Grüße", "<1@example.org>")
        assert (each["text"], each["html"]) == ("Hällo\n.\n..dots\n", "<p>Hällo</p>\n")


async def test_a_reset_empties_it_and_ends_every_fault(sim: Simulator) -> None:
    await sent(sim, message())
    before = await sim.ask("PUT", "/smtp", {})
    await sim.ask("PUT", "/smtp", {"faults": [{"at": "mail", "code": 550}], "starttls": False})

    await sim.reset()

    assert await sim.mailed() == []
    assert await sim.ask("PUT", "/smtp", {}) == before
    await sent(sim, message())


@pytest.mark.parametrize(
    ("at", "error"),
    [
        ("connect", smtplib.SMTPConnectError),
        ("mail", smtplib.SMTPSenderRefused),
        ("rcpt", smtplib.SMTPRecipientsRefused),
        ("data", smtplib.SMTPDataError),
    ],
)
async def test_a_step_is_refused_as_often_as_told(sim: Simulator, at: str, error: type[Exception]) -> None:
    await sim.ask("PUT", "/smtp", {"faults": [{"at": at, "code": 451, "text": "4.3.0 Later", "times": 1}]})

    with pytest.raises(error) as refused:
        await sent(sim, message())
    assert "451" in str(refused.value)
    assert "4.3.0 Later" in str(refused.value)
    assert await sim.mailed() == []

    await sent(sim, message())
    assert len(await sim.mailed()) == 1


async def test_one_recipient_is_refused_and_another_taken(sim: Simulator) -> None:
    await sim.ask("PUT", "/smtp", {"faults": [{"at": "rcpt", "code": 550, "recipient": EVE.upper()}]})

    assert list(await sent(sim, message(), ADA, EVE)) == [EVE]
    assert [each["to"] for each in await sim.mailed()] == [ADA]


@pytest.mark.parametrize("starttls", [True, False])
@pytest.mark.parametrize("at", ["connect", "mail", "rcpt", "data"])
async def test_without_a_code_the_connection_is_closed_without_a_word(sim: Simulator, at: str, starttls: bool) -> None:
    await sim.ask("PUT", "/smtp", {"faults": [{"at": at}]})

    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        await talking(sim, lambda client: client.send_message(message(), ROOMS, [ADA]), starttls=starttls)
    assert await sim.mailed() == []


@pytest.mark.parametrize("starttls", [True, False])
async def test_a_mail_is_taken_and_the_connection_closed_before_it_says_so(sim: Simulator, starttls: bool) -> None:
    await sim.ask("PUT", "/smtp", {"drop_after_data": 1})
    said = []
    for _ in range(2):
        try:
            await talking(sim, lambda client: client.send_message(message(), ROOMS, [ADA]), starttls=starttls)
            said.append(True)
        except (smtplib.SMTPServerDisconnected, OSError):
            said.append(False)

    assert said == [False, True]
    assert len(await sim.mailed()) == 2


async def test_only_who_may_send_mail_can_if_a_login_is_set(sim: Simulator) -> None:
    await sim.ask("PUT", "/smtp", {"login": {"user": "rooms", "password": "right"}})

    def as_rooms(password: str) -> Callable[[smtplib.SMTP], Any]:
        def talk(client: smtplib.SMTP) -> Any:
            client.login("rooms", password)
            return client.send_message(message(), ROOMS, [ADA])

        return talk

    with pytest.raises(smtplib.SMTPSenderRefused):
        await sent(sim, message())
    with pytest.raises(smtplib.SMTPAuthenticationError):
        await talking(sim, as_rooms("wrong"))
    await talking(sim, as_rooms("right"))
    assert len(await sim.mailed()) == 1


async def test_it_offers_starttls_and_smtputf8_unless_told_otherwise(sim: Simulator) -> None:
    async def offered() -> set[str]:
        def talk(client: smtplib.SMTP) -> set[str]:
            client.ehlo()
            return set(client.esmtp_features) & {"starttls", "smtputf8"}

        found: set[str] = await talking(sim, talk, starttls=False)
        return found

    assert await offered() == {"starttls", "smtputf8"}
    await sim.ask("PUT", "/smtp", {"starttls": False, "smtputf8": False})
    assert await offered() == set()
