"""Who may call, and which mailboxes an application reaches.

Our application reaches what the tenant's scope says, rooms at first; Outlook acts for anybody.

Source: https://learn.microsoft.com/en-us/exchange/permissions-exo/application-rbac
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import jwt
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.graphsim.entra import NAMES, OUTLOOK_ID, ROLES, Entra
from tests.graphsim.errors import GraphError
from tests.graphsim.mailbox import Mailbox
from tests.graphsim.world import World

SCOPES = ("rooms", "all", "none")
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


@dataclass(frozen=True, slots=True)
class App:
    """An application that calls Graph."""

    client_id: str
    name: str

    @property
    def is_outlook(self) -> bool:
        return self.client_id == OUTLOOK_ID


CALLER = web.RequestKey("app", App)


@dataclass(frozen=True, slots=True)
class Grant:
    """What the tenant grants our application: roles, a scope of mailboxes, and by name some only of those."""

    scope: str = "rooms"
    roles: tuple[str, ...] = tuple(ROLES)
    mailboxes: tuple[str, ...] | None = None


class Access:
    """The grant to our application, which counts as it is at the time of a call."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.grant = Grant()

    def reset(self) -> None:
        self.grant = Grant()

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Change the grant in part; an unknown name or scope is a 400 and changes nothing."""
        known = {each.name for each in fields(Grant)}
        if unknown := sorted(changes.keys() - known):
            raise GraphError(400, "InvalidSetting", f"Unknown parts {unknown}; known are {sorted(known)}.")
        lists = {name: tuple(value) for name, value in changes.items() if isinstance(value, list)}
        grant = replace(self.grant, **{**changes, **lists})
        if grant.scope not in SCOPES:
            raise GraphError(400, "InvalidSetting", f"scope is {grant.scope!r}, not one of {', '.join(SCOPES)}.")
        self.grant = grant

    def reaches(self, app: App, mailbox: Mailbox) -> bool:
        if app.is_outlook:
            return True
        named = self.grant.mailboxes
        if named is not None and mailbox.address not in {each.lower() for each in named}:
            return False
        return self.grant.scope == "all" or (self.grant.scope == "rooms" and mailbox.is_room)

    def permits(self, app: App, method: str, path: str) -> bool:
        """Whether a role of the application covers the call.

        Source: https://learn.microsoft.com/en-us/graph/permissions-reference
        """
        needed = next((roles for pattern, roles in NEEDED if pattern.search(f"{method} {path}")), None)
        return app.is_outlook or needed is None or not needed.isdisjoint(self.grant.roles)

    def authenticating(self, entra: Entra) -> Middleware:
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

    def scoping(self) -> Middleware:
        """Refuse calls that no role covers, and calls on mailboxes that the application does not reach."""

        @web.middleware
        async def scope(request: web.Request, handler: Handler) -> web.StreamResponse:
            app, name = request.get(CALLER), request.match_info.get("mailbox")
            if app is not None and not self.permits(app, request.method, request.path):
                raise denied()
            if app is not None and name is not None and not self.reaches(app, self._world.mailbox(name)):
                raise denied()
            return await handler(request)

        return scope


class Unauthenticated(GraphError):
    """A 401, which says where tokens are to be had."""

    def __init__(self, message: str, challenge: str) -> None:
        super().__init__(401, "InvalidAuthenticationToken", message)
        self._challenge = challenge

    def response(self, client_request_id: str | None = None) -> web.Response:
        response = super().response(client_request_id)
        response.headers["WWW-Authenticate"] = self._challenge
        return response


def denied() -> GraphError:
    return GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def _unauthenticated(entra: Entra, message: str) -> Unauthenticated:
    return Unauthenticated(message, f'Bearer realm="", authorization_uri="{entra.authority}/oauth2/v2.0/authorize"')
