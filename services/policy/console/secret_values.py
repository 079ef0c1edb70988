"""Secrets that browsers are given, and what is kept or shown of them.

A secret has 256 random bits, so a plain hash of it tells nothing and needs no salt.
Source: https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
"""

import hmac
import secrets
from hashlib import sha256


def new_secret() -> str:
    """Make a secret for a cookie."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return sha256(secret.encode()).digest()


def csrf_token_of(session_id: str) -> str:
    """Return the token that pages of a session carry. It follows from the session, and the session not from it."""
    return hmac.new(session_id.encode(), b"console csrf token", sha256).hexdigest()


def are_equal(one: str, other: str) -> bool:
    """Compare without telling by the time it takes how much is equal."""
    return hmac.compare_digest(one.encode(), other.encode())
