"""Entra over HTTP, as applications call it: discovery, signing keys, tokens for client credentials and for codes.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
Source: https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials
"""

from collections.abc import Mapping

from aiohttp import web

from tests.graphsim.bodies import as_json
from tests.graphsim.entra.applications import CLIENT_ID, TENANT_ID
from tests.graphsim.entra.assertions import ASSERTION_TYPE, signed_by
from tests.graphsim.entra.code_grant import redeem_code
from tests.graphsim.entra.documented import documented
from tests.graphsim.entra.refusing import TokenRequestRefused
from tests.graphsim.entra.registered import RegisteredCredential
from tests.graphsim.entra.signing_in import SigningIn
from tests.graphsim.entra.tokens import GRAPH, Entra


def routes(entra: Entra, signing_in: SigningIn) -> list[web.RouteDef]:
    """Every route, each below a tenant; each raises CallRefused for a refusal."""
    calls = _TokenCalls(entra, signing_in)
    return [
        web.get("/{tenant}/v2.0/.well-known/openid-configuration", calls.configuration),
        web.get("/{tenant}/discovery/v2.0/keys", calls.keys),
        web.post("/{tenant}/oauth2/v2.0/token", calls.token),
    ]


class _TokenCalls:
    def __init__(self, entra: Entra, signing_in: SigningIn) -> None:
        self._entra = entra
        self._signing_in = signing_in

    async def configuration(self, request: web.Request) -> web.Response:
        _check_tenant(request)
        authority = self._entra.authority
        return as_json(
            {
                "issuer": f"{authority}/v2.0",
                "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
                "token_endpoint": f"{authority}/oauth2/v2.0/token",
                "end_session_endpoint": f"{authority}/oauth2/v2.0/logout",
                "jwks_uri": f"{authority}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "code_challenge_methods_supported": ["S256"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def keys(self, request: web.Request) -> web.Response:
        _check_tenant(request)
        return as_json({"keys": [{**key, "issuer": self._entra.issuer} for key in self._entra.keys.published()]})

    async def token(self, request: web.Request) -> web.Response:
        tenant, form = (
            request.match_info["tenant"],
            {name: str(value) for name, value in (await request.post()).items()},
        )
        if tenant == TENANT_ID and form.get("grant_type") == "authorization_code":
            return as_json(redeem_code(self._entra, self._signing_in, form))
        client_id = self._client(tenant, form)
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
        self._proof(client_id, form).tokens += 1
        return client_id

    def _proof(self, client_id: str, form: Mapping[str, str]) -> RegisteredCredential:
        """The registered credential by which the application proves who it is."""
        registered = self._entra.registered
        if form.get("client_assertion_type") == ASSERTION_TYPE:
            audiences = [f"{self._entra.authority}/oauth2/v2.0/token", self._entra.issuer]
            return signed_by(form.get("client_assertion", ""), client_id, audiences, registered)
        if not form.get("client_secret"):
            raise documented(7000216, client=client_id)
        found = registered.with_secret(form["client_secret"])
        if found is None:
            raise documented(7000215, client=client_id)
        if found.is_expired:
            raise documented(7000222, client=client_id)
        return found


def _check_tenant(request: web.Request) -> None:
    """A tenant that does not exist is refused before anybody asks for a token, and by another name than then.

    Source: https://github.com/Azure/azure-cli/issues/22145
    """
    tenant = request.match_info["tenant"]
    if tenant != TENANT_ID:
        raise documented(90002, tenant=tenant, error="invalid_tenant")
