"""The parts of the simulator that tests make, watch or spoil."""

from dataclasses import dataclass

from tests.graphsim.control.call_log import CallLog
from tests.graphsim.control.faults import Faults
from tests.graphsim.delivery.dispatcher import Dispatcher
from tests.graphsim.delivery.notifier import Notifier
from tests.graphsim.delivery.subscriptions import Subscriptions
from tests.graphsim.entra.signing_in import SigningIn
from tests.graphsim.entra.tokens import Entra
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.delta import Delta
from tests.graphsim.graph.overlays import Overlays
from tests.graphsim.graph.throttling import Throttling
from tests.graphsim.smtp.sink import Sink


@dataclass(frozen=True, slots=True)
class SimulatorParts:
    """One of each part that has a state of its own."""

    world: World
    entra: Entra
    signing_in: SigningIn
    throttling: Throttling
    delta: Delta
    overlays: Overlays
    subscriptions: Subscriptions
    dispatcher: Dispatcher
    notifier: Notifier
    faults: Faults
    log: CallLog
    sink: Sink

    def reset(self) -> None:
        """Empty the world and forget every setting; signing keys and the first credentials stay."""
        self.world.reset()
        self.entra.reset()
        self.signing_in.reset()
        self.throttling.reset()
        self.delta.reset()
        self.overlays.reset()
        self.subscriptions.reset()
        self.dispatcher.reset()
        self.faults.reset()
        self.log.reset()
        self.sink.reset()
