"""Where a running system can be reached from outside."""

import ssl
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of Graph, the simulator's control interface and our HTTP API, and the authorities to trust."""

    graph: str
    control: str
    policy: str
    trust: ssl.SSLContext
