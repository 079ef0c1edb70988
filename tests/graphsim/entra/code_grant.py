"""What an application gets for an authorization code: who signed in, and a token of no use but to be had.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow#redeem-a-code-for-an-access-token
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping

import orjson

from tests.graphsim.entra.applications import TENANT_ID, Credentials
from tests.graphsim.entra.assertions import ASSERTION_TYPE, signed_by
from tests.graphsim.entra.authorization_codes import GrantedCode
from tests.graphsim.entra.documented import documented
from tests.graphsim.entra.id_tokens import id_token
from tests.graphsim.entra.registered import Registered
from tests.graphsim.entra.signing_in import SigningIn
from tests.graphsim.entra.tokens import Entra
from tests.graphsim.entra.web_applications import WebApplication

USER_INFO = "00000003-0000-0000-c000-000000000000"


def redeem_code(entra: Entra, signing_in: SigningIn, form: Mapping[str, str]) -> dict[str, object]:
    """Give an application that proves who it is what its code stands for. Raises TokenRequestRefused."""
    client_id = form.get("client_id", "")
    application = signing_in.applications.find(client_id)
    if application is None:
        raise documented(700016, client=client_id, tenant=TENANT_ID)
    _check_proof(entra, application, form)
    granted = signing_in.codes.redeem(form)
    return {
        "token_type": "Bearer",
        "scope": granted.scope,
        "expires_in": entra.lifetime_s,
        "access_token": _access_token(entra, granted),
        "id_token": id_token(entra, granted, signing_in.flaws),
        "client_info": _client_info(granted),
    }


def _check_proof(entra: Entra, application: WebApplication, form: Mapping[str, str]) -> None:
    """Have an application prove who it is, by its certificate or its secret."""
    if form.get("client_assertion_type") == ASSERTION_TYPE:
        if application.certificate is None:
            raise documented(700027)
        known = Registered(Credentials(application.secret, application.certificate.encode()))
        audiences = [f"{entra.authority}/oauth2/v2.0/token", entra.issuer]
        signed_by(form.get("client_assertion", ""), application.client_id, audiences, known)
        return
    if not form.get("client_secret"):
        raise documented(7000218)
    if not application.has_secret(form["client_secret"]):
        raise documented(7000215, client=application.client_id)


def _access_token(entra: Entra, granted: GrantedCode) -> str:
    claims = {"aud": USER_INFO, "appid": granted.client_id, "oid": granted.person.id, "scp": granted.scope}
    return entra.sign(claims, expires_in=entra.lifetime_s)


def _client_info(granted: GrantedCode) -> str:
    told = orjson.dumps({"uid": granted.person.id, "utid": TENANT_ID})
    return urlsafe_b64encode(told).decode().rstrip("=")
