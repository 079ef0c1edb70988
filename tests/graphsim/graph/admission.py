"""Who may call Graph, and on which mailboxes: a good token, a role that covers the call, a mailbox within the grant.

Source: https://learn.microsoft.com/en-us/graph/permissions-reference
Source: https://learn.microsoft.com/en-us/exchange/permissions-exo/application-rbac
"""

import re

import jwt
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.graphsim.entra.access import Access
from tests.graphsim.entra.applications import NAMES, App
from tests.graphsim.entra.tokens import Entra
from tests.graphsim.exchange.world import World
from tests.graphsim.refusals import CallRefused

CALLER = web.RequestKey("app", App)
DIRECTORY_READ = frozenset({"User.ReadBasic.All", "User.Read.All", "Directory.Read.All"})
CALENDARS_READ = frozenset({"Calendars.ReadBasic.All", "Calendars.Read", "Calendars.ReadWrite"})
# The first pattern that is found in "METHOD path" says which roles will do, any one of them.
NEEDED = [
    (re.compile(pattern), roles)
    for pattern, roles in (
        (r"^GET /v1.0/users(/[^/]+)?$", DIRECTORY_READ),
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
        needed = _needed(request.method, request.path)
        if needed is not None and needed.isdisjoint(access.roles(app.client_id)):
            raise _denied() if needed is not DIRECTORY_READ else _denied_by_directory()
        if name is not None:
            mailbox = world.user(name)
            if not access.reaches(app, mailbox.address, is_room=mailbox.is_room):
                raise _denied()
        return await handler(request)

    return scope


def _needed(method: str, path: str) -> frozenset[str] | None:
    """The roles of which any one covers the call; None where no role is needed."""
    return next((enough for pattern, enough in NEEDED if pattern.search(f"{method} {path}")), None)


def _denied() -> CallRefused:
    return CallRefused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def _denied_by_directory() -> CallRefused:
    """The directory refuses in other words than Exchange, and knows nothing of scopes."""
    return CallRefused(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def _unauthenticated(entra: Entra, message: str) -> CallRefused:
    """A 401 says where tokens are to be had."""
    challenge = f'Bearer realm="", authorization_uri="{entra.authority}/oauth2/v2.0/authorize"'
    return CallRefused(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge})
