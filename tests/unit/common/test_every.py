"""Repeated work goes on while the database is away, and ends with whatever else goes wrong."""

import asyncio

import asyncpg
import pytest
import structlog

from libs.common.every import every
from tests.support.virtual_time import in_virtual_time


class Work:
    """Notes when it is done, and raises what it is given, one error at each turn."""

    def __init__(self, *errors: Exception | None) -> None:
        self.times: list[float] = []
        self._errors = list(errors)

    async def __call__(self) -> None:
        self.times.append(round(asyncio.get_running_loop().time()))
        error = self._errors.pop(0) if self._errors else None
        if error is not None:
            raise error


async def for_a_minute(work: Work) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(60):
            await every(25, work, name="tidying")


def test_work_is_done_at_once_and_after_each_interval() -> None:
    work = Work()

    in_virtual_time(for_a_minute(work))

    began = work.times[0]
    assert [each - began for each in work.times] == [0, 25, 50]


@pytest.mark.parametrize(
    "away", [ConnectionRefusedError(), asyncpg.CannotConnectNowError("starting up"), TimeoutError()]
)
def test_a_database_that_is_away_postpones_the_work_and_is_told_by_name(away: Exception) -> None:
    work = Work(None, away)

    with structlog.testing.capture_logs() as lines:
        in_virtual_time(for_a_minute(work))

    assert len(work.times) == 3
    assert [(line["event"], line["work"], line["error"]) for line in lines] == [
        ("work.postponed", "tidying", type(away).__name__)
    ]


@pytest.mark.parametrize("error", [ValueError("no use"), asyncpg.UndefinedColumnError("no such column")])
def test_whatever_else_goes_wrong_ends_it(error: Exception) -> None:
    with pytest.raises(type(error)):
        in_virtual_time(every(25, Work(None, error), name="tidying"))
