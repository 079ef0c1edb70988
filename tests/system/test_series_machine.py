"""Anything legal that can happen to one room leaves both sides in agreement, date by date.

Two walks of chance: organizers alone with two series, of whom every answer and mail is judged, and everybody at once.
Without `WALK_MINUTES` they share a minute; with it each has that long. `-k organizers` or `-k everybody` takes one.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from itertools import count
from time import monotonic

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from deploy.driver.cast import open_cast
from deploy.local.options import Mode
from deploy.local.stack import LocalStack, local_stack
from tests.system.logged import lines
from tests.system.series_walk.machine import SeriesMachine
from tests.system.series_walk.walk import TimeIsUp, Walk
from tests.system.whole_walk.machine import WholeMachine

ORGANIZERS_MINUTES = float(os.environ.get("WALK_MINUTES") or 0.4)
EVERYBODYS_MINUTES = float(os.environ.get("WALK_MINUTES") or 0.6)
SEED = int(os.environ.get("WALK_SEED") or 1)
WALKING = settings(
    max_examples=4,
    stateful_step_count=20,
    deadline=None,
    database=None,
    phases=[Phase.generate, *([Phase.shrink] if os.environ.get("WALK_SHRINKS") else [])],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
SOON = {
    "ROOMSYNC_WATCH_INTERVAL_S": "0.2",
    "ROOMSYNC_SWEEP_INTERVAL_S": "0.6",
    "ROOMSYNC_DRIFT_GRACE_S": "0.5",
    "ROOMSYNC_INTENT_DEADLINE_S": "3",
    "ROOMSYNC_SETTLING_S": "0.6",
}


@pytest_asyncio.fixture
async def walked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalStack]:
    """A system in one process that soon finds what it was not told of."""
    async with local_stack(Mode.EMBEDDED, tmp_path_factory.mktemp("walked"), env=SOON) as stack:
        yield stack


@pytest.mark.embedded
@pytest.mark.timeout(60 * ORGANIZERS_MINUTES + 600)
async def test_whatever_organizers_do_to_two_series_both_sides_agree_on_every_date(walked: LocalStack) -> None:
    await _walk(walked, SeriesMachine, ORGANIZERS_MINUTES)


@pytest.mark.embedded
@pytest.mark.timeout(60 * EVERYBODYS_MINUTES + 600)
async def test_whatever_everybody_does_at_once_both_sides_agree_and_no_two_windows_overlap(walked: LocalStack) -> None:
    await _walk(walked, WholeMachine, EVERYBODYS_MINUTES)


def outcomes_of(stack: LocalStack, space_id: str) -> list[str]:
    """Return how the comparisons of a space ended, the last one last."""
    logs = [process.log.read_text() for process in stack.processes.values()]
    swept = [line for log in logs for line in log.splitlines() if '"room.swept"' in line and space_id in line]
    return [str(json.loads(line)["outcome"]) for line in swept]


def gone_wrong(stack: LocalStack) -> list[str]:
    """Return what was logged of messages that were put aside, and of errors."""
    return [str(each) for each in lines(stack) if each["level"] == "error" or each.get("outcome") == "parked"]


async def _walk(stack: LocalStack, machine: type[SeriesMachine | WholeMachine], minutes: float) -> None:
    async with open_cast(stack.endpoints, "walk") as cast, cast.tenant.options(mail_delay=[0.05, 0.2]):
        walk = Walk(cast, asyncio.get_running_loop(), monotonic() + 60 * minutes, partial(outcomes_of, stack))

        await asyncio.to_thread(_run, machine, walk)

        assert gone_wrong(stack) == []
        print(walk.tally)  # noqa: T201


def _run(machine: type[SeriesMachine | WholeMachine], walk: Walk) -> None:
    """Run machines until the time is up, a few with each seed, so that a failure is found again soon."""
    walking = type(machine.__name__, (machine,), {"walk": walk})
    with suppress(TimeIsUp):
        for each in count(SEED):
            walk.seed = each
            run_state_machine_as_test(seed(each)(walking), settings=WALKING)
