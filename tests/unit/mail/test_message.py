"""A mail as a message: what people wrote arrives as they wrote it, and is nothing but what they wrote."""

import email
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import parseaddr
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.mail.addresses import LONGEST_NAME, MailParty, one_line
from libs.mail.message import LONGEST_SUBJECT, Mail, written

AT = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
ID = UUID("d4f6a1b9-3e5c-4a72-8c9d-2b6e7f8a1c66")
ROOMS = MailParty.of("rooms@bücher.example", "Room Reservations")
ADA = MailParty.of("ada@example.org", "Ada")
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"}
LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=300)


def mail(**different: object) -> Mail:
    return Mail(**{"mail_id": ID, "subject": "Please decide", "text": "Ada asks for Aurora.\n"} | different)  # type: ignore[arg-type]


def read(content: bytes) -> EmailMessage:
    found = email.message_from_bytes(content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def raw(content: bytes) -> Message:
    """The message with its headers as they are written."""
    return email.message_from_bytes(content)


def decoded(header: str) -> str:
    return str(make_header(decode_header(header.replace("\r\n", ""))))


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    found: str = part.get_content()
    return found.replace("\r\n", "\n")


def test_a_mail_says_who_sends_it_to_whom_and_that_no_person_did() -> None:
    message = read(written(mail(reply_to=MailParty.of("eve@example.org", "Eve")), ROOMS, ADA, AT))

    assert {name: str(value) for name, value in message.items() if not name.startswith("Content-")} == {
        "From": "Room Reservations <rooms@xn--bcher-kva.example>",
        "To": "Ada <ada@example.org>",
        "Reply-To": "Eve <eve@example.org>",
        "Subject": "Please decide",
        "Date": "Mon, 01 Mar 2027 09:30:00 +0000",
        "Message-ID": f"<{ID}@xn--bcher-kva.example>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }
    assert message.get_content_type() == "text/plain"
    assert text_of(message) == "Ada asks for Aurora.\n"


def test_the_same_text_comes_plain_first_and_then_as_html() -> None:
    message = read(written(mail(html="<p>Ada asks for <b>Aurora</b>.</p>"), ROOMS, ADA, AT))

    assert message.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
    assert text_of(message, "html") == "<p>Ada asks for <b>Aurora</b>.</p>\n"


@given(subject=LINES, name=LINES, text=LINES, html=LINES)
def test_whatever_people_write_is_neither_a_header_nor_lost(subject: str, name: str, text: str, html: str) -> None:
    recipient = MailParty.of("ada@example.org", name)
    content = written(mail(subject=subject, text=text, html=html), ROOMS, recipient, AT)
    message = read(content)

    assert content.isascii()
    assert {key for key in raw(content) if not key.startswith("Content-")} == HEADERS
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
    assert decoded(raw(content)["Subject"]) == one_line(subject[:LONGEST_SUBJECT])
    shown, address = parseaddr(raw(content)["To"].replace("\r\n", ""))
    assert (decoded(shown), address) == (recipient.name, "ada@example.org")
    assert len(recipient.name) <= LONGEST_NAME
    ends = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    assert text_of(message) == ends


@pytest.mark.parametrize(
    "subject",
    [
        "Hello\r\nBcc: eve@example.org",
        "Hello\nContent-Type: text/html\n\n<b>",
        "Hello\r\n\r\n.\r\nMAIL FROM:<eve@example.org>",
        "Hello\x85Bcc: eve@example.org",
        "Hello\u2028Bcc: eve@example.org",
        "=?utf-8?q?Hello=0D=0ABcc=3A_eve=40example=2Eorg?=",
    ],
)
def test_a_hostile_subject_is_only_a_subject(subject: str) -> None:
    content = written(mail(subject=subject), ROOMS, ADA, AT)
    message = read(content)

    assert {key for key in message if not key.startswith("Content-")} == HEADERS
    assert {key for key in raw(content) if not key.startswith("Content-")} == HEADERS
    assert decoded(raw(content)["Subject"]) == one_line(subject)
    assert text_of(message) == "Ada asks for Aurora.\n"


def test_lines_of_any_length_are_encoded() -> None:
    content = written(mail(text="x" * 90_000, html="<p>" + "ü" * 90_000), ROOMS, ADA, AT)

    assert max(len(line) for line in content.split(b"\r\n")) <= 78
    assert text_of(read(content)) == "x" * 90_000 + "\n"


def test_only_an_address_that_is_not_ascii_makes_a_message_that_is_not() -> None:
    content = written(mail(), ROOMS, MailParty.of("ädä@example.org", "Ädä"), AT)

    assert "ädä@example.org" in content.decode("utf-8")
    assert raw(content)["Message-ID"] == f"<{ID}@xn--bcher-kva.example>"
