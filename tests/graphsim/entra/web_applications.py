"""Applications that people sign in to: how they prove who they are, and the addresses to which answers may be sent.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/reply-url
"""

import hmac
import secrets
from dataclasses import dataclass, field
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class WebApplication:
    """One of them. An answer goes only to an address that is registered, to the letter."""

    redirect_uris: tuple[str, ...]
    client_id: str = field(default_factory=lambda: str(uuid4()))
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(30), repr=False)
    certificate: str | None = None

    def has_secret(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.secret.encode())


class WebApplications:
    """Every registered application by its client id; none at first."""

    def __init__(self) -> None:
        self._known: dict[str, WebApplication] = {}

    def reset(self) -> None:
        self._known.clear()

    def add(self, application: WebApplication) -> None:
        self._known[application.client_id] = application

    def find(self, client_id: str) -> WebApplication | None:
        return self._known.get(client_id)

    def have_registered(self, uri: str) -> bool:
        """Whether any of them has registered this address."""
        return any(uri in each.redirect_uris for each in self._known.values())
