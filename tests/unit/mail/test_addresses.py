"""Addresses and names: what can be mailed, said so that nothing in it is a command or a header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.mail.addresses import LONGEST_NAME, MailAddress, MailParty, NoMailAddress


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ada@example.org", "ada@example.org"),
        (" Ada.Lovelace+rooms@Example.ORG ", "Ada.Lovelace+rooms@example.org"),
        ("o'hara_1!#$%&*/=?^`{|}~-@example.org", "o'hara_1!#$%&*/=?^`{|}~-@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("ädä@example.org", "ädä@example.org"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_is_said_as_servers_know_it(text: str, said: str) -> None:
    address = MailAddress.read(text)

    assert str(address) == said
    assert address.needs_utf8 == (not said.isascii())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "ada",
        "ada@",
        "@example.org",
        "ada@example..org",
        "ada@-example.org",
        "ada@exa mple.org",
        "ada@[127.0.0.1]",
        "ada@example.org\r\nRCPT TO:<eve@example.org>",
        "ada\r\nBcc: eve@example.org",
        "ada>\r\nRCPT TO:<eve@example.org",
        "ada> SIZE=1 <eve@example.org",
        "ada lovelace@example.org",
        '"ada lovelace"@example.org',
        "ada@home@example.org",
        "ada,eve@example.org",
        "ada\x00@example.org",
        "ada\u2028@example.org",
        "ada\u202e@example.org",
        ".ada@example.org",
        "a..da@example.org",
        "a" * 65 + "@example.org",
        "ada@" + "a" * 64 + ".example",
        "ada@" + ".".join(["a" * 60] * 5),
    ],
)
def test_what_cannot_be_mailed_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(NoMailAddress) as refused:
        MailAddress.read(text)

    assert text.strip("@ ") == "" or text not in str(refused.value)


@given(st.text(max_size=80))
def test_no_text_becomes_an_address_that_ends_a_command(text: str) -> None:
    try:
        said = str(MailAddress.read(text + "@example.org"))
    except NoMailAddress:
        return
    assert not set(said) & set("\r\n<>\x00 ")
    assert len(said.splitlines()) == 1


def test_a_name_is_one_line_and_no_longer_than_a_header_can_bear() -> None:
    assert MailParty.of("ada@example.org", "Ada\r\nBcc: eve@example.org\u2028\u202eL.").name == (
        "Ada Bcc: eve@example.org L."
    )
    assert len(MailParty.of("ada@example.org", "Ada " * 1000).name) <= LONGEST_NAME
    assert MailParty.of("ada@example.org").name == ""


def test_a_sender_is_read_with_or_without_a_name() -> None:
    assert MailParty.read('"Rooms, North" <rooms@example.org>') == (MailParty.of("rooms@example.org", "Rooms, North"))
    assert MailParty.read("rooms@example.org") == MailParty.of("rooms@example.org")


@pytest.mark.parametrize("text", ["", "Rooms", "a@example.org, b@example.org", "Rooms <>", "<rooms@>"])
def test_what_is_not_one_sender_is_refused(text: str) -> None:
    with pytest.raises(NoMailAddress):
        MailParty.read(text)
