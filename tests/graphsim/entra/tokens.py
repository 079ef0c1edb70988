"""Tokens as Entra signs them: for Graph, to an application without a user, and for our API, to a user with roles.

`id_tokens` has those that tell an application who signed in to it.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference
"""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

import jwt

from tests.graphsim.entra.access import Access
from tests.graphsim.entra.applications import NAMES, TENANT_ID, Credentials, principal_id
from tests.graphsim.entra.key_ring import KeyRing
from tests.graphsim.entra.people import object_id
from tests.graphsim.entra.registered import Registered

API_AUDIENCE = "api://roomsync"
GRAPH = "https://graph.microsoft.com"
LIFETIME_S = 3599


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What a token for our API says, and whether it is to be trusted."""

    user: str = "user@example.org"
    roles: tuple[str, ...] = ()
    name: str | None = None
    tenant: str = TENANT_ID
    audience: str = API_AUDIENCE
    expires_in: float = LIFETIME_S
    key: Literal["own", "foreign"] = "own"


class Entra:
    """One tenant and its tokens, at `origin`; it signs with `key`, and `foreign_key` is nobody's."""

    def __init__(self, origin: str, key: bytes, foreign_key: bytes, credentials: Credentials) -> None:
        self.origin = origin
        self.authority = f"{origin}/{TENANT_ID}"
        self.issuer = f"{self.authority}/v2.0"
        self.registered = Registered(credentials)
        self.access = Access()
        self.lifetime_s: float = LIFETIME_S
        self.keys = KeyRing(key)
        self._foreign_key = foreign_key
        self._revocations: Counter[str] = Counter()

    def reset(self) -> None:
        """Grant what was granted at first, for about an hour again, to the first credentials; keys stay."""
        self.lifetime_s = LIFETIME_S
        self.access.reset()
        self.registered.reset()

    def revoke_tokens(self, client_id: str) -> None:
        """Have no token count that an application was given so far."""
        self._revocations[client_id] += 1

    def sign(self, claims: Mapping[str, Any], *, expires_in: float = LIFETIME_S, is_foreign: bool = False) -> str:
        """Sign a token of this tenant; claims given win over those it always has."""
        now = int(time.time())
        whole = {
            "iss": self.issuer,
            "iat": now - 5,
            "nbf": now - 5,
            "exp": now + int(expires_in),
            "tid": TENANT_ID,
            "ver": "2.0",
            "uti": uuid4().hex,
            **claims,
        }
        if is_foreign:
            return jwt.encode(whole, self._foreign_key, algorithm="RS256", headers={"kid": self.keys.newest})
        return self.keys.sign(whole)

    def graph_token(self, client_id: str, *, expires_in: float = LIFETIME_S) -> str:
        """A token for Graph, for the application itself."""
        subject = principal_id(client_id)
        return self.sign(
            {
                "aud": GRAPH,
                "appid": client_id,
                "app_displayname": NAMES[client_id],
                "idtyp": "app",
                "oid": subject,
                "sub": subject,
                "roles": list(self.access.roles(client_id)),
                "revocations": self._revocations[client_id],
            },
            expires_in=expires_in,
        )

    def api_token(self, wanted: ApiToken) -> str:
        """A token for our API, for a user with roles; `key` foreign has it signed by nobody known."""
        subject = object_id(wanted.user)
        claims = {
            "aud": wanted.audience,
            "iss": f"{self.origin}/{wanted.tenant}/v2.0",
            "tid": wanted.tenant,
            "oid": subject,
            "sub": subject,
            "preferred_username": wanted.user,
            "name": wanted.name or wanted.user,
            "roles": list(wanted.roles),
        }
        return self.sign(claims, expires_in=wanted.expires_in, is_foreign=wanted.key == "foreign")

    def caller(self, token: str) -> str:
        """The client id in a token for Graph. Raises jwt.PyJWTError if the token does not count."""
        key = self.keys.public_key(token)
        claims = jwt.decode(token, key, algorithms=["RS256"], audience=GRAPH, issuer=self.issuer)
        client_id = str(claims["appid"])
        if claims.get("revocations", 0) < self._revocations[client_id]:
            raise jwt.InvalidTokenError("the token was revoked")
        return client_id
