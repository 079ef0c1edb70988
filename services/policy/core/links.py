"""Links by which a person acts without signing in: what for, about what, in whose name, and until when.

A link is a capability: whoever has it may open its page and act there as the person it was made for. So it is signed,
it expires, and opening it changes nothing: mail scanners follow links. One rule: nothing of a link but what is signed
is believed.

Source: https://www.rfc-editor.org/rfc/rfc7519 and https://www.rfc-editor.org/rfc/rfc8725
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import jwt

ALGORITHM = "HS256"
PATH = "/links/"
LONGEST_TOKEN = 2048
"""How many characters of an address are read; what we make is a fifth of it."""


class LinkPurpose(StrEnum):
    """What may be done by a link."""

    DECIDE_QUESTION = "decide_question"
    """Approve or reject; about an approval."""

    BOOK_INSTEAD = "book_instead"
    """Book another time or another space, or wait for this one; about a reservation that was declined."""

    TAKE_OFFER = "take_offer"
    """Take or refuse a time that became free; about a request of a waiting list."""


@dataclass(frozen=True, slots=True)
class Link:
    """A right to act as `person`, by the address that the link was sent to, until `expires_at`, to the second."""

    purpose: LinkPurpose
    about: UUID
    person: str
    expires_at: datetime


class LinkRefused(Exception):
    """A link by which nothing can be done."""


class LinkAltered(LinkRefused):
    """The link is not as we made it: cut off on its way, altered, or signed by a secret that no longer counts."""


class LinkExpired(LinkRefused):
    """The link is ours, and its time is over."""


class LinkSigner:
    """Make links below an origin, and read them. The first secret signs; all of them verify, so secrets can rotate."""

    def __init__(self, origin: str, secrets: Sequence[str]) -> None:
        self._prefix = origin.rstrip("/") + PATH
        self._secrets = tuple(secrets)

    def url_of(self, link: Link) -> str:
        """Return the address of a link's page; the same link has the same address."""
        claims = {
            "purpose": link.purpose.value,
            "sub": str(link.about),
            "person": link.person,
            "exp": int(link.expires_at.timestamp()),
        }
        return self._prefix + jwt.encode(claims, self._secrets[0], ALGORITHM)

    def read(self, token: str, now: datetime) -> Link:
        """Return the link that ends with this token. Raises `LinkAltered` and `LinkExpired`."""
        if len(token) > LONGEST_TOKEN:
            raise LinkAltered
        for secret in self._secrets:
            try:
                link = _read(token, secret)
            except (jwt.PyJWTError, ValueError, KeyError, TypeError):
                continue
            if link.expires_at <= now:
                raise LinkExpired
            return link
        raise LinkAltered


def _read(token: str, secret: str) -> Link:
    """Return what one secret signed. When it expires is compared by the caller, whose clock counts."""
    claims = jwt.decode(token, secret, algorithms=[ALGORITHM], options={"verify_exp": False, "require": ["exp", "sub"]})
    return Link(
        LinkPurpose(claims["purpose"]),
        UUID(claims["sub"]),
        str(claims["person"]),
        datetime.fromtimestamp(claims["exp"], UTC),
    )
