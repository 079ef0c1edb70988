"""What two hundred open timelines cost policy while nothing changes."""

import asyncio

from tests.bench.console.visit import Visit
from tests.bench.console.watchers import open_watchers
from tests.bench.figures import Line, Target
from tests.bench.ground import Ground
from tests.bench.proc import cpu_seconds

PAGES = 200
SECONDS = 25.0
"""Longer than an open page is left without a word (`SAID_EVERY_S`)."""


async def measure(ground: Ground, visit: Visit) -> Line:
    """Compare policy's processor time without pages and with them."""
    ground.say(f"{PAGES} open timelines at rest.")
    alone = await _share_of_a_core(ground)
    async with open_watchers(visit, PAGES, {"building": "Observatory", "days": "7"}):
        await asyncio.sleep(2)
        beside = await _share_of_a_core(ground)
    return Line(
        "console",
        f"what {PAGES} open timelines cost policy at rest, of a core",
        max(0.0, beside - alone),
        "%",
        Target("below", 5),
        note=f"{beside:.1f} % with them, {alone:.1f} % without",
    )


async def _share_of_a_core(ground: Ground) -> float:
    pid = ground.stack.processes["policy"].pid
    before = cpu_seconds(pid)
    await asyncio.sleep(SECONDS)
    return (cpu_seconds(pid) - before) / SECONDS * 100
