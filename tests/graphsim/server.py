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
from tests.graphsim.control.credential_calls import CredentialCalls
from tests.graphsim.control.faults import Faults
from tests.graphsim.control.parts import SimulatorParts
from tests.graphsim.control.sign_in_calls import SignInCalls
from tests.graphsim.delivery import subscription_routes
from tests.graphsim.delivery.dispatcher import Dispatcher
from tests.graphsim.delivery.handshake import Handshake
from tests.graphsim.delivery.notifier import Notifier
from tests.graphsim.delivery.subscriptions import Subscriptions
from tests.graphsim.entra import refusing as entra_refusing
from tests.graphsim.entra import token_endpoint
from tests.graphsim.entra.authorize import AuthorizeCalls
from tests.graphsim.entra.signing_in import SigningIn
from tests.graphsim.entra.tokens import Entra
from tests.graphsim.exchange.world import World
from tests.graphsim.graph import admission, calendar_routes
from tests.graphsim.graph import refusing as graph_refusing
from tests.graphsim.graph.batch import Batch
from tests.graphsim.graph.delta import Delta
from tests.graphsim.graph.mailbox_settings import MailboxSettingCalls
from tests.graphsim.graph.overlays import Overlays
from tests.graphsim.graph.places import Places
from tests.graphsim.graph.throttling import Throttling
from tests.graphsim.graph.users import Users
from tests.graphsim.smtp.sink import Sink

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
    """The parts put together, each knowing only those that it needs."""

    def __init__(self, world: World, entra: Entra, options: ServerOptions) -> None:
        self._trust = tls.trusting(options.webhook_ca)
        self._http: aiohttp.ClientSession | None = None
        throttling = Throttling(world, latency_ms=options.latency_ms)
        overlays = Overlays()
        dispatcher = Dispatcher(self._session, Random(world.seed), options.scale)
        handshake = Handshake(self._session, lambda: dispatcher.settings.handshake_within_s)
        subscriptions = Subscriptions(world, entra.access, handshake, lambda: throttling.longest_subscription)
        self.parts = SimulatorParts(
            world=world,
            entra=entra,
            signing_in=SigningIn(),
            throttling=throttling,
            delta=Delta(world, overlays),
            overlays=overlays,
            subscriptions=subscriptions,
            dispatcher=dispatcher,
            notifier=Notifier(world, subscriptions, dispatcher),
            faults=Faults(world),
            log=CallLog(world, options.calls_kept),
            sink=Sink(world.clock),
        )
        self.places = Places(world)
        self.users = Users(world)
        self.mailbox_settings = MailboxSettingCalls(world)
        self.batch = Batch(entra.origin, tls.trusting(options.authority), self._session)

    async def running(self, _: web.Application) -> AsyncIterator[None]:
        """Hold the HTTP client that calls others."""
        connector = aiohttp.TCPConnector(ssl=self._trust, limit=0)
        async with aiohttp.ClientSession(connector=connector) as self._http:
            yield
            await self.parts.dispatcher.close()
            self.parts.world.reset()

    def _session(self) -> aiohttp.ClientSession:
        assert self._http is not None, "the application is not running"
        return self._http


def application(simulation: Simulation) -> web.Application:
    """The web application: log, refusals, caller, scope, limits and faults around every route, in this order."""
    parts = simulation.parts
    app = web.Application(
        client_max_size=LARGEST_BODY,
        middlewares=[
            parts.log.middleware(),
            graph_refusing.naming,
            graph_refusing.refusing,
            entra_refusing.refusing,
            admission.authenticating(parts.entra),
            admission.scoping(parts.entra.access, parts.world),
            parts.throttling.middleware(),
            parts.faults.middleware(),
        ],
    )
    app.cleanup_ctx.append(simulation.running)
    app.add_routes(control_routes.routes(parts))
    app.add_routes(CredentialCalls(parts.entra).routes())
    app.add_routes(SignInCalls(parts.entra, parts.signing_in).routes())
    app.add_routes(parts.delta.routes())
    app.add_routes(calendar_routes.routes(parts.world, parts.overlays))
    app.add_routes(simulation.places.routes())
    app.add_routes(simulation.users.routes())
    app.add_routes(simulation.mailbox_settings.routes())
    app.add_routes(simulation.batch.routes())
    app.add_routes(subscription_routes.routes(parts.subscriptions))
    app.add_routes(token_endpoint.routes(parts.entra, parts.signing_in))
    app.add_routes(AuthorizeCalls(parts.signing_in).routes())
    return app
