"""Authorization codes: each is good once, for some minutes, for the application that asked, and for whom it was made.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow
Source: https://www.rfc-editor.org/rfc/rfc7636#section-4.6
"""

import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from tests.graphsim.entra.documented import documented
from tests.graphsim.entra.people import TenantUser

LIFETIME_S = 600.0


@dataclass(frozen=True, slots=True)
class GrantedCode:
    """What a code stands for: who signed in where, in which session, and what was asked."""

    person: TenantUser
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    challenge: str | None
    session: str
    expires_at: float


class AuthorizationCodes:
    """Codes that were given out. `lifetime_s` is how long new ones last."""

    def __init__(self) -> None:
        self.lifetime_s = LIFETIME_S
        self._granted: dict[str, GrantedCode] = {}
        self._redeemed: set[str] = set()

    def reset(self) -> None:
        self.lifetime_s = LIFETIME_S
        self._granted.clear()
        self._redeemed.clear()

    def grant(self, person: TenantUser, asked: Mapping[str, str], session: str) -> str:
        """Give out a code in answer to what an application asked for."""
        code = secrets.token_urlsafe(48)
        self._granted[code] = GrantedCode(
            person,
            asked["client_id"],
            asked["redirect_uri"],
            asked["scope"],
            asked.get("nonce"),
            asked.get("code_challenge"),
            session,
            time.monotonic() + self.lifetime_s,
        )
        return code

    def redeem(self, form: Mapping[str, str]) -> GrantedCode:
        """Take a code back for what it stands for; anything amiss raises TokenRequestRefused."""
        code = form.get("code", "")
        granted = self._granted.get(code)
        if granted is None or granted.client_id != form.get("client_id"):
            raise documented(9002313)
        if code in self._redeemed:
            raise documented(54005)
        if time.monotonic() >= granted.expires_at:
            raise documented(70008)
        if form.get("redirect_uri") != granted.redirect_uri:
            raise documented(70000)
        _check_verifier(form.get("code_verifier"), granted.challenge)
        self._redeemed.add(code)
        return granted


def _check_verifier(verifier: str | None, challenge: str | None) -> None:
    if challenge is None:
        return
    if not verifier:
        raise documented(50148)
    digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    if digest != challenge:
        raise documented(501481)
