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
from tests.graphsim.entra.documented import documented
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
        _check_tenant(request)
        authority = self._entra.authority
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

    async def keys(self, request: web.Request) -> web.Response:
        _check_tenant(request)
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
        client_id = form.get("client_id", "")

        def refused(number: int) -> TokenRequestRefused:
            return documented(number, client=client_id, tenant=tenant)

        if tenant != TENANT_ID:
            raise refused(90002)
        if form.get("grant_type") != "client_credentials":
            raise refused(70003)
        if client_id != CLIENT_ID:
            raise refused(700016)
        if form.get("scope") not in {f"{self._entra.origin}/.default", f"{GRAPH}/.default"}:
            raise refused(70011)
        if form.get("client_assertion_type") == ASSERTION_TYPE:
            self._check_assertion(client_id, form.get("client_assertion", ""))
        elif not form.get("client_secret"):
            raise refused(7000216)
        elif not hmac.compare_digest(form["client_secret"].encode(), self._entra.credentials.secret.encode()):
            raise refused(7000215)
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
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as wrong:
            raise documented(700024) from wrong
        except jwt.PyJWTError as wrong:
            raise documented(700027) from wrong


def _check_tenant(request: web.Request) -> None:
    """A tenant that does not exist is refused before anybody asks for a token, and by another name than then.

    Source: https://github.com/Azure/azure-cli/issues/22145
    """
    tenant = request.match_info["tenant"]
    if tenant != TENANT_ID:
        raise documented(90002, tenant=tenant, error="invalid_tenant")
