"""How Entra says no: an OAuth error, with the number that Microsoft's documentation lists it under.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
"""

from datetime import UTC, datetime
from uuid import uuid4

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.graphsim.bodies import as_json
from tests.graphsim.refusals import CallRefused


class TokenRequestRefused(CallRefused):
    """The token endpoint's refusal: OAuth error, AADSTS number and text."""

    def __init__(self, error: str, number: int, message: str, status: int = 400) -> None:
        super().__init__(status, error, f"AADSTS{number}: {message}")
        self.number = number


@web.middleware
async def refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what is refused on Entra's paths, which all begin with a tenant; others are somebody else's to answer."""
    try:
        return await handler(request)
    except CallRefused as refusal:
        if "tenant" not in request.match_info:
            raise
        return as_json(_body(refusal, request), refusal.status, refusal.headers)


def _body(refusal: CallRefused, request: web.Request) -> dict[str, object]:
    if not isinstance(refusal, TokenRequestRefused):
        return {"error": refusal.code, "error_description": refusal.message, "error_codes": []}
    trace, now = str(uuid4()), f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"
    correlation = request.headers.get("client-request-id") or str(uuid4())
    return {
        "error": refusal.code,
        "error_description": f"{refusal.message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}",
        "error_codes": [refusal.number],
        "timestamp": now,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"{request.url.origin()}/error?code={refusal.number}",
    }
