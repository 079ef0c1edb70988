"""Where a running system can be reached from outside."""

import ssl
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of Graph, of the simulator's control surface and of our HTTP API, and whose certificates hold."""

    graph: str
    control: str
    policy: str
    trust: ssl.SSLContext
