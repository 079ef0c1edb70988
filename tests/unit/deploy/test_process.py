"""Children: stopped for certain, frozen, watched."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from deploy.driver.eventually import eventually
from deploy.local.process import Process
from deploy.local.server import Server
from deploy.local.supervisor import Supervisor

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def process(tmp_path: Path, code: str) -> Process:
    return Process("child", [sys.executable, "-c", code], tmp_path / "child.log", dict(os.environ))


async def test_a_child_that_ignores_us_is_ended_after_the_deadline(tmp_path: Path) -> None:
    child = process(tmp_path, STUBBORN)
    await child.start(stdout=asyncio.subprocess.PIPE)
    await child.stdout.readline()

    await child.stop(deadline_s=0.2)

    assert not child.is_running
    assert await child.wait() == -9


async def test_a_frozen_child_can_be_stopped(tmp_path: Path) -> None:
    child = process(tmp_path, "import time; time.sleep(60)")
    await child.start()
    child.stall()

    await child.stop(deadline_s=5)

    assert not child.is_running


async def test_a_child_that_fails_is_explained_by_the_end_of_its_log(tmp_path: Path) -> None:
    child = process(tmp_path, "raise SystemExit('no room on the disk')")
    await child.start()
    await child.wait()

    assert "no room on the disk" in str(child.failure())


async def test_children_die_with_whoever_started_them(tmp_path: Path) -> None:
    code = (
        "import asyncio, os, sys\nfrom pathlib import Path\nfrom deploy.local.process import Process\n"
        "async def main():\n"
        f"    child = Process('sleep', ['sleep', '60'], Path({str(tmp_path / 'log')!r}), dict(os.environ))\n"
        "    await child.start()\n    print(child.pid, flush=True)\n    await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    parent = process(tmp_path, code)
    await parent.start(stdout=asyncio.subprocess.PIPE)
    grandchild = int(await parent.stdout.readline())

    parent.kill()
    await parent.wait()

    async def gone() -> None:
        assert _has_ended(grandchild)

    await eventually(gone, within_s=5)


async def test_a_process_that_dies_is_started_again(tmp_path: Path) -> None:
    child = process(tmp_path, "import time; time.sleep(60)")
    await child.start()
    first = child.pid
    restarted = asyncio.Event()
    async with Supervisor(lambda _: restarted.set()) as supervisor:
        supervisor.watch("child", child)

        child.kill()

        await asyncio.wait_for(restarted.wait(), 2)
    assert child.is_running
    assert child.pid != first
    await child.stop()


async def test_a_server_is_started_until_it_is_up_whether_or_not_its_process_runs(tmp_path: Path) -> None:
    child = process(tmp_path, "import time; time.sleep(60)")
    await child.start()
    tries: list[str] = []
    restarted = asyncio.Event()

    async def start(server: Process, url: str) -> None:
        tries.append(url)
        if len(tries) == 1:
            raise server.failure()
        await server.start()
        if len(tries) == 2:  # it runs, and does not answer
            raise server.failure()

    async with Supervisor(lambda _: restarted.set()) as supervisor:
        supervisor.watch("child", Server(child, "any://", start))

        child.kill()

        await asyncio.wait_for(restarted.wait(), 5)
    assert len(tries) == 3
    assert child.is_running
    await child.stop()


async def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    child = Process("nothing", ["/does/not/exist"], tmp_path / "log", dict(os.environ))
    await child.start()
    await child.wait()

    with pytest.raises(Exception, match="/does/not/exist"):
        raise child.failure()


def _has_ended(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or ") Z " in status.read_text()
