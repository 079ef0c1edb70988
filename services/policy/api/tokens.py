"""Tokens from Entra: who calls, or has signed in, and in which roles.

One rule: a token counts only if an RSA key of the issuer signed it, it names our issuer and our audience, and it is
valid now. We choose the algorithm, never the token.

Entra issues tokens of two versions, by a setting of the application. The two versions have different names for the
same issuer and the same application.

Source: https://learn.microsoft.com/entra/identity-platform/claims-validation,
https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference and, for tokens of the sign-in,
https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import jwt

from services.policy.api.fields import as_line
from services.policy.api.keys import SigningKeys, open_keys
from services.policy.api.settings import ApiSettings, split_names
from services.policy.commands.callers import Caller, Role, TokenRefused

_NAMES = ("name", "preferred_username", "unique_name", "app_displayname")
ALGORITHMS = ("RS256", "PS256")
CLOCK_SKEW = timedelta(seconds=30)
LONGEST_TOKEN = 16_384


class TokenVerifier:
    """Check tokens against one issuer and one application, under any of the names they have in tokens."""

    def __init__(
        self, keys: SigningKeys, issuers: Sequence[str], audiences: Sequence[str], clock: Callable[[], datetime]
    ) -> None:
        self._keys = keys
        self._issuers = issuers
        self._audiences = audiences
        self._clock = clock

    async def caller(self, token: str) -> Caller:
        """Return who the token speaks for.

        Raises TokenRefused if the token does not count, KeysUnavailable if it cannot be checked now.
        """
        key = await self._keys.key(_key_id(token))
        if key is None:
            raise TokenRefused("signed by an unknown key")
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._audiences,
                issuer=self._issuers,
                options={
                    "require": ["exp", "iss", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise TokenRefused(type(error).__name__) from error
        _check_times(claims, self._clock())
        return _caller(claims)


@asynccontextmanager
async def open_verifier(settings: ApiSettings, clock: Callable[[], datetime]) -> AsyncIterator[TokenVerifier]:
    """Open a verifier of access tokens. Keys are fetched with the first token, so the issuer may start after us."""
    async with open_keys(settings.api_jwks_url, settings.api_ca_file, clock) as keys:
        yield TokenVerifier(keys, split_names(settings.api_issuer), split_names(settings.api_audience), clock)


def _key_id(token: str) -> str:
    """Read the id of the signing key. Raises TokenRefused if the header is wrong, so that no key is fetched for it."""
    if len(token) > LONGEST_TOKEN:
        raise TokenRefused("too long")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError) as error:
        raise TokenRefused("malformed") from error
    if header.get("alg") not in ALGORITHMS:
        raise TokenRefused("signed by another algorithm")
    key_id = header.get("kid")
    if not isinstance(key_id, str):
        raise TokenRefused("names no key")
    return key_id


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    """Compare the token's times with `now`, and allow for `CLOCK_SKEW`. Raises TokenRefused."""
    expires, begins = claims["exp"], claims.get("nbf", 0)
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in (expires, begins)):
        raise TokenRefused("times are not numbers")
    skew = CLOCK_SKEW.total_seconds()
    if now.timestamp() >= expires + skew:
        raise TokenRefused("expired")
    if now.timestamp() < begins - skew:
        raise TokenRefused("not valid yet")


def _caller(claims: Mapping[str, Any]) -> Caller:
    """Name the caller by `oid`, which is the same in every application, or else by `sub`, which is only for ours."""
    subject = claims.get("oid") or claims.get("sub")
    if not isinstance(subject, str):
        raise TokenRefused("names nobody")
    named = claims.get("roles", [])
    roles = frozenset(role for role in Role if isinstance(named, list) and role in named)
    return Caller(f"{claims.get('tid', '')}:{subject}", roles, _name(claims))


def _name(claims: Mapping[str, Any]) -> str | None:
    """Return what a person would call the caller: of a user its name, of an application its display name, if given.

    Such claims can be changed by their owner, so they are only shown, never compared.
    Source: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    for claim in _NAMES:
        name = claims.get(claim)
        if isinstance(name, str) and (shown := as_line(name)):
            return shown
    return None
