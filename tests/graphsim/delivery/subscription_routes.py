"""/v1.0/subscriptions over HTTP.

Source: https://learn.microsoft.com/en-us/graph/api/subscription-list
"""

from aiohttp import web

from tests.graphsim.bodies import as_json, read_body
from tests.graphsim.delivery.subscription import GraphSubscription
from tests.graphsim.delivery.subscriptions import Subscriptions
from tests.graphsim.graph.admission import CALLER
from tests.graphsim.graph.answers import context
from tests.graphsim.graph.preferences import Preferences
from tests.graphsim.refusals import CallRefused

PAGE = 100


def routes(subscriptions: Subscriptions) -> list[web.RouteDef]:
    """Every route; each raises CallRefused for a refusal."""
    calls = _SubscriptionCalls(subscriptions)
    one = "/v1.0/subscriptions/{subscription}"
    return [
        web.post("/v1.0/subscriptions", calls.create),
        web.get("/v1.0/subscriptions", calls.listing),
        web.get(one, calls.read),
        web.patch(one, calls.update),
        web.delete(one, calls.delete),
        web.post(one + "/reauthorize", calls.reauthorize),
        web.post(one + "/microsoft.graph.reauthorize", calls.reauthorize),
    ]


class _SubscriptionCalls:
    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions

    async def create(self, request: web.Request) -> web.Response:
        wishes = Preferences.of(request)
        made = await self._subscriptions.create(
            request[CALLER], await read_body(request), immutable_ids=wishes.immutable_ids
        )
        return _one(request, made, status=201)

    async def listing(self, request: web.Request) -> web.Response:
        own = self._subscriptions.of(request[CALLER])
        token = request.query.get("$skiptoken", "0")
        if not token.isdigit():
            raise CallRefused(400, "BadRequest", "The $skiptoken is not one that was handed out.")
        skip = int(token)
        body = {
            "@odata.context": context(request, "subscriptions"),
            "value": [each.body() for each in own[skip : skip + PAGE]],
        }
        if skip + PAGE < len(own):
            body["@odata.nextLink"] = str(request.url.update_query({"$skiptoken": str(skip + PAGE)}))
        return as_json(body)

    async def read(self, request: web.Request) -> web.Response:
        return _one(request, self._own(request))

    async def update(self, request: web.Request) -> web.Response:
        subscription = self._own(request)
        await self._subscriptions.update(subscription, await read_body(request))
        return _one(request, subscription)

    async def delete(self, request: web.Request) -> web.Response:
        self._subscriptions.remove(self._own(request))
        return web.Response(status=204)

    async def reauthorize(self, request: web.Request) -> web.Response:
        self._subscriptions.renew(self._own(request), "reauthorized")
        return web.Response(status=204)

    def _own(self, request: web.Request) -> GraphSubscription:
        return self._subscriptions.find(request[CALLER], request.match_info["subscription"])


def _one(request: web.Request, subscription: GraphSubscription, status: int = 200) -> web.Response:
    return as_json(
        {"@odata.context": context(request, "subscriptions/$entity"), **subscription.body()},
        status,
    )
