"""The directory of rooms.

A page has 100 rooms and never says that there are more: whoever does not ask with $skip misses them.

Source: https://learn.microsoft.com/en-us/graph/api/place-list
"""

from uuid import NAMESPACE_URL, uuid5

from aiohttp import web

from tests.graphsim.bodies import as_json
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.answers import context
from tests.graphsim.refusals import CallRefused

PAGE = 100
LARGEST_PAGE = 1000


class Places:
    """Rooms are the world's room mailboxes; each building is a room list."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        found = []
        for space in ("microsoft.graph", "graph"):
            found += [
                web.get(f"/v1.0/places/{space}.room", self._rooms),
                web.get(f"/v1.0/places/{space}.roomlist", self._lists),
                web.get(f"/v1.0/places/{space}.roomList", self._lists),
                web.get(f"/v1.0/places/{{list}}/{space}.roomlist/rooms", self._rooms_of),
                web.get(f"/v1.0/places/{{list}}/{space}.roomList/rooms", self._rooms_of),
            ]
        return [*found, web.get("/v1.0/places/{place}", self._place)]

    async def _rooms(self, request: web.Request) -> web.Response:
        rooms = [_room(each) for each in self._all()]
        return _page(request, "places/microsoft.graph.room", rooms, from_start=self._world.options.places_ignore_skip)

    async def _lists(self, request: web.Request) -> web.Response:
        return _page(request, "places/microsoft.graph.roomList", [_list(each) for each in self._buildings()])

    async def _rooms_of(self, request: web.Request) -> web.Response:
        name = request.match_info["list"].lower()
        building = next((each for each in self._buildings() if name in {_list_id(each), _list_address(each)}), None)
        if building is None:
            raise _unknown(name)
        rooms = [_room(each) for each in self._all() if each.building == building]
        return _page(request, f"places('{name}')/microsoft.graph.roomList/rooms", rooms)

    async def _place(self, request: web.Request) -> web.Response:
        name = request.match_info["place"].lower()
        room = next((each for each in self._all() if name in {each.address, _place_id(each)}), None)
        if room is None:
            raise _unknown(name)
        body = {"@odata.context": context(request, "places/$entity"), "@odata.type": "#microsoft.graph.room"}
        return as_json({**body, **_room(room)})

    def _all(self) -> list[SimulatedMailbox]:
        return [each for each in self._world.mailboxes.values() if each.is_room]

    def _buildings(self) -> list[str]:
        return sorted({each.building for each in self._all() if each.building})


def _page(request: web.Request, named: str, found: list[Json], *, from_start: bool = False) -> web.Response:
    top, skip = (_number(request, "$top", PAGE), 0 if from_start else _number(request, "$skip", 0))
    body: Json = {"@odata.context": context(request, named)}
    if request.query.get("$count") == "true":
        body["@odata.count"] = len(found)
    body["value"] = found[skip : skip + min(top, LARGEST_PAGE)]
    return as_json(body)


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isdigit():
        raise CallRefused(400, "BadRequest", f"The value '{text}' of {name} is not a whole number.")
    return int(text)


def _room(mailbox: SimulatedMailbox) -> Json:
    return {
        "id": _place_id(mailbox),
        "displayName": mailbox.display_name,
        "nickname": mailbox.display_name,
        "emailAddress": mailbox.address,
        "capacity": mailbox.capacity,
        "building": mailbox.building,
        "bookingType": "standard",
        "floorNumber": None,
        "floorLabel": None,
        "label": None,
        "phone": "",
        "tags": [],
        "isWheelChairAccessible": False,
        "audioDeviceName": None,
        "videoDeviceName": None,
        "displayDeviceName": None,
        "address": None,
        "geoCoordinates": None,
    }


def _place_id(mailbox: SimulatedMailbox) -> str:
    """Places count ids of their own: this one is not the mailbox's object id."""
    return str(uuid5(NAMESPACE_URL, f"place:{mailbox.user_id}"))


def _list(building: str) -> Json:
    return {
        "id": _list_id(building),
        "displayName": building,
        "emailAddress": _list_address(building),
        "phone": "",
        "address": None,
        "geoCoordinates": None,
    }


def _list_address(building: str) -> str:
    return f"{building.lower().replace(' ', '-')}@lists.example.org"


def _list_id(building: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"mailto:{_list_address(building)}"))


def _unknown(name: str) -> CallRefused:
    return CallRefused(404, "ResourceNotFound", f"The place '{name}' does not exist.")
