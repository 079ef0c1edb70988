"""Anything legal that can happen to two series of one room leaves both sides in agreement, date by date."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from time import monotonic

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from deploy.driver.cast import open_cast
from deploy.local.options import Mode
from deploy.local.stack import LocalStack, local_stack
from tests.system.series_walk.machine import SeriesMachine
from tests.system.series_walk.walk import TimeIsUp, Walk

MINUTES = float(os.environ.get("WALK_MINUTES") or 1)
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
@pytest.mark.timeout(60 * MINUTES + 600)
async def test_whatever_organizers_do_to_two_series_both_sides_agree_on_every_date(walked: LocalStack) -> None:
    async with open_cast(walked.endpoints, "walk") as cast, cast.tenant.options(mail_delay=[0.05, 0.2]):
        walk = Walk(cast, asyncio.get_running_loop(), monotonic() + 60 * MINUTES)

        await asyncio.to_thread(_walk, walk)

        assert gone_wrong(walked) == []
        print(walk.tally)  # noqa: T201


def gone_wrong(stack: LocalStack) -> list[str]:
    """Return what was logged of messages that were put aside, and of errors."""
    logged = [line for process in stack.processes.values() for line in process.log.read_text().splitlines()]
    told = [json.loads(line) for line in logged if line.startswith("{")]
    return [str(each) for each in told if each["level"] == "error" or each.get("outcome") == "parked"]


def _walk(walk: Walk) -> None:
    """Run machines until the time is up, a few with each seed, so that a failure is found again soon."""

    class Machine(SeriesMachine):
        pass

    Machine.walk = walk
    with suppress(TimeIsUp):
        for each in count(SEED):
            walk.seed = each
            run_state_machine_as_test(seed(each)(Machine), settings=WALKING)
