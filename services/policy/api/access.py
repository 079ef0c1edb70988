"""Who may do what.

Two checks: the middleware refuses every request without a valid token, whatever its address; each route then names the
roles it serves, through `serves`. The pages behind signed links need no token: the link is the right to act. One rule:
refusals say the same whatever was wrong with the token.
"""

import structlog
from fastapi import Depends, Request, params
from fastapi.security import HTTPBearer
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.common.health import PATHS as OPEN_PATHS
from libs.contracts.values import Actor
from services.policy.api.problems import FORBIDDEN, UNAUTHENTICATED, UNAVAILABLE, Problem, response
from services.policy.api.tokens import TokenVerifier
from services.policy.commands.callers import Caller, KeysUnavailable, Role, TokenRefused
from services.policy.commands.refusals import say_role_needed
from services.policy.commands.wanted_reservations import WayIn
from services.policy.core.links import PATH as LINKS
from services.policy.core.policies.policy import Role as PolicyRole

_log = structlog.get_logger(__name__)
_bearer = HTTPBearer(auto_error=False, description="An access token from Entra for this API, with an app role.")


class Authentication:
    """ASGI middleware: put the caller into the request, or refuse."""

    def __init__(self, app: ASGIApp, verifier: TokenVerifier) -> None:
        self._app = app
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or scope["path"].startswith(LINKS):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            request.state.caller = await self._caller(request)
        except Problem as problem:
            await response(request, problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _caller(self, request: Request) -> Caller:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Problem(
                UNAUTHENTICATED,
                "Send an access token for this API in the Authorization header: Bearer <token>.",
                headers={"WWW-Authenticate": 'Bearer realm="roomsync"'},
            )
        try:
            return await self._verifier.caller(token.strip())
        except TokenRefused as refused:
            _log.info("token.refused", reason=str(refused))
            raise Problem(
                UNAUTHENTICATED,
                "The access token is malformed, expired or not made for this API. Get a new one and try again.",
                headers={"WWW-Authenticate": 'Bearer realm="roomsync", error="invalid_token"'},
            ) from refused
        except KeysUnavailable as unavailable:
            raise Problem(
                UNAVAILABLE,
                "Access tokens cannot be checked now, because the issuer's keys cannot be fetched. Try again shortly.",
                headers={"Retry-After": "5"},
            ) from unavailable


def caller_of(request: Request) -> Caller:
    """Return who calls."""
    caller: Caller = request.state.caller
    return caller


def actor_of(request: Request) -> Actor:
    """Return in which capacity the caller acts."""
    return caller_of(request).actor


def roles_of(request: Request) -> frozenset[PolicyRole]:
    """Return the roles of the caller as policies name them."""
    return caller_of(request).policy_roles


def way_in_of(request: Request) -> WayIn:
    """Return that the caller asks by the API, and in which roles."""
    return WayIn("api", roles_of(request))


class Guard:
    """A dependency that lets only `roles` pass."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    def __call__(self, request: Request) -> None:
        if not caller_of(request).is_any_of(self.roles):
            raise Problem(
                FORBIDDEN,
                say_role_needed(self.roles),
                headers={"WWW-Authenticate": 'Bearer realm="roomsync", error="insufficient_scope"'},
            )


def serves(roles: frozenset[Role]) -> list[params.Depends]:
    """Build the dependencies of a route that serves `roles`."""
    return [Depends(_bearer), Depends(Guard(roles))]
