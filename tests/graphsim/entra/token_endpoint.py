"""Entra over HTTP, as far as an application without a user meets it: discovery, signing keys, client credentials.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
Source: https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials
"""

import hmac
from collections.abc import Mapping, Sequence

import jwt
from aiohttp import web
from cryptography.x509 import load_pem_x509_certificate

from tests.graphsim.bodies import as_json
from tests.graphsim.entra.applications import CLIENT_ID, TENANT_ID
from tests.graphsim.entra.refusing import TokenRequestRefused
from tests.graphsim.entra.tokens import GRAPH, Entra

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def routes(entra: Entra) -> list[web.RouteDef]:
    """Every route, each below a tenant; each raises CallRefused for a refusal."""
    calls = _TokenCalls(entra)
    return [
        web.get("/{tenant}/v2.0/.well-known/openid-configuration", calls.configuration),
        web.get("/{tenant}/discovery/v2.0/keys", calls.keys),
        web.post("/{tenant}/oauth2/v2.0/token", calls.token),
    ]


class _TokenCalls:
    def __init__(self, entra: Entra) -> None:
        self._entra = entra
        self._certified = load_pem_x509_certificate(entra.credentials.certificate).public_key()

    async def configuration(self, request: web.Request) -> web.Response:
        authority = f"{self._entra.origin}/{request.match_info['tenant']}"
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

    async def keys(self, _: web.Request) -> web.Response:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self._entra.public_key, as_dict=True)
        return as_json({"keys": [{**key, "use": "sig", "kid": self._entra.key_id, "issuer": self._entra.issuer}]})

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        client_id = self._client(request.match_info["tenant"], {name: str(value) for name, value in form.items()})
        body = {
            "token_type": "Bearer",
            "expires_in": self._entra.lifetime_s,
            "ext_expires_in": self._entra.lifetime_s,
            "access_token": self._entra.graph_token(client_id, expires_in=self._entra.lifetime_s),
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
        if form.get("scope") not in {f"{self._entra.origin}/.default", f"{GRAPH}/.default"}:
            raise TokenRequestRefused(
                "invalid_scope", 70011, "The provided value for the input parameter 'scope' is invalid."
            )
        if form.get("client_assertion_type") == ASSERTION_TYPE:
            self._check_assertion(client_id, form.get("client_assertion", ""))
        elif not hmac.compare_digest(form.get("client_secret", "").encode(), self._entra.credentials.secret.encode()):
            raise TokenRequestRefused("invalid_client", 7000215, "Invalid client secret provided.", status=401)
        return client_id

    def _check_assertion(self, client_id: str, assertion: str) -> None:
        audiences: Sequence[str] = [f"{self._entra.authority}/oauth2/v2.0/token", self._entra.issuer]
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
