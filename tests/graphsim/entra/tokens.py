"""Entra ID, as far as an application without a user meets it: discovery, signing keys, tokens for client credentials.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
Source: https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials
"""

import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid4, uuid5

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from tests.graphsim.bodies import as_json
from tests.graphsim.entra.refusing import TokenRequestRefused

TENANT_ID = "11111111-1111-4111-8111-111111111111"
CLIENT_ID = "22222222-2222-4222-8222-222222222222"
OUTLOOK_ID = "33333333-3333-4333-8333-333333333333"
NAMES = {CLIENT_ID: "roomsync", OUTLOOK_ID: "outlook"}
API_AUDIENCE = "api://roomsync"
GRAPH = "https://graph.microsoft.com"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ROLES = ["Calendars.ReadWrite", "Place.Read.All", "MailboxSettings.Read"]
LIFETIME_S = 3599


@dataclass(frozen=True, slots=True)
class Credentials:
    """What our application has registered: a secret, and a certificate in PEM (the key beside it is ignored)."""

    secret: str
    certificate: bytes


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
    """One tenant's token service at `origin`; it signs with `key`, and `foreign_key` is nobody's.

    `roles_of` says what an application is granted by its client id.
    """

    def __init__(self, origin: str, key: bytes, foreign_key: bytes, credentials: Credentials) -> None:
        self.origin = origin
        self.authority = f"{origin}/{TENANT_ID}"
        self.issuer = f"{self.authority}/v2.0"
        self._key = key
        self._foreign_key = foreign_key
        self._credentials = credentials
        self.lifetime_s: float = LIFETIME_S
        self.roles_of: Callable[[str], Sequence[str]] = lambda _: ROLES
        self._public = _public_of(key)
        self._certified = load_pem_x509_certificate(credentials.certificate).public_key()
        self.key_id = str(uuid5(NAMESPACE_URL, str(self._public.public_numbers().n)))

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/{tenant}/v2.0/.well-known/openid-configuration", self._configuration),
            web.get("/{tenant}/discovery/v2.0/keys", self._keys),
            web.post("/{tenant}/oauth2/v2.0/token", self._token),
        ]

    def reset(self) -> None:
        """Give tokens out for about an hour again; keys and credentials stay."""
        self.lifetime_s = LIFETIME_S

    def sign(self, claims: Mapping[str, Any], *, expires_in: float = LIFETIME_S, is_foreign: bool = False) -> str:
        """Sign an access token of this tenant; claims given win over those it always has."""
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
        key = self._foreign_key if is_foreign else self._key
        return jwt.encode(whole, key, algorithm="RS256", headers={"kid": self.key_id})

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
                "roles": list(self.roles_of(client_id)),
            },
            expires_in=expires_in,
        )

    def api_token(self, wanted: ApiToken) -> str:
        """A token for our API, for a user with roles; `key` foreign has it signed by nobody known."""
        subject = str(uuid5(NAMESPACE_URL, f"mailto:{wanted.user.lower()}"))
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
        claims = jwt.decode(token, self._public, algorithms=["RS256"], audience=GRAPH, issuer=self.issuer)
        return str(claims["appid"])

    async def _configuration(self, request: web.Request) -> web.Response:
        authority = f"{self.origin}/{request.match_info['tenant']}"
        return as_json(
            {
                "issuer": f"{authority}/v2.0",
                "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
                "token_endpoint": f"{authority}/oauth2/v2.0/token",
                "jwks_uri": f"{authority}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _keys(self, _: web.Request) -> web.Response:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self._public, as_dict=True)
        return as_json({"keys": [{**key, "use": "sig", "kid": self.key_id, "issuer": self.issuer}]})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        client_id = self._client(request.match_info["tenant"], {name: str(value) for name, value in form.items()})
        body = {
            "token_type": "Bearer",
            "expires_in": self.lifetime_s,
            "ext_expires_in": self.lifetime_s,
            "access_token": self.graph_token(client_id, expires_in=self.lifetime_s),
        }
        return as_json(body)

    def _client(self, tenant: str, form: Mapping[str, str]) -> str:
        """The application that proved who it is; anything amiss raises TokenRequestRefused."""
        if tenant != TENANT_ID:
            raise TokenRequestRefused("invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form.get("grant_type") != "client_credentials":
            raise TokenRequestRefused("unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        client_id = form.get("client_id", "")
        if client_id != CLIENT_ID:
            raise TokenRequestRefused(
                "unauthorized_client", 700016, f"Application with identifier '{client_id}' was not found."
            )
        if form.get("scope") not in {f"{self.origin}/.default", f"{GRAPH}/.default"}:
            raise TokenRequestRefused(
                "invalid_scope", 70011, "The provided value for the input parameter 'scope' is invalid."
            )
        if form.get("client_assertion_type") == ASSERTION_TYPE:
            self._check_assertion(client_id, tenant, form.get("client_assertion", ""))
        elif not hmac.compare_digest(form.get("client_secret", "").encode(), self._credentials.secret.encode()):
            raise TokenRequestRefused("invalid_client", 7000215, "Invalid client secret provided.", status=401)
        return client_id

    def _check_assertion(self, client_id: str, tenant: str, assertion: str) -> None:
        audiences: Sequence[str] = [f"{self.origin}/{tenant}/oauth2/v2.0/token", f"{self.origin}/{tenant}/v2.0"]
        try:
            jwt.decode(
                assertion,
                self._certified,  # type: ignore[arg-type]  # registered certificates are RSA
                algorithms=["PS256", "RS256"],
                audience=audiences,
                issuer=client_id,
                subject=client_id,
                options={"require": ["aud", "iss", "sub", "exp", "jti"]},
            )
        except jwt.PyJWTError as wrong:
            raise TokenRequestRefused(
                "invalid_client", 700027, f"Client assertion failed validation: {wrong}", status=401
            ) from wrong


def principal_id(client_id: str) -> str:
    """The object id of an application's service principal."""
    return str(uuid5(NAMESPACE_URL, f"principal:{client_id}"))


def _public_of(key: bytes) -> rsa.RSAPublicKey:
    private = load_pem_private_key(key, password=None)
    assert isinstance(private, rsa.RSAPrivateKey)
    return private.public_key()
