"""The directory of users: who owns a mailbox, and under which names.

A user is found by object id or user principal name; by mail address only with `$filter`. Reading the directory needs a
role of its own, which reaches everybody: scopes of mailboxes are Exchange's.

Source: https://learn.microsoft.com/en-us/graph/api/user-get
Source: https://learn.microsoft.com/en-us/graph/api/user-list
"""

import re
from collections.abc import Callable

from aiohttp import web

from tests.graphsim.bodies import as_json
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.answers import context
from tests.graphsim.refusals import CallRefused

PAGE = 100
LARGEST_PAGE = 999
EQUALS = re.compile(r"(\w+)\s+eq\s+'((?:[^']|'')*)'", re.IGNORECASE)
HAS_ADDRESS = re.compile(r"proxyAddresses/any\(\s*(\w+)\s*:\s*\1\s+eq\s+'smtp:((?:[^']|'')*)'\s*\)", re.IGNORECASE)
NAMES: dict[str, Callable[[SimulatedMailbox], str]] = {
    "id": lambda mailbox: mailbox.user_id,
    "mail": lambda mailbox: mailbox.address,
    "userprincipalname": lambda mailbox: mailbox.principal_name,
    "displayname": lambda mailbox: mailbox.display_name,
}
# What a user has besides; only by $select.
SELECTED_ONLY = frozenset({"proxyAddresses", "accountEnabled", "userType"})


class Users:
    """Users are the owners of the world's mailboxes, also those of rooms."""

    def __init__(self, world: World) -> None:
        self._directory = world.directory

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/v1.0/users", self._listing), web.get("/v1.0/users/{user}", self._one)]

    async def _one(self, request: web.Request) -> web.Response:
        name = request.match_info["user"]
        found = self._directory.principal(name)
        if found is None:
            raise CallRefused(
                404,
                "Request_ResourceNotFound",
                f"Resource '{name}' does not exist or one of its queried reference-property objects are not present.",
            )
        return as_json(
            {"@odata.context": context(request, f"users{_selection(request)}/$entity"), **_user(request, found)}
        )

    async def _listing(self, request: web.Request) -> web.Response:
        holds = _predicate(request.query.get("$filter"))
        found = [each for each in self._directory.by_address.values() if holds(each)]
        top, skip = _number(request, "$top", PAGE), _number(request, "$skiptoken", 0)
        if not 1 <= top <= LARGEST_PAGE:
            raise CallRefused(
                400, "Request_UnsupportedQuery", f"The value of $top must be between 1 and {LARGEST_PAGE}."
            )
        body: Json = {
            "@odata.context": context(request, f"users{_selection(request)}"),
            "value": [_user(request, each) for each in found[skip : skip + top]],
        }
        if skip + top < len(found):
            body["@odata.nextLink"] = str(request.url.update_query({"$skiptoken": str(skip + top)}))
        return as_json(body)


def _predicate(text: str | None) -> Callable[[SimulatedMailbox], bool]:
    """Read a filter: one name that is equal, whatever the case, or one of the addresses."""
    if text is None:
        return lambda _: True
    if match := HAS_ADDRESS.fullmatch(text.strip()):
        address = _unquoted(match[2])
        return lambda mailbox: mailbox.address == address
    match = EQUALS.fullmatch(text.strip())
    value_of = NAMES.get(match[1].lower()) if match else None
    if match is None or value_of is None:
        raise CallRefused(400, "Request_UnsupportedQuery", f"Unsupported or invalid query filter clause: '{text}'.")
    wanted = _unquoted(match[2])
    return lambda mailbox: value_of(mailbox).lower() == wanted


def _unquoted(text: str) -> str:
    return text.replace("''", "'").lower()


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isdigit():
        raise CallRefused(400, "Request_BadRequest", f"The value '{text}' of {name} is not a whole number.")
    return int(text)


def _selected(request: web.Request) -> list[str]:
    return [each.strip() for each in request.query.get("$select", "").split(",") if each.strip()]


def _selection(request: web.Request) -> str:
    names = ",".join(_selected(request))
    return f"({names})" if names else ""


def _user(request: web.Request, mailbox: SimulatedMailbox) -> Json:
    whole: Json = {
        "businessPhones": [],
        "displayName": mailbox.display_name,
        "givenName": None,
        "jobTitle": None,
        "mail": mailbox.address,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": None,
        "userPrincipalName": mailbox.principal_name,
        "id": mailbox.user_id,
        "proxyAddresses": [f"SMTP:{mailbox.address}"],
        "accountEnabled": mailbox.kind == "user",
        "userType": "Member",
    }
    selected = _selected(request)
    return {
        name: value for name, value in whole.items() if (name in selected if selected else name not in SELECTED_ONLY)
    }
