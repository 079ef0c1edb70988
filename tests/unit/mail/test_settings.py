"""Which mail server is meant, and what contradicts itself."""

from pathlib import Path

import pytest
import trustme
from pydantic import ValidationError

from libs.mail.server import Encryption, MailServer
from libs.mail.settings import MailSettings

SENDER = "Rooms <rooms@example.org>"
PASSWORD = "hush:hush"


def settings(**given: object) -> MailSettings:
    return MailSettings.model_validate({"mail_sender": SENDER, **given})


def refused(**given: object) -> str:
    with pytest.raises(ValidationError) as error:
        settings(**given)
    (first,) = error.value.errors(include_input=False)
    assert PASSWORD not in first["msg"]
    return f"{first['loc'][0]} {first['msg'].removeprefix('Value error, ')}"


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("smtp://mail.example.org", MailServer("mail.example.org", 587, Encryption.STARTTLS)),
        ("smtp://mail.example.org?starttls=required", MailServer("mail.example.org", 587, Encryption.STARTTLS)),
        ("smtp://127.0.0.1:2525/?starttls=off", MailServer("127.0.0.1", 2525, Encryption.NONE)),
        ("smtp://relay?starttls=off", MailServer("relay", 25, Encryption.NONE)),
        ("smtps://[::1]:4650", MailServer("::1", 4650, Encryption.FROM_THE_START)),
        (
            "smtps://rooms%40example.org:hush%3Ahush@mail.example.org",
            MailServer("mail.example.org", 465, Encryption.FROM_THE_START, "rooms@example.org", PASSWORD),
        ),
    ],
)
def test_a_url_says_where_the_server_is_and_how_it_is_reached(url: str, meant: MailServer) -> None:
    assert settings(smtp_url=url).mail_server == meant
    assert PASSWORD not in repr(settings(smtp_url=url)) + repr(meant)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mail.example.org:25", "must be an address such as smtp://"),
        ("https://mail.example.org", "must be an address such as smtp://"),
        ("smtp://", "must be an address such as smtp://"),
        ("smtp://mail.example.org:port", "must be an address such as smtp://"),
        ("smtp://mail.example.org:0", "must be an address such as smtp://"),
        ("smtp://mail.example.org/inbox", "must be an address such as smtp://"),
        ("smtp://rooms:hush?hush@mail.example.org", "must be an address such as smtp://"),
        ("smtp://rooms:hush#hush@mail.example.org", "must be an address such as smtp://"),
        ("smtp://rooms@mail.example.org", "must name both a user and a password"),
        ("smtp://:hush%3Ahush@mail.example.org", "must name both a user and a password"),
        ("smtp://rooms:hush%3Ahush@mail.example.org?starttls=off", "must not turn off STARTTLS and hold a password"),
        ("smtps://mail.example.org?starttls=off", "must not ask for anything after a ?"),
        ("smtp://mail.example.org?starttls=maybe", "may have only ?starttls=required"),
        ("smtp://mail.example.org?tls=off", "may have only ?starttls=required"),
        ("smtp://mail.example.org?starttls=off&starttls=required", "may have only ?starttls=required"),
    ],
)
def test_a_url_that_makes_no_sense_is_refused_without_being_shown(url: str, sentence: str) -> None:
    assert refused(smtp_url=url).startswith(f"smtp_url {sentence}")


def test_a_mail_server_needs_a_sender_and_a_sender_an_address() -> None:
    assert refused(smtp_url="smtp://mail.example.org", mail_sender=None).startswith("mail_sender must be set if ")
    assert refused(mail_sender="Rooms").startswith("mail_sender must be such as ")


def test_an_authority_has_to_be_one_that_is_used(tmp_path: Path) -> None:
    nothing, ca = tmp_path / "nothing.pem", tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(ca)
    for wrong in (nothing, tmp_path):
        sentence = refused(smtp_url="smtp://mail.example.org", smtp_ca_file=wrong)
        assert sentence.startswith("smtp_ca_file must name a PEM file")
    assert refused(smtp_url="smtp://mail.example.org?starttls=off", smtp_ca_file=ca).startswith(
        "smtp_ca_file must not be set where"
    )
    server = settings(smtp_url="smtp://mail.example.org", smtp_ca_file=ca).mail_server
    assert server is not None
    assert server.ca_file == ca


def test_without_a_mail_server_nothing_else_is_needed() -> None:
    for nothing in ({}, {"smtp_url": "", "mail_sender": ""}, {"smtp_url": " \n"}):
        settings = MailSettings.model_validate(nothing)
        assert (settings.mail_server, settings.sender) == (None, None)
