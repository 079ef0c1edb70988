"""Access tokens for one connection, by MSAL.

MSAL is synchronous: it runs in a thread, one call at a time, and only when the token at hand is about to end. It gets
an HTTP session of its own that ignores the environment, because `REQUESTS_CA_BUNDLE` would override `verify`.

Source: https://learn.microsoft.com/entra/msal/python/
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msal
import requests

from libs.graph.cloud import Cloud, Tenancy
from libs.graph.errors import AuthenticationFailed, Transient

RENEWED_BEFORE_END_S = 300.0
TIMEOUT_S = 10.0

_TRY_AGAIN = {"temporarily_unavailable", "server_error", "service_unavailable"}


class Tokens:
    """The tokens of one connection. Safe to ask from many tasks: one of them fetches, the others wait."""

    def __init__(self, tenancy: Tenancy, cloud: Cloud, secrets_dir: Path | None, ca_file: Path | None) -> None:
        self._tenancy = tenancy
        self._cloud = cloud
        self._secrets_dir = secrets_dir
        self._ca_file = ca_file
        self._application: Any = None
        self._token = ""
        self._good_until = 0.0
        self._turn = asyncio.Lock()

    async def get(self) -> str:
        """Return a token that is good for some minutes.

        Raises `AuthenticationFailed` if the credential does not count, `Transient` if the issuer cannot be asked now.
        """
        if time.monotonic() < self._good_until:
            return self._token
        async with self._turn:
            if time.monotonic() >= self._good_until:
                await asyncio.to_thread(self._fetch)
        return self._token

    def drop(self, token: str) -> None:
        """Forget a token that Graph refused; the next `get` fetches a new one."""
        if token == self._token:
            self._good_until = 0.0
            self._application = None

    def _fetch(self) -> None:
        try:
            if self._application is None:
                self._application = self._connect()
            answer = self._application.acquire_token_for_client([self._cloud.scope])
        except (requests.RequestException, OSError, ValueError) as error:
            # MSAL raises ValueError when the issuer's configuration cannot be read.
            raise Transient(f"no token can be had now: {type(error).__name__}") from error
        if "access_token" not in answer:
            code = str(answer.get("error") or "unknown")
            if code in _TRY_AGAIN:
                raise Transient(f"no token can be had now: {code}")
            numbers = ", ".join(f"AADSTS{number}" for number in answer.get("error_codes") or ())
            raise AuthenticationFailed(f"the credential {self._tenancy.credential!r} is refused: {code} {numbers}")
        self._token = answer["access_token"]
        self._good_until = time.monotonic() + max(30.0, float(answer["expires_in"]) - RENEWED_BEFORE_END_S)

    def _connect(self) -> Any:  # noqa: ANN401 - MSAL is untyped
        session = requests.Session()
        session.trust_env = False
        if self._ca_file is not None:
            session.verify = str(self._ca_file)
        return msal.ConfidentialClientApplication(
            self._tenancy.client_id,
            client_credential=self._credential(),
            authority=self._cloud.authority(self._tenancy.tenant_id),
            instance_discovery=not self._cloud.is_simulated,
            http_client=_WithTimeout(session),
        )

    def _credential(self) -> str | dict[str, str]:
        name = self._tenancy.credential
        if self._secrets_dir is None or Path(name).name != name:
            raise AuthenticationFailed(f"the credential {name!r} cannot be read: no directory of secrets is configured")
        try:
            text = (self._secrets_dir / name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise AuthenticationFailed(f"the credential {name!r} cannot be read: {type(error).__name__}") from error
        if text.startswith("-----BEGIN"):
            return {"private_key": text, "public_certificate": text}
        return text


class _WithTimeout:
    """A `requests` session as MSAL wants it, which never waits for ever."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def get(self, url: str, **options: Any) -> requests.Response:  # noqa: ANN401
        return self._call(self._session.get, url, options)

    def post(self, url: str, **options: Any) -> requests.Response:  # noqa: ANN401
        return self._call(self._session.post, url, options)

    def close(self) -> None:
        self._session.close()

    @staticmethod
    def _call(call: Callable[..., requests.Response], url: str, options: dict[str, Any]) -> requests.Response:
        return call(url, **{"timeout": TIMEOUT_S, **options})
