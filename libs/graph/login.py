"""Ask Entra for a token with one credential, by MSAL.

MSAL is synchronous, so this runs in threads. It gets an HTTP session of its own that ignores the environment, because
`REQUESTS_CA_BUNDLE` would override `verify`. It is set up anew for each token, because it keeps what it was given.

Source: https://learn.microsoft.com/entra/msal/python/
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msal
import requests

from libs.graph.cloud import Cloud, Tenancy
from libs.graph.credentials import Credential
from libs.graph.errors import AuthenticationFailed, LoginUnreachable
from libs.graph.remedies import describe_refusal, known_code

TIMEOUT_S = 10.0

_REFUSALS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "invalid_scope",
        "invalid_tenant",
        "unauthorized_client",
        "unsupported_grant_type",
        "access_denied",
    }
)
"""The errors that mean a wrong credential, application or tenant; any other error may be temporary.

Source: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
"""


@dataclass(frozen=True, slots=True)
class GrantedToken:
    """An access token, and for how long it is good."""

    token: str = field(repr=False)
    lifetime_s: float


@dataclass(frozen=True, slots=True)
class Login:
    """The login service of one application in one tenant."""

    tenancy: Tenancy
    cloud: Cloud
    ca_file: Path | None

    def ask(self, name: str, credential: Credential) -> GrantedToken:
        """Get a token with the credential of this name.

        Raises `AuthenticationFailed` if it is refused, `LoginUnreachable` if there is no answer now.
        """
        answer = self._ask(credential)
        if "access_token" in answer:
            return GrantedToken(answer["access_token"], float(answer["expires_in"]))
        error, codes = _refusal_in(answer)
        if error not in _REFUSALS and known_code(codes) is None:
            raise self._unreachable(f"it answers {error!r}", "It is tried again by itself")
        raise AuthenticationFailed(describe_refusal(name, error, codes))

    def _ask(self, credential: Credential) -> dict[str, Any]:
        with requests.Session() as session:
            session.trust_env = False
            if self.ca_file is not None:
                session.verify = str(self.ca_file)
            asking = _WithTimeout(session)
            try:
                application = msal.ConfidentialClientApplication(
                    self.tenancy.client_id,
                    client_credential=_for_msal(credential),
                    authority=self.cloud.authority(self.tenancy.tenant_id),
                    instance_discovery=not self.cloud.is_simulated,
                    http_client=asking,
                )
                answer: dict[str, Any] = application.acquire_token_for_client([self.cloud.scope])
            except requests.exceptions.SSLError as error:
                remedy = "Set ROOMSYNC_GRAPH_CA_FILE if a proxy or a simulator has an authority of its own"
                raise self._unreachable("its TLS certificate cannot be verified", remedy) from error
            except (requests.RequestException, OSError) as error:
                remedy = "Check the network, the proxy and the firewall between Roomsync and it"
                raise self._unreachable(type(error).__name__, remedy) from error
            except (ValueError, msal.exceptions.MsalError) as error:
                # MSAL raises ValueError when the issuer's configuration cannot be read; for a tenant that does not
                # exist the issuer says so. The text of these errors may quote the request.
                if asking.refusal is not None:
                    return asking.refusal
                raise self._unreachable("its configuration cannot be read", "It is tried again by itself") from error
        return answer

    def _unreachable(self, found: str, remedy: str) -> LoginUnreachable:
        return LoginUnreachable(f"The login service {self.cloud.login} gives no token now: {found}. {remedy}.")


def _for_msal(credential: Credential) -> object:
    """Return the credential as MSAL takes it: an assertion by a function, because it soon expires."""
    given = credential.for_msal
    if isinstance(given, dict) and "client_assertion" in given:
        return {"client_assertion": lambda: given["client_assertion"]}
    return given


def _refusal_in(answer: dict[str, Any]) -> tuple[str, list[int]]:
    """Return the error of an answer without a token, and the AADSTS codes that explain it."""
    codes = answer.get("error_codes")
    known = [code for code in codes if isinstance(code, int)] if isinstance(codes, list) else []
    return str(answer.get("error") or "unknown"), known


class _WithTimeout:
    """A `requests` session for MSAL that puts a time limit on every call.

    `refusal` is the body of the last answer if it was a refusal (4xx), which MSAL keeps to itself.
    """

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self.refusal: dict[str, Any] | None = None

    def get(self, url: str, **options: Any) -> requests.Response:  # noqa: ANN401
        return self._call(self._session.get, url, options)

    def post(self, url: str, **options: Any) -> requests.Response:  # noqa: ANN401
        return self._call(self._session.post, url, options)

    def close(self) -> None:
        self._session.close()

    def _call(self, call: Callable[..., requests.Response], url: str, options: dict[str, Any]) -> requests.Response:
        answer = call(url, **{"timeout": TIMEOUT_S, **options})
        self.refusal = _refused(answer)
        return answer


def _refused(answer: requests.Response) -> dict[str, Any] | None:
    if not 400 <= answer.status_code < 500:
        return None
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) and isinstance(body.get("error"), str) else None
