"""What is done side by side ends together: no sibling of a failure goes on."""

import asyncio

import pytest

from libs.common.together import together


class Sibling:
    """Waits for ever, and remembers how it ended."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()
        self.ended = ""

    async def __call__(self) -> str:
        self.has_begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            self.ended = "cancelled"
            raise
        return "never"


async def after(turns: int, result: str) -> str:
    for _ in range(turns):
        await asyncio.get_running_loop().run_in_executor(None, str)
    return result


async def test_results_come_in_the_order_of_the_works() -> None:
    assert await together(after(turns, str(turns)) for turns in (3, 0, 1)) == ["3", "0", "1"]
    assert await together([]) == []


async def test_the_first_error_is_raised_as_it_is_and_the_others_have_ended_by_then() -> None:
    sibling, cause = Sibling(), KeyError("why")

    async def fail() -> str:
        await sibling.has_begun.wait()
        raise LookupError("first") from cause

    with pytest.raises(LookupError, match="first") as raised:
        await together([sibling(), fail()])

    assert sibling.ended == "cancelled"
    assert raised.value.__cause__ is cause


async def test_who_is_cancelled_ends_what_it_began() -> None:
    sibling = Sibling()
    working = asyncio.create_task(together([sibling()]))
    await sibling.has_begun.wait()

    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working

    assert sibling.ended == "cancelled"
