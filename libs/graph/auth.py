"""Access tokens for one connection, by MSAL.

MSAL is synchronous: it runs in a thread, one call at a time, and only when the current token is about to expire. It
gets an HTTP session of its own that ignores the environment, because `REQUESTS_CA_BUNDLE` would override `verify`. It
is set up anew for each token and reads the credential each time, so that a replaced secret or certificate is used at
once.

Source: https://learn.microsoft.com/entra/msal/python/
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msal
import requests

from libs.graph.cloud import Cloud, Tenancy
from libs.graph.credentials import Credential, read_credential
from libs.graph.errors import AuthenticationFailed, LoginUnreachable
from libs.graph.remedies import describe_refusal, known_code

RENEWED_BEFORE_END_S = 300.0
REFUSAL_COUNTS_S = 10.0
"""How long a refused credential is not tried again, unless it has been replaced."""

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
class _Refusal:
    credential: Credential
    message: str
    counts_until: float


class Tokens:
    """The tokens of one connection. Many tasks may ask at once: one fetches a token, and all share it."""

    def __init__(self, tenancy: Tenancy, cloud: Cloud, secrets_dir: Path | None, ca_file: Path | None) -> None:
        self._tenancy = tenancy
        self._cloud = cloud
        self._secrets_dir = secrets_dir
        self._ca_file = ca_file
        self._token = ""
        self._good_until = 0.0
        self._fetching: asyncio.Task[None] | None = None
        self._refusal: _Refusal | None = None

    async def get(self) -> str:
        """Return a token that is valid for some more minutes.

        Raises `AuthenticationFailed` if the credential is refused, `LoginUnreachable` if there is no answer now.
        """
        if time.monotonic() >= self._good_until:
            if self._fetching is None or self._fetching.done():
                self._fetching = asyncio.create_task(asyncio.to_thread(self._fetch), name="fetch a token")
                # If every waiting task was cancelled, nobody awaits this one, and asyncio would log its error.
                self._fetching.add_done_callback(lambda task: task.cancelled() or task.exception())
            # The thread cannot be cancelled, and others may be waiting for it.
            await asyncio.shield(self._fetching)
        return self._token

    def drop(self, token: str) -> None:
        """Forget a token that Graph refused; the next `get` fetches a new one."""
        if token == self._token:
            self._good_until = 0.0

    def _fetch(self) -> None:
        credential = read_credential(self._secrets_dir, self._tenancy.credential)
        refusal = self._refusal
        if refusal is not None and refusal.credential == credential and time.monotonic() < refusal.counts_until:
            raise AuthenticationFailed(refusal.message)
        answer = self._ask(credential)
        if "access_token" in answer:
            self._token = answer["access_token"]
            self._good_until = time.monotonic() + max(30.0, float(answer["expires_in"]) - RENEWED_BEFORE_END_S)
            return
        error, codes = _refusal_in(answer)
        if error not in _REFUSALS and known_code(codes) is None:
            raise self._unreachable(f"it answers {error!r}", "It is tried again by itself")
        message = describe_refusal(self._tenancy.credential, error, codes)
        self._refusal = _Refusal(credential, message, time.monotonic() + REFUSAL_COUNTS_S)
        raise AuthenticationFailed(message)

    def _ask(self, credential: Credential) -> dict[str, Any]:
        with requests.Session() as session:
            session.trust_env = False
            if self._ca_file is not None:
                session.verify = str(self._ca_file)
            asking = _WithTimeout(session)
            try:
                application = msal.ConfidentialClientApplication(
                    self._tenancy.client_id,
                    client_credential=credential.for_msal,
                    authority=self._cloud.authority(self._tenancy.tenant_id),
                    instance_discovery=not self._cloud.is_simulated,
                    http_client=asking,
                )
                answer: dict[str, Any] = application.acquire_token_for_client([self._cloud.scope])
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
        return LoginUnreachable(f"The login service {self._cloud.login} gives no token now: {found}. {remedy}.")


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
