"""Who may call Graph, and on which mailboxes: a good token, a role that covers the call, a mailbox within the grant.

Source: https://learn.microsoft.com/en-us/graph/permissions-reference
Source: https://learn.microsoft.com/en-us/exchange/permissions-exo/application-rbac
"""

import re
from collections.abc import Sequence

import jwt
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.graphsim.entra.access import Access
from tests.graphsim.entra.applications import NAMES, App
from tests.graphsim.entra.tokens import Entra
from tests.graphsim.exchange.world import World
from tests.graphsim.refusals import CallRefused

CALLER = web.RequestKey("app", App)
CALENDARS_READ = frozenset({"Calendars.ReadBasic.All", "Calendars.Read", "Calendars.ReadWrite"})
# The first pattern that is found in "METHOD path" says which roles will do, any one of them.
NEEDED = [
    (re.compile(pattern), roles)
    for pattern, roles in (
        (r" /v1.0/places", frozenset({"Place.Read.All"})),
        (r" /v1.0/subscriptions", frozenset({"Calendars.Read", "Calendars.ReadWrite"})),
        (r" /v1.0/users/[^/]+/mailboxSettings", frozenset({"MailboxSettings.Read", "MailboxSettings.ReadWrite"})),
        (r"^GET /v1.0/users/[^/]+/|/getSchedule$", CALENDARS_READ),
        (r" /v1.0/users/[^/]+/", frozenset({"Calendars.ReadWrite"})),
    )
]


def authenticating(entra: Entra) -> Middleware:
    """Let nobody on Graph without a good token, and note on the request who calls."""

    @web.middleware
    async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/v1.0/"):
            return await handler(request)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise _unauthenticated(entra, "Access token is empty.")
            client_id = entra.caller(token.strip())
        except jwt.ExpiredSignatureError as wrong:
            raise _unauthenticated(entra, "Lifetime validation failed, the token is expired.") from wrong
        except jwt.PyJWTError as wrong:
            raise _unauthenticated(entra, f"IDX14100: The token does not count: {wrong}.") from wrong
        request[CALLER] = App(client_id, NAMES[client_id])
        return await handler(request)

    return authenticate


def scoping(access: Access, world: World) -> Middleware:
    """Refuse calls that no role covers, and calls on mailboxes that the application does not reach."""

    @web.middleware
    async def scope(request: web.Request, handler: Handler) -> web.StreamResponse:
        app, name = request.get(CALLER), request.match_info.get("mailbox")
        if app is None:
            return await handler(request)
        if not _permit(access.roles(app.client_id), request.method, request.path):
            raise _denied()
        if name is not None:
            mailbox = world.mailbox(name)
            if not access.reaches(app, mailbox.address, is_room=mailbox.is_room):
                raise _denied()
        return await handler(request)

    return scope


def _permit(roles: Sequence[str], method: str, path: str) -> bool:
    """Whether one of the roles covers the call."""
    needed = next((enough for pattern, enough in NEEDED if pattern.search(f"{method} {path}")), None)
    return needed is None or not needed.isdisjoint(roles)


def _denied() -> CallRefused:
    return CallRefused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def _unauthenticated(entra: Entra, message: str) -> CallRefused:
    """A 401 says where tokens are to be had."""
    challenge = f'Bearer realm="", authorization_uri="{entra.authority}/oauth2/v2.0/authorize"'
    return CallRefused(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge})
