"""Ports of 127.0.0.1 that nobody listens on."""

import errno
import random
import socket
from collections import deque
from pathlib import Path

from deploy.local.process import CannotStart

LOWEST, USUAL_FIRST_OUTGOING = 10_240, 32_768
TRIES = 100
MOST_CLAIMS = 64
_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")


class PortTaken(CannotStart):
    """Another program listens on a port that was asked for."""


_chance = random.SystemRandom()  # not the module's, which a test may have seeded as others have
_claims: deque[socket.socket] = deque()


def free_port() -> int:
    """Return a port that was free a moment ago, and that no other process of ours is given before it is in use.

    A program that is not ours may take it first: start again with a new one then.

    It is none of those that the kernel gives to outgoing connections, which come and go all the time.
    Source: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html (ip_local_port_range)
    """
    for _ in range(TRIES):
        port = _chance.randrange(LOWEST, _first_outgoing())
        if _claim(port) and is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        given: int = probe.getsockname()[1]
        return given


def _claim(port: int) -> bool:
    """Keep others from choosing a port, until this process ends or has chosen many more; False if another has it.

    A name in the kernel says so, which no process leaves behind.
    Source: https://man7.org/linux/man-pages/man7/unix.7.html (abstract addresses)
    """
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0roomsync-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    while len(_claims) > MOST_CLAIMS:
        _claims.popleft().close()
    return True


def _first_outgoing() -> int:
    try:
        first = int(_OUTGOING.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return USUAL_FIRST_OUTGOING
    return first if first > LOWEST else USUAL_FIRST_OUTGOING


def is_free(port: int) -> bool:
    """Whether nobody listens on the port, on 127.0.0.1 or on all addresses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
    return True


def check_is_free(port: int) -> None:
    """Raise PortTaken if somebody listens on the port."""
    if not is_free(port):
        raise PortTaken(
            f"Another program listens on port {port}. Give another PORT_BASE, or none to have free ports chosen."
        )
