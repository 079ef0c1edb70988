"""Put pseudonyms in place of names and addresses, so that a report can be shown to others.

A name has the same pseudonym throughout a report and in every later one of the same installation, and another one in
any other installation. Ids of ours stay: they say nothing to strangers.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from services.doctor.name_index import NameIndex

_ADDRESS = re.compile(r"[^\s@'\"`<>(),;:/]+@[^\s@'\"`<>(),;:/]+\.\w+")
_URL = re.compile(r"(?<=://)[^\s/'\"`?#,]+")
_PUBLIC = frozenset({"status.cloud.microsoft", "rooms.contoso.com", "login.microsoftonline.com", "graph.microsoft.com"})
"""Hosts that the remedies name, which are the same for everybody."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is to be replaced: `names`, whose kinds are what they name, such as space or host."""

    key: bytes = field(repr=False)
    names: NameIndex = field(repr=False)

    def of(self, text: str) -> str:
        """Return a text with every known name, and everything that looks like an address or a host, replaced."""
        text = self.names.replace(text, self._pseudonym)
        text = _ADDRESS.sub(lambda found: self._pseudonym("mailbox", found[0]), text)
        return _URL.sub(lambda found: found[0] if found[0] in _PUBLIC else self._pseudonym("host", found[0]), text)

    def of_all(self, value: Any) -> Any:  # noqa: ANN401 - whatever JSON has
        """Return a JSON value with every string in it replaced so."""
        match value:
            case str():
                return self.of(value)
            case list():
                return [self.of_all(each) for each in value]
            case dict():
                return {name: self.of_all(each) for name, each in value.items()}
            case _:
                return value

    def _pseudonym(self, kind: str, name: str) -> str:
        return f"{kind}-{hmac.digest(self.key, name.lower().encode(), 'sha256').hex()[:8]}"


def redaction(secret: str, names: Iterable[tuple[str | None, str]]) -> Redaction:
    """Return what replaces these names, each with its kind. The secret keeps strangers from trying names out."""
    known = sorted({(name, kind) for name, kind in names if name})
    key = sha256(f"roomsync doctor {secret}".encode()).digest()
    return Redaction(key, NameIndex(known, folded=frozenset({"mailbox", "host"})))
