"""`python -m tests.bench [figure ...] [--json]`: measure the figures named, or all, and print them beside the peers.

The exit code is 0 whether or not targets were met, and 1 if something went wrong that no speed excuses.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.local.background import until_stopped
from tests.bench import (
    approvals,
    console,
    decisions,
    first_sync,
    groups,
    history,
    holds,
    large,
    memory,
    policies,
    reading,
    report,
    roundtrip,
    rules,
    rush,
    series,
    webhook,
)
from tests.bench.figures import Incorrect, Line
from tests.bench.ground import Ground, open_ground

LONGEST_S = 750
"""About half of this, where nothing else runs."""

# In this order: what decides freezes the other services, and memory is what is held after all of it.
FIGURES: Mapping[str, Callable[[Ground], Awaitable[list[Line]]]] = {
    "policies": policies.measure,
    "reading": reading.measure,
    "webhook": webhook.measure,
    "roundtrip": roundtrip.measure,
    "rush": rush.measure,
    "history": history.measure,
    "series": series.measure,
    "holds": holds.measure,
    "groups": groups.measure,
    "first_sync": first_sync.measure,
    "large": large.measure,
    "decisions": decisions.measure,
    "rules": rules.measure,
    "approvals": approvals.measure,
    "console": console.measure,
    "memory": memory.measure,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="figure", help=f"any of {', '.join(FIGURES)}; all if none")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.figures) - FIGURES.keys()):
        parser.error(f"there is no figure {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    return chosen


async def bench(names: list[str], *, as_json: bool) -> int:
    """Measure and print. Raises CannotStart."""
    terminal = Console(stderr=True, highlight=False)
    chosen = [name for name in FIGURES if name in names or not names]
    busy, cores = os.getloadavg()[0], os.cpu_count() or 1
    try:
        async with asyncio.timeout(LONGEST_S):
            lines = await _measure(chosen, terminal)
    except TimeoutError:
        terminal.print(f"[bold red]Stopped:[/] the benchmark took more than {LONGEST_S} s.")
        return 1
    except Incorrect as wrong:
        terminal.print(f"[bold red]Wrong, at whatever speed:[/] {wrong}")
        return 1
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(lines), indent=2, ensure_ascii=False) + "\n")
    else:
        console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
        console.print(report.table(lines))
        console.print(report.closing(lines))
        if busy > cores / 2:
            console.print(
                f"The machine was busy before: a load of {busy:.1f} on {cores} cores. Figures suffer from it."
            )
    return 0


async def _measure(chosen: list[str], terminal: Console) -> list[Line]:
    """Measure one figure after the other, and show how far it is."""
    columns = (
        SpinnerColumn(),
        BarColumn(20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    lines: list[Line] = []
    # Drawing runs in a thread of this process: seldom, so that it does not show in the latencies.
    with Progress(*columns, console=terminal, refresh_per_second=2) as progress:
        task = progress.add_task("Starting.", total=len(chosen))

        def say(sentence: str) -> None:
            progress.update(task, description=sentence)
            if not terminal.is_terminal:
                terminal.print(sentence, style="dim")

        async with open_ground(say) as ground:
            for name in chosen:
                lines += await FIGURES[name](ground)
                progress.advance(task)
            say("Stopping everything.")
    return lines


if __name__ == "__main__":
    options = arguments()
    # The services' own event loop: whoever offers the load should take as little of the machine as can be.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    sys.exit(until_stopped(bench(options.figures, as_json=options.json)))
