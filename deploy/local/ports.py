"""Ports of 127.0.0.1 that nobody listens on."""

import socket


def free_port() -> int:
    """Return a port that was free a moment ago. Another process may take it first: start again with a new one then."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
