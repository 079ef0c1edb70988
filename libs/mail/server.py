"""The mail server that a URL names: where it is, how the connection is encrypted, and who we are there."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

EXAMPLE = "smtp://user:password@host:587"
_QUOTING = f"must be an address such as {EXAMPLE}, with : / ? # @ in a password percent-encoded"


class Encryption(StrEnum):
    """How the connection is encrypted. A mail goes over no connection with less."""

    FROM_THE_START = "from the start"
    STARTTLS = "required"
    NONE = "off"


PORTS = {Encryption.FROM_THE_START: 465, Encryption.STARTTLS: 587, Encryption.NONE: 25}
"""The usual ports. Source: https://www.rfc-editor.org/rfc/rfc8314#section-3.3 and rfc6409#section-3.1"""


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server, and the authority to trust for it; that of the system if None."""

    host: str
    port: int
    encryption: Encryption
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None

    @classmethod
    def of_url(cls, url: str, ca_file: Path | None = None) -> Self:
        """Read a URL. Raises ValueError, whose message says what it must be and never shows it."""
        try:
            parts = urlsplit(url)
            port, asked = parts.port, parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        except ValueError:
            raise ValueError(_QUOTING) from None
        is_whole = bool(parts.hostname) and port != 0 and parts.path in {"", "/"} and not parts.fragment
        if parts.scheme not in {"smtp", "smtps"} or not is_whole or "@" in parts.query:
            raise ValueError(_QUOTING)
        encryption = _encryption(parts.scheme, asked)
        user, password = (unquote(each) if each else None for each in (parts.username, parts.password))
        if (user is None) != (password is None):
            raise ValueError("must name both a user and a password, or neither")
        if password is not None and encryption is Encryption.NONE:
            raise ValueError("must not turn off STARTTLS and hold a password, which everybody on the way could read")
        return cls(str(parts.hostname), port or PORTS[encryption], encryption, user, password, ca_file)

    def trust(self) -> ssl.SSLContext | None:
        """Return whom to trust; None without encryption. Raises OSError if the file of the authority is no such."""
        if self.encryption is Encryption.NONE:
            return None
        return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)


def _encryption(scheme: str, asked: list[tuple[str, str]]) -> Encryption:
    if scheme == "smtps":
        if asked:
            raise ValueError("must not ask for anything after a ? with smtps://, which is encrypted from the start")
        return Encryption.FROM_THE_START
    match asked:
        case [] | [("starttls", "required")]:
            return Encryption.STARTTLS
        case [("starttls", "off")]:
            return Encryption.NONE
        case _:
            raise ValueError("may have only ?starttls=required, which is so unless said, or ?starttls=off after it")
