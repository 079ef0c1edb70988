"""vdirsyncer bringing a directory and a calendar of Radicale together for the first time.

Both programs are used as their users use them, with what they do by themselves. The calendar is as far away as Graph
is from us. Nobody decides about an event, and nothing is kept but the events and what vdirsyncer knows of them.

Source: https://vdirsyncer.pimutils.org/en/stable/tutorial.html
"""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from time import perf_counter

from deploy.driver.slots import Slot
from deploy.local.process import CannotStart, Process
from deploy.local.scratch import log_file, scratch_directory
from tests.bench.figures import Incorrect
from tests.bench.peers import icalendar
from tests.bench.peers.distant import distant
from tests.bench.peers.radicale import CALENDAR, USER, open_radicale

_CONFIG = """
[general]
status_path = "{directory}/status"

[pair {calendar}]
a = "near"
b = "far"
collections = ["{calendar}"]

[storage near]
type = "filesystem"
path = "{directory}/near"
fileext = ".ics"

[storage far]
type = "caldav"
url = "http://127.0.0.1:{port}/"
username = "{user}"
password = "{user}"
"""


async def first_sync(near: Iterable[Slot], far: Iterable[Slot], *, latency_ms: float) -> float:
    """Return how many seconds it takes until the directory and the calendar have the events of both.

    Raises CannotStart if a program fails, and Incorrect if both sides do not have all events afterwards.
    """
    of_near, of_far = icalendar.events("near", near), icalendar.events("far", far)
    with scratch_directory("vdirsyncer") as directory:
        env = {"PATH": os.environ["PATH"], "HOME": str(directory), "LANG": "C.UTF-8"}
        files = _fill(directory / "near" / CALENDAR, of_near)
        async with open_radicale(directory, env) as radicale:
            await radicale.fill(of_far.values())
            async with distant(radicale.port, latency_ms=latency_ms) as port:
                config = directory / "vdirsyncer.conf"
                config.write_text(_CONFIG.format(directory=directory, calendar=CALENDAR, port=port, user=USER))
                began = perf_counter()
                for command in ("discover", "sync"):
                    await _run(command, config, env)
                took = perf_counter() - began
            _check_has("directory", _uids(files), [*of_near, *of_far])
            _check_has("calendar", await radicale.uids(), [*of_near, *of_far])
    return took


def _fill(directory: Path, made: Mapping[str, str]) -> Path:
    directory.mkdir(parents=True)
    for uid, event in made.items():
        (directory / f"{uid}.ics").write_text(icalendar.calendar([event]), newline="")
    return directory


async def _run(command: str, config: Path, env: Mapping[str, str]) -> None:
    log = log_file(config.parent, command)
    process = Process("vdirsyncer", [sys.executable, "-m", "vdirsyncer", "--config", str(config), command], log, env)
    await process.start()
    try:
        code = await process.wait()
    finally:
        await process.stop()
    if code:
        last = log.read_text(errors="replace").strip().splitlines()[-5:]
        raise CannotStart(f"`vdirsyncer {command}` ended with {code} and said: {' | '.join(last) or 'nothing'}")


def _uids(directory: Path) -> list[str]:
    return [uid for each in directory.glob("*.ics") for uid in icalendar.uids(each.read_text())]


def _check_has(side: str, found: Sequence[str], expected: Sequence[str]) -> None:
    if sorted(found) != sorted(expected):
        raise Incorrect(f"vdirsyncer left {len(found)} events in the {side}, where {len(expected)} belong.")
