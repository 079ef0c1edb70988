"""Microsoft Entra by MSAL: where a browser is sent to sign in, and who came back. Nothing else of policy knows either.

MSAL is synchronous, so it runs in threads. It is set up anew for each step, because it keeps what it was given, and the
credential may have been replaced. It checks state and nonce, and leaves the ID token to us.

Source: https://learn.microsoft.com/entra/msal/python/ and
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
"""

import asyncio
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import msal
import requests
from requests.adapters import HTTPAdapter

from libs.graph.credentials import Credential, read_credential
from libs.graph.errors import CredentialUnusable

TIMEOUT_S = 10.0

# MSAL would rather have the answer posted. A post from elsewhere brings no cookie of ours, which ties the answer to the
# browser; the code in the address is good once, and only with the verifier that we keep.
warnings.filterwarnings("ignore", message="response_mode='form_post'", category=UserWarning)

Result = TypeVar("Result")


class SignInRefused(Exception):
    """The login service, or whoever was to sign in, said no. `error` is that of OAuth, `codes` are Entra's numbers."""

    def __init__(self, error: str, codes: tuple[int, ...] = ()) -> None:
        super().__init__(error)
        self.error = error
        self.codes = codes


class LoginServiceAway(Exception):
    """The login service gives no answer now, or cannot be asked. The message says which, without secrets."""


@dataclass(frozen=True, slots=True)
class LoginService:
    """The login service of one tenant, for the application of the console.

    `authority` is the address of the tenant there, and `callback` ours to which browsers are sent back.
    """

    authority: str
    client_id: str
    callback: str
    credential: str
    secrets_dir: Path | None
    ca_file: Path | None

    async def begin(self, *, asks_who: bool) -> dict[str, Any]:
        """Begin a sign-in; `auth_uri` in what is returned is where to send the browser. Raises `LoginServiceAway`.

        `asks_who` has somebody choose who they are although they have signed in with this browser.
        """
        prompt = "select_account" if asks_who else None
        return await self._with_msal(
            lambda client: client.initiate_auth_code_flow([], redirect_uri=self.callback, prompt=prompt)
        )

    async def finish(self, flow: Mapping[str, Any], answer: Mapping[str, str]) -> str:
        """Return the ID token for the answer that a browser brought. Raises `SignInRefused` and `LoginServiceAway`."""
        told = await self._with_msal(lambda client: _redeem(client, flow, answer))
        if isinstance(told.get("id_token"), str):
            return str(told["id_token"])
        codes = told.get("error_codes")
        numbers = tuple(code for code in codes if isinstance(code, int)) if isinstance(codes, list) else ()
        raise SignInRefused(str(told.get("error") or "no ID token"), numbers)

    def way_out(self, back_to: str) -> str:
        """Return where a browser is sent to sign out, and then back to an address of ours.

        Source: https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#send-a-sign-out-request
        """
        query = urlencode({"post_logout_redirect_uri": back_to})
        return f"{self.authority}/oauth2/v2.0/logout?{query}"

    async def _with_msal(self, step: Callable[[Any], Result]) -> Result:
        return await asyncio.to_thread(self._take, step)

    def _take(self, step: Callable[[Any], Result]) -> Result:
        """Take one step with MSAL. The causes of what is raised may quote what was sent, so they are left out."""
        try:
            credential = read_credential(self.secrets_dir, self.credential)
        except CredentialUnusable as error:
            raise LoginServiceAway(str(error)) from None
        with requests.Session() as session:
            session.trust_env = False  # else REQUESTS_CA_BUNDLE would override `verify`
            session.mount("https://", _WithinTime())
            if self.ca_file is not None:
                session.verify = str(self.ca_file)
            try:
                return step(self._client(credential, session))
            except (requests.RequestException, OSError, msal.exceptions.MsalError) as error:
                raise LoginServiceAway(f"{self.authority} gives no answer: {type(error).__name__}") from None
            except ValueError:
                raise LoginServiceAway(f"{self.authority} does not say how to sign in there") from None

    def _client(self, credential: Credential, session: requests.Session) -> Any:  # noqa: ANN401 - MSAL has no types
        return msal.ConfidentialClientApplication(
            self.client_id,
            client_credential=_for_msal(credential),
            authority=self.authority,
            # Which authority is Microsoft's is a setting of ours, not a question to Microsoft.
            instance_discovery=False,
            exclude_scopes=["offline_access"],
            http_client=session,
        )


def _for_msal(credential: Credential) -> object:
    """Return the credential as MSAL takes it: an assertion by a function, because it soon expires."""
    given = credential.for_msal
    if isinstance(given, dict) and "client_assertion" in given:
        return {"client_assertion": lambda: given["client_assertion"]}
    return given


def _redeem(client: Any, flow: Mapping[str, Any], answer: Mapping[str, str]) -> dict[str, Any]:  # noqa: ANN401 - see above
    """Redeem the code of an answer. MSAL tells of a wrong state or nonce by plain errors, which quote them."""
    try:
        told: dict[str, Any] = client.acquire_token_by_auth_code_flow(dict(flow), dict(answer))
    except ValueError:
        raise SignInRefused("the answer does not fit the question") from None
    except RuntimeError:
        raise SignInRefused("the ID token is for another sign-in") from None
    return told


class _WithinTime(HTTPAdapter):
    """Put a time limit on every call; MSAL puts none on those of a session that it is given."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:  # noqa: ANN401
        """Send a request, and wait for `TIMEOUT_S` at most."""
        return super().send(request, *args, **{**options, "timeout": TIMEOUT_S})
