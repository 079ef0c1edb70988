"""The bus as this system uses it: its topology and its message catalogue."""

from libs.common.codec import Codec
from libs.common.settings import Settings
from libs.common.topology import Consumer, Lane, Topology
from libs.contracts.messages import CATALOGUE
from libs.contracts.topology import IN_TWO_LANES, LISTENERS


def topology(settings: Settings) -> Topology:
    """Return which service consumes which message, over the number of shards in the settings."""
    return Topology(
        consumers=[
            Consumer(name, types, lanes=(Lane.LIVE, Lane.BULK) if name in IN_TWO_LANES else (Lane.LIVE,))
            for name, types in LISTENERS.items()
        ],
        shards=settings.shards,
        namespace=settings.bus_namespace,
    )


def codec(settings: Settings) -> Codec:
    """Return the codec of our messages, which turns them into envelopes and back."""
    return Codec(CATALOGUE, topology(settings))
