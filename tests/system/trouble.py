"""Bad days of the simulated Microsoft 365, ended when their context is left."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from deploy.driver.cast import Cast

CALM = {"delay_ms": [20, 200], "extra_updates": [0, 1], "duplicate": 0, "drop": 0, "reorder": 0, "silence": False}


@asynccontextmanager
async def faults(cast: Cast, *rules: dict[str, Any]) -> AsyncIterator[None]:
    """Have Graph calls that match a rule go wrong."""
    await cast.control.send("PUT", "/faults", body={"rules": list(rules)})
    try:
        yield
    finally:
        await cast.control.send("PUT", "/faults", body={"rules": []})


@asynccontextmanager
async def delivery(cast: Cast, **how: Any) -> AsyncIterator[None]:
    """Have notifications delivered otherwise: more often, out of order, not at all."""
    await cast.control.send("PUT", "/delivery", body={**CALM, **how})
    try:
        yield
    finally:
        await cast.control.send("PUT", "/delivery", body=CALM)
