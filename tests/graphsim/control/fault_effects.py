"""What becomes of a call that a fault befalls: it waits, fails by a status, a code or a number, or is cut off.

Source: https://learn.microsoft.com/en-us/graph/errors
Source: https://learn.microsoft.com/en-us/troubleshoot/exchange/user-and-shared-mailboxes/rest-api-is-not-yet-supported-for-this-mailbox-error
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import Field

from tests.graphsim.control import settings
from tests.graphsim.entra.applications import CLIENT_ID
from tests.graphsim.entra.documented import REFUSALS, documented
from tests.graphsim.quantities import Positive
from tests.graphsim.refusals import CallRefused, retry_after

TOKEN_ENDPOINT = "/oauth2/v2.0/token"
ASKED_FOR = "A fault that was asked for."
CODES = {
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    404: "ErrorItemNotFound",
    409: "Conflict",
    410: "SyncStateNotFound",
    412: "ErrorIrresolvableConflict",
    429: "ApplicationThrottled",
    503: "ServiceUnavailable",
    504: "UnknownError",
}
# The status and the sentence that go with a code where neither is said.
KNOWN = {
    "ErrorAccessDenied": (403, "Access is denied. Check credentials and try again."),
    "ErrorInvalidUser": (404, "The requested user is invalid."),
    "ErrorItemNotFound": (404, "The specified object was not found in the store."),
    "MailboxNotEnabledForRESTAPI": (404, "The mailbox is either inactive, soft-deleted, or is hosted on-premise."),
    "MailboxNotSupportedForRESTAPI": (404, "REST API is not yet supported for this mailbox."),
    "ApplicationThrottled": (429, "Application is over its MailboxConcurrency limit."),
    "ErrorIrresolvableConflict": (412, "The change key passed in the request does not match the current one."),
    "ErrorInternalServerError": (500, "An internal server error occurred. The operation failed."),
    "ErrorServerBusy": (503, "The server cannot service this request right now. Try again later."),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of them: waiting first, then one of the others.

    `reset` cuts the connection instead of doing anything. `drop_after_commit` does everything, then cuts it, or
    answers `status` if there is one. `status` alone does nothing. `answer_delay_ms` holds the answer back after the
    deed: news of it may arrive first, and the caller may lose patience. A `code` that is known has a status and a
    message of its own. `aadsts` is a refusal of Entra's by number, which the token endpoint alone gives.
    """

    status: Annotated[int, Field(ge=200, le=599)] | None = None
    code: str | None = None
    message: str | None = None
    retry_after: Positive | None = None
    delay_ms: Positive = 0
    answer_delay_ms: Positive = 0
    drop_after_commit: bool = False
    reset: bool = False
    aadsts: int | None = None

    def suits(self, request: web.Request) -> bool:
        """Whether this can happen to the call at all."""
        return self.aadsts is None or request.path.endswith(TOKEN_ENDPOINT)

    @property
    def refusal(self) -> CallRefused | None:
        """The answer in place of the true one."""
        known_status, known_message = KNOWN.get(self.code or "", (None, None))
        status = self.status or known_status
        if status is None:
            return None
        code = self.code if self.code is not None else CODES.get(status, "InternalServerError")
        message = self.message if self.message is not None else known_message or ASKED_FOR
        return CallRefused(status, code, message, headers=retry_after(self.retry_after))


def read_effect(given: Mapping[str, Any]) -> Effect:
    """Read an effect; one that can have none is a 400."""
    effect = settings.read(Effect, given)
    if effect.aadsts is not None and effect.aadsts not in REFUSALS:
        raise settings.refused(f"aadsts is {effect.aadsts}, not one of {sorted(REFUSALS)}.")
    if effect.aadsts is not None and (effect.status is not None or effect.code is not None):
        raise settings.refused("aadsts has a status and a code of its own.")
    if effect.code is not None and effect.refusal is None:
        raise settings.refused(f"code is {effect.code!r}, which needs a status; known are {sorted(KNOWN)}.")
    return effect


async def suffer(effect: Effect, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Have the effect on the call, and return or raise what its caller sees."""
    if effect.delay_ms:
        await asyncio.sleep(effect.delay_ms / 1000)
    if effect.reset:
        _cut(request)
        return web.Response(status=499)  # reaches nobody but the log
    if effect.aadsts is not None:
        raise documented(effect.aadsts, client=CLIENT_ID, tenant=request.match_info["tenant"])
    refusal = effect.refusal
    does_it = effect.drop_after_commit or refusal is None
    outcome = await _outcome(request, handler) if does_it else None
    if effect.answer_delay_ms:
        await asyncio.sleep(effect.answer_delay_ms / 1000)
    if refusal is not None:
        raise refusal
    if effect.drop_after_commit:
        _cut(request)
    if isinstance(outcome, CallRefused):
        raise outcome
    assert outcome is not None
    return outcome


async def _outcome(request: web.Request, handler: Handler) -> web.StreamResponse | CallRefused:
    """What comes of the call without the fault."""
    try:
        return await handler(request)
    except CallRefused as refusal:
        return refusal


def _cut(request: web.Request) -> None:
    """Break the connection: what is answered after it reaches nobody but the log."""
    if request.transport is not None:
        request.transport.abort()
