"""Where a running system can be reached from outside."""

import json
import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of Graph, the simulator's control interface and our HTTP API, and the authorities to trust."""

    graph: str
    control: str
    policy: str
    trust: ssl.SSLContext


def endpoints_in(stack_file: Path) -> Endpoints:
    """Read where the system listens that `make up` started. Raises FileNotFoundError if none is up."""
    told = json.loads(stack_file.read_text())
    graph = told["graph"]
    trust = ssl.create_default_context(cafile=graph["ca"])
    return Endpoints(graph["base_url"], graph["control"], told["policy"]["url"], trust)
