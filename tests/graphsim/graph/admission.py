"""Who may call, and which mailboxes an application reaches.

Our application reaches what the tenant's scope says, rooms at first; Outlook acts for anybody.

Source: https://learn.microsoft.com/en-us/exchange/permissions-exo/application-rbac
"""

import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import jwt
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.graphsim.control import settings
from tests.graphsim.entra.tokens import CLIENT_ID, NAMES, OUTLOOK_ID, ROLES, Entra
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.world import World
from tests.graphsim.refusals import CallRefused

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


def client_id_of(app: object) -> str:
    """An application by name or client id; one that is not registered is a 400."""
    found = next((each for each, name in NAMES.items() if app in {each, name}), None)
    if found is None:
        raise settings.refused(f"app is {app!r}, not one of {', '.join(NAMES.values())}.")
    return found


CALLER = web.RequestKey("app", App)


@dataclass(frozen=True, slots=True)
class Grant:
    """What the tenant grants an application: roles, a scope of mailboxes, and by name some only of those."""

    scope: Literal["rooms", "all", "none"] = "rooms"
    roles: tuple[str, ...] = tuple(ROLES)
    mailboxes: tuple[str, ...] | None = None


FIRST = {CLIENT_ID: Grant(), OUTLOOK_ID: Grant(scope="all")}


class Access:
    """The grant to each application, which counts as it is at the time of a call."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._grants = dict(FIRST)
        self._coming: dict[str, tuple[float, Grant]] = {}

    def reset(self) -> None:
        self._grants = dict(FIRST)
        self._coming.clear()

    def configure(self, changes: Mapping[str, object]) -> Grant:
        """Change a grant in part; an unknown name or scope is a 400 and changes nothing.

        `app` is ours unless it is named; `after_s` is how long the change takes to come into force.
        """
        client_id = client_id_of(changes.get("app", NAMES[CLIENT_ID]))
        after_s = changes.get("after_s", 0)
        if not isinstance(after_s, int | float):
            raise settings.refused(f"after_s is {after_s!r}, not a number of seconds.")
        parts = {name: value for name, value in changes.items() if name not in {"app", "after_s"}}
        grant = settings.read(Grant, parts, before=self.grant(client_id))
        self._coming[client_id] = (time.monotonic() + after_s, grant)
        return grant

    def grant(self, client_id: str) -> Grant:
        """What is in force now."""
        due, coming = self._coming.get(client_id, (math.inf, None))
        if coming is not None and due <= time.monotonic():
            self._grants[client_id] = coming
            del self._coming[client_id]
        return self._grants[client_id]

    def roles(self, client_id: str) -> Sequence[str]:
        return self.grant(client_id).roles

    def reaches(self, app: App, mailbox: SimulatedMailbox) -> bool:
        grant = self.grant(app.client_id)
        if grant.mailboxes is not None and mailbox.address not in {each.lower() for each in grant.mailboxes}:
            return False
        return grant.scope == "all" or (grant.scope == "rooms" and mailbox.is_room)

    def permits(self, app: App, method: str, path: str) -> bool:
        """Whether a role of the application covers the call.

        Source: https://learn.microsoft.com/en-us/graph/permissions-reference
        """
        needed = next((roles for pattern, roles in NEEDED if pattern.search(f"{method} {path}")), None)
        return needed is None or not needed.isdisjoint(self.roles(app.client_id))

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


def denied() -> CallRefused:
    return CallRefused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def _unauthenticated(entra: Entra, message: str) -> CallRefused:
    """A 401 says where tokens are to be had."""
    challenge = f'Bearer realm="", authorization_uri="{entra.authority}/oauth2/v2.0/authorize"'
    return CallRefused(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge})
