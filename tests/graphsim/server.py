"""The simulator as one web application: the world, and everything around it that HTTP needs."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import uuid4

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler

from tests.graphsim import tls
from tests.graphsim.control import control_routes
from tests.graphsim.control.call_log import CallLog
from tests.graphsim.control.faults import Faults
from tests.graphsim.delivery import subscription_routes
from tests.graphsim.delivery.dispatcher import Dispatcher
from tests.graphsim.delivery.handshake import Handshake
from tests.graphsim.delivery.notifier import Notifier
from tests.graphsim.delivery.subscription import GraphSubscription
from tests.graphsim.delivery.subscriptions import Subscriptions
from tests.graphsim.entra.tokens import Entra
from tests.graphsim.exchange.world import World
from tests.graphsim.graph import calendar_routes
from tests.graphsim.graph.admission import Access
from tests.graphsim.graph.batch import Batch
from tests.graphsim.graph.delta import Delta
from tests.graphsim.graph.places import Places
from tests.graphsim.graph.throttling import Throttling
from tests.graphsim.refusals import CallRefused, error

LOG = logging.getLogger(__name__)
LARGEST_BODY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How this simulator is started. `authority` is our own CA, `webhook_ca` the one behind notified addresses.

    `scale` shortens or stretches the hours for which notifications are retried; `calls_kept` is how far the log goes
    back.
    """

    authority: Path
    webhook_ca: Path | None = None
    latency_ms: float = 0
    scale: float = 1
    calls_kept: int = 100_000


class Simulation:
    """The parts, each knowing only those that it needs."""

    def __init__(self, world: World, entra: Entra, options: ServerOptions) -> None:
        self.world = world
        self.entra = entra
        self.access = Access(world)
        entra.roles_of = self.access.roles
        self.log = CallLog(world, options.calls_kept)
        self.limits = Throttling(world, latency_ms=options.latency_ms)
        self.faults = Faults(world)
        self.delta = Delta(world)
        self.places = Places(world)
        self._trust = tls.trusting(options.webhook_ca)
        self._http: aiohttp.ClientSession | None = None
        self.batch = Batch(entra.origin, tls.trusting(options.authority), self._session)
        self.delivery = Dispatcher(self._session, Random(world.seed), self._on_given_up, options.scale)
        handshake = Handshake(self._session, lambda: self.delivery.settings.handshake_within_s)
        self.subscriptions = Subscriptions(world, self.access, handshake, lambda: self.limits.longest_subscription)
        self.notifier = Notifier(world, self.subscriptions, self.delivery)

    def reset(self) -> None:
        """Empty the world and forget every setting; signing keys and credentials stay."""
        for part in (
            self.world,
            self.entra,
            self.access,
            self.log,
            self.limits,
            self.faults,
            self.delta,
            self.subscriptions,
            self.delivery,
        ):
            part.reset()

    async def running(self, _: web.Application) -> AsyncIterator[None]:
        """Hold the HTTP client that calls others."""
        connector = aiohttp.TCPConnector(ssl=self._trust, limit=0)
        async with aiohttp.ClientSession(connector=connector) as self._http:
            yield
            await self.delivery.close()
            self.world.reset()

    def _session(self) -> aiohttp.ClientSession:
        assert self._http is not None, "the application is not running"
        return self._http

    def _on_given_up(self, subscription: GraphSubscription) -> None:
        self.notifier.on_given_up(subscription)


def application(simulation: Simulation) -> web.Application:
    """The web application: log, refusals, caller, scope, limits and faults around every route, in this order."""
    app = web.Application(
        client_max_size=LARGEST_BODY,
        middlewares=[
            simulation.log.middleware(),
            naming,
            refusing,
            simulation.access.authenticating(simulation.entra),
            simulation.access.scoping(),
            simulation.limits.middleware(),
            simulation.faults.middleware(),
        ],
    )
    app.cleanup_ctx.append(simulation.running)
    app.add_routes(control_routes.routes(simulation))
    app.add_routes(simulation.delta.routes())
    app.add_routes(calendar_routes.routes(simulation.world))
    app.add_routes(simulation.places.routes())
    app.add_routes(simulation.batch.routes())
    app.add_routes(subscription_routes.routes(simulation.subscriptions))
    app.add_routes(simulation.entra.routes())
    return app


@web.middleware
async def naming(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every answer on Graph the ids by which it can be spoken of.

    Source: https://learn.microsoft.com/en-us/graph/best-practices-concept
    """
    response = await handler(request)
    if request.path.startswith("/v1.0/") and not response.prepared:
        request_id = response.headers.setdefault("request-id", str(uuid4()))
        response.headers.setdefault("client-request-id", request.headers.get("client-request-id", request_id))
    return response


@web.middleware
async def refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every refusal, also of a path that is none, in Graph's error format."""
    request_id = request.headers.get("client-request-id")
    try:
        return await handler(request)
    except CallRefused as refusal:
        return refusal.response(request_id)
    except web.HTTPException as other:
        if other.status < 400:
            raise
        code = {404: "BadRequest", 405: "Request_BadRequest"}.get(other.status, "BadRequest")
        message = f"Resource not found for the segment '{request.path.rpartition('/')[2]}'."
        return error(400 if other.status == 404 else other.status, code, message, client_request_id=request_id)
    except ConnectionError:
        raise  # the caller left; there is nobody to answer
    except Exception:
        # A flaw of the simulator: callers see what Graph would show of its own, and the log the whole of it.
        LOG.exception("%s %s failed", request.method, request.path)
        return error(500, "InternalServerError", "Something is wrong here.", client_request_id=request_id)
