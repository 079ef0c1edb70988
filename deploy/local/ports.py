"""Ports of 127.0.0.1 that nobody listens on."""

import errno
import socket

from deploy.local.process import CannotStart


class PortTaken(CannotStart):
    """Another program listens on a port that was asked for."""


def free_port() -> int:
    """Return a port that was free a moment ago. Another process may take it first: start again with a new one then."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def check_is_free(port: int) -> None:
    """Raise PortTaken if somebody listens on the port, on 127.0.0.1 or on all addresses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortTaken(
                f"Another program listens on port {port}. Give another PORT_BASE, or none to have free ports chosen."
            ) from None
