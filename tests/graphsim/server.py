"""The simulator as one web application: the world, and everything around it that HTTP needs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import aiohttp
from aiohttp import web

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
from tests.graphsim.entra import refusing as entra_refusing
from tests.graphsim.entra import token_endpoint
from tests.graphsim.entra.tokens import Entra
from tests.graphsim.exchange.world import World
from tests.graphsim.graph import admission, calendar_routes
from tests.graphsim.graph import refusing as graph_refusing
from tests.graphsim.graph.batch import Batch
from tests.graphsim.graph.delta import Delta
from tests.graphsim.graph.places import Places
from tests.graphsim.graph.throttling import Throttling

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
        self.subscriptions = Subscriptions(world, entra.access, handshake, lambda: self.limits.longest_subscription)
        self.notifier = Notifier(world, self.subscriptions, self.delivery)

    def reset(self) -> None:
        """Empty the world and forget every setting; signing keys and credentials stay."""
        for part in (
            self.world,
            self.entra,
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
            graph_refusing.naming,
            graph_refusing.refusing,
            entra_refusing.refusing,
            admission.authenticating(simulation.entra),
            admission.scoping(simulation.entra.access, simulation.world),
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
    app.add_routes(token_endpoint.routes(simulation.entra))
    return app
