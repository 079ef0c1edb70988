"""What `PUT /sim/options` says: how Microsoft 365 behaves where its documentation leaves room."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from tests.graphsim.control import settings
from tests.graphsim.delivery.subscriptions import Subscriptions
from tests.graphsim.exchange.world import ExchangeOptions, World


@dataclass(slots=True)
class SimulatorOptions(ExchangeOptions):
    """Exchange's options, and the one of subscriptions."""

    renewing_twice_silences: bool = False


def change_options(world: World, subscriptions: Subscriptions, changes: Mapping[str, object]) -> SimulatorOptions:
    """Change options by name, in part."""
    silences = subscriptions.renewing_twice_silences
    before = SimulatorOptions(**{**asdict(world.options), "renewing_twice_silences": silences})
    options = settings.read(SimulatorOptions, changes, before=before)
    subscriptions.renewing_twice_silences = options.renewing_twice_silences
    world.options = options
    return options
