"""`make demo`: start everything, play the workflows, and say whether all of them hold.

KEEP=1 leaves the system running in the background, as `make up` does.
"""

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import aiohttp
from rich.console import Console

from deploy.demo.scenes import SCENES, Scene
from deploy.demo.story import ScenePlayed, Story, closing_table
from deploy.driver.cast import Cast, open_cast
from deploy.driver.endpoints import endpoints_in
from deploy.driver.http import RequestRefused
from deploy.local.background import LOCAL, STACK_FILE, until_stopped, up
from deploy.local.options import Mode, mode_in
from deploy.local.process import CannotStart
from deploy.local.stack import local_stack

SWEEP_INTERVAL_S = "10"


async def demo(console: Console) -> int:
    """Play every scene; return 0 only if all of them hold."""
    os.environ.setdefault("ROOMSYNC_SWEEP_INTERVAL_S", SWEEP_INTERVAL_S)
    async with _running(console) as cast:
        played = [await _play(cast, scene, console) for scene in SCENES]
    console.print()
    console.print(closing_table(played))
    failed = [each for each in played if each.problem]
    if failed:
        console.print(f"[red]{len(failed)} of {len(played)} do not hold.[/]")
    if _is_kept():
        url = json.loads(STACK_FILE.read_text())["console"]["url"]
        console.print(f"Everything is still running. The console is at {url}: choose who you are on its sign-in page.")
        console.print(f"{STACK_FILE} says where everything else listens. Stop it by: make down")
    return 1 if failed else 0


def _is_kept() -> bool:
    return os.environ.get("KEEP", "") not in {"", "0"}


@asynccontextmanager
async def _running(console: Console) -> AsyncIterator[Cast]:
    prefix = f"demo{uuid4().hex[:4]}"
    if _is_kept():
        if up() != 0:
            raise CannotStart("The system could not be started.")
        async with open_cast(endpoints_in(STACK_FILE), prefix) as cast:
            yield cast
        return
    mode = mode_in(os.environ)
    async with local_stack(mode, LOCAL / "demo", say=lambda sentence: console.print(sentence, style="dim")) as stack:
        console.print(f"Ready: {_in_words(stack.mode)}.", style="dim")
        async with open_cast(stack.endpoints, prefix) as cast:
            yield cast


def _in_words(mode: Mode) -> str:
    return "four services on RabbitMQ and PostgreSQL" if mode is Mode.REAL else "all services in one process"


async def _play(cast: Cast, scene: Scene, console: Console) -> ScenePlayed:
    story = Story(console, scene.number, scene.title)
    story.opens()
    try:
        await scene.play(cast, story)
    except (AssertionError, RequestRefused, aiohttp.ClientError, TimeoutError) as error:
        problem = str(error) or type(error).__name__
        console.print(f"Does not hold: {problem}", style="red", markup=False)
        return ScenePlayed(scene.number, scene.title, story.slowest_s, problem)
    return ScenePlayed(scene.number, scene.title, story.slowest_s, None)


if __name__ == "__main__":
    sys.exit(until_stopped(demo(Console(width=None if sys.stdout.isatty() else 120, highlight=False))))
