"""What the environment asks of the local system: STACK and PORT_BASE."""

from collections.abc import Mapping
from enum import StrEnum

from deploy.local.process import CannotStart

LOWEST_PORT, HIGHEST_PORT = 1024, 65535
PORTS = 8
"""How many ports are taken from PORT_BASE on: for each role, the simulator, probes of ingest and policy, and mail."""


class Mode(StrEnum):
    """How the system runs: separate processes on real servers, or one process with an in-memory bus."""

    REAL = "real"
    EMBEDDED = "embedded"
    AUTO = "auto"


class WrongOption(CannotStart):
    """The environment asks for something that there is not. The message says what can be asked for."""


def mode_in(env: Mapping[str, str]) -> Mode:
    """Return the mode that STACK names, or AUTO. Raises WrongOption."""
    named = env.get("STACK") or Mode.AUTO
    try:
        return Mode(named)
    except ValueError:
        known = ", ".join(Mode)
        raise WrongOption(f"STACK={named} is not known; it can be one of: {known}.") from None


def port_base_in(env: Mapping[str, str]) -> int | None:
    """Return the first of the ports that PORT_BASE asks for, or None for free ports. Raises WrongOption."""
    named = env.get("PORT_BASE")
    if not named:
        return None
    highest = HIGHEST_PORT - PORTS + 1
    if not named.isdecimal() or not LOWEST_PORT <= int(named) <= highest:
        raise WrongOption(
            f"PORT_BASE={named} is no port to begin at: give a number from {LOWEST_PORT} to {highest}, because "
            f"{PORTS} ports in a row are used."
        )
    return int(named)
