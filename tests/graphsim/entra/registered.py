"""The credentials that are registered for our application: secrets, certificates, and identities of other issuers.

A secret and a certificate are there from the start. Tests add others, have them expire, and revoke them. What a
federated identity says is believed if the key that was registered with it signed it; Entra would fetch the issuer's.

Source: https://learn.microsoft.com/en-us/graph/api/resources/application#properties
Source: https://learn.microsoft.com/en-us/graph/api/resources/federatedidentitycredential
"""

import hmac
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import Certificate, load_pem_x509_certificate

from tests.graphsim.entra.applications import Credentials

EXCHANGE = "api://AzureADTokenExchange"


@dataclass(slots=True)
class RegisteredCredential:
    """A credential of one kind, whose fields of the other kinds are None; `tokens` were given out for it."""

    id: str
    kind: Literal["secret", "certificate", "federated"]
    expires_at: float
    secret: str | None = None
    certificate: Certificate | None = None
    issuer: str | None = None
    subject: str | None = None
    audience: str = EXCHANGE
    key: Any = None
    tokens: int = 0

    @property
    def is_expired(self) -> bool:
        return time.time() >= self.expires_at

    @property
    def thumbprint(self) -> str | None:
        return None if self.certificate is None else self.certificate.fingerprint(SHA1()).hex().upper()  # noqa: S303

    def shown(self) -> dict[str, object]:
        """What the control surface tells of it: everything but the secret."""
        shown: dict[str, object] = {"id": self.id, "kind": self.kind, "tokens": self.tokens, "expired": self.is_expired}
        match self.kind:
            case "certificate":
                return {**shown, "thumbprint": self.thumbprint}
            case "federated":
                return {**shown, "issuer": self.issuer, "subject": self.subject, "audience": self.audience}
            case _:
                return shown


class Registered:
    """What is registered now, in the order in which it was."""

    def __init__(self, first: Credentials) -> None:
        self._first = first
        self._known: dict[str, RegisteredCredential] = {}
        self.reset()

    def reset(self) -> None:
        """Register what was there from the start, and nothing else."""
        self._known.clear()
        self.add_secret(self._first.secret)
        self.add_certificate(self._first.certificate)

    def add_secret(self, value: str | None = None, expires_in: float = float("inf")) -> RegisteredCredential:
        """Register a secret; without a value it is made, as Entra does."""
        value = value or _new_secret()
        return self._add(RegisteredCredential(_new_id(), "secret", time.time() + expires_in, secret=value))

    def add_certificate(self, pem: bytes) -> RegisteredCredential:
        """Register a certificate; it expires when it says so. Raises ValueError for what is none."""
        certificate = load_pem_x509_certificate(pem)
        expires_at = certificate.not_valid_after_utc.timestamp()
        return self._add(RegisteredCredential(_new_id(), "certificate", expires_at, certificate=certificate))

    def add_federated(self, issuer: str, subject: str, public_key: bytes, audience: str) -> RegisteredCredential:
        """Trust an identity of another issuer. Raises ValueError for what is no key."""
        key = load_pem_public_key(public_key)
        found = RegisteredCredential(_new_id(), "federated", float("inf"), issuer=issuer, subject=subject, key=key)
        found.audience = audience
        return self._add(found)

    def find(self, id_: str) -> RegisteredCredential | None:
        return self._known.get(id_)

    def revoke(self, id_: str) -> None:
        """Take a credential away; tokens that were given out for it stay good."""
        self._known.pop(id_, None)

    def all(self) -> list[RegisteredCredential]:
        return list(self._known.values())

    def with_secret(self, value: str) -> RegisteredCredential | None:
        """The secret of this value, if there is one."""
        return next((each for each in self.all() if each.secret and _equal(each.secret, value)), None)

    def certificates(self) -> Iterator[RegisteredCredential]:
        return (each for each in self.all() if each.kind == "certificate")

    def federated(self) -> list[RegisteredCredential]:
        return [each for each in self.all() if each.kind == "federated"]

    def _add(self, credential: RegisteredCredential) -> RegisteredCredential:
        self._known[credential.id] = credential
        return credential


def _new_id() -> str:
    return str(uuid4())


def _new_secret() -> str:
    """Make a secret of the form that Entra's have: 40 characters, with a digit and "Q~" after the third.

    Source: https://github.com/gitleaks/gitleaks/blob/master/cmd/generate/config/rules/azure.go
    """
    return f"{secrets.token_urlsafe(3)[:3].replace('-', '_')}8Q~{secrets.token_urlsafe(26)[:34]}"


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
