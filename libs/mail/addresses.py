"""Mail addresses, as they are said to a mail server and written into headers.

One rule: an address that was read cannot hold anything that ends a command or a header.
"""

import re
import unicodedata
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Self

import idna

LONGEST_LOCAL_PART, LONGEST_ADDRESS, LONGEST_NAME = 64, 254, 128
_NOT_IN_LOCAL_PART = re.compile(r'[\s<>()\[\],;:\\"@]')
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class NoMailAddress(ValueError):
    """A text is no address that mail can be sent to. The message says why, without the text."""


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address that can be said to a mail server. The domain is in ASCII, whatever language it is in.

    Only a local part with other characters needs a server that speaks SMTPUTF8.
    Source: https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2, section-4.5.3.1 and
    https://www.rfc-editor.org/rfc/rfc6531
    """

    local_part: str
    domain: str

    @classmethod
    def read(cls, text: str) -> Self:
        """Read an address. Raises `NoMailAddress`. Quoted local parts and addresses of machines by number are none."""
        local_part, at, domain = text.strip().rpartition("@")
        if not at or not local_part or not domain:
            raise NoMailAddress("a mail address has a part before and a part after an @")
        if _NOT_IN_LOCAL_PART.search(local_part) or any(unicodedata.category(each) in _UNSEEN for each in local_part):
            raise NoMailAddress("the part before the @ holds a character that needs quotes")
        if "" in local_part.split("."):
            raise NoMailAddress("the part before the @ has a dot too many")
        try:
            ascii_domain = idna.encode(domain, uts46=True).decode()
        except (idna.IDNAError, UnicodeError) as error:
            raise NoMailAddress("the part after the @ is no name of a domain") from error
        read = cls(local_part, ascii_domain)
        if len(local_part.encode()) > LONGEST_LOCAL_PART or len(str(read).encode()) > LONGEST_ADDRESS:
            raise NoMailAddress("it is too long for a mail address")
        return read

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server that speaks SMTPUTF8 understands it."""
        return not self.local_part.isascii()

    def __str__(self) -> str:
        return f"{self.local_part}@{self.domain}"


@dataclass(frozen=True, slots=True)
class MailParty:
    """Whom mail comes from or goes to: an address, and a name in one line, empty if there is none."""

    address: MailAddress
    name: str = ""

    @classmethod
    def of(cls, address: str, name: str | None = None) -> Self:
        """Make one of an address and any text as name. Raises `NoMailAddress`."""
        return cls(MailAddress.read(address), one_line(name or "")[:LONGEST_NAME].strip())

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `Rooms <rooms@example.org>` or an address alone. Raises `NoMailAddress`."""
        found = getaddresses([text])
        if len(found) != 1:
            raise NoMailAddress("it is not one mail address")
        ((name, address),) = found
        return cls.of(address, name)


def one_line(text: str) -> str:
    """Return a text as one line: whatever is no visible character is a space, and several of them are one."""
    return " ".join("".join(" " if unicodedata.category(each) in _UNSEEN else each for each in text).split())
