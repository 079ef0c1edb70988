"""Who makes calls together, and who has the mailbox's turn after them, whatever happens on the way. No I/O."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from libs.graph import protocol
from libs.graph.batching import LONGEST_S, Batches, BatchSize
from libs.graph.errors import ConnectionLost, GraphError, Throttled, Unavailable
from libs.graph.limiter import Allowance, MailboxLimiter, bulk
from libs.graph.protocol import Call
from libs.graph.vendor import Json
from tests.support.virtual_time import in_virtual_time

PATIENT = 1e9
CALL_S = 0.05
ROOM = "birch@example.org"

Answer = Callable[[list[Json]], Json]


def all_made(calls: list[Json]) -> Json:
    return {"responses": [{"id": each["id"], "status": 200, "body": {"id": each["url"]}} for each in calls]}


def first_failed(calls: list[Json]) -> Json:
    """Graph's answer to a chain whose first call fails."""
    return {"responses": [{"id": each["id"], "status": 424 if number else 404} for number, each in enumerate(calls)]}


class Mailbox:
    """A mailbox that answers after a moment: calls made alone with success, and batches as told, then with success."""

    def __init__(self, *answers: Answer | GraphError) -> None:
        self.limits = MailboxLimiter(Allowance(1, 9500))
        self.batches = Batches(self._send)
        self.sizes: list[int] = []
        self.times: list[float] = []
        self._answers = list(answers)

    async def _send(self, call: Call) -> Json:
        self.times.append(asyncio.get_running_loop().time())
        await asyncio.sleep(CALL_S)
        if call.name != "batch":
            self.sizes.append(1)
            return {"id": call.url}
        assert call.body is not None
        self.sizes.append(len(call.body["requests"]))
        answer = self._answers.pop(0) if self._answers else all_made
        if isinstance(answer, GraphError):
            raise answer
        return answer(call.body["requests"])

    def ask(self, number: int) -> list[asyncio.Task[Json]]:
        with bulk():
            return [
                asyncio.create_task(self.batches.make(protocol.read_event(ROOM, str(each)), self.limits, PATIENT))
                for each in range(number)
            ]


async def ended(tasks: list[asyncio.Task[Json]]) -> list[type]:
    return [type(each) for each in await asyncio.gather(*tasks, return_exceptions=True)]


@pytest.mark.parametrize(
    ("error", "pause_s"),
    [
        (Throttled("slow down", status=429, retry_after=timedelta(seconds=7)), 7),
        (Throttled("slow down", status=429), 1),
        (Unavailable("later", status=503, retry_after=timedelta(seconds=5)), 5),
        (ConnectionLost("POST got no answer"), 0),
    ],
)
def test_a_batch_that_is_refused_for_now_pauses_the_mailbox_and_each_of_its_callers_hears_why(
    error: GraphError, pause_s: float
) -> None:
    async def run() -> tuple[list[type], float]:
        mailbox = Mailbox(error)
        found = await ended(mailbox.ask(3))
        await ended(mailbox.ask(1))
        return found, mailbox.times[1] - mailbox.times[0] - CALL_S

    found, waited = in_virtual_time(run())
    assert found == [type(error)] * 3
    assert waited == pytest.approx(pause_s, abs=0.01)


def test_a_flaw_of_ours_reaches_those_who_wait() -> None:
    async def run() -> list[type]:
        return await ended(Mailbox(lambda calls: {"responses": calls[7]}).ask(3))

    assert in_virtual_time(run()) == [IndexError] * 3


@pytest.mark.parametrize("leaving", [1, 2])
def test_one_that_leaves_as_it_is_to_wait_again_takes_no_turn_with_it(leaving: int) -> None:
    async def run() -> tuple[list[type], list[int]]:
        tasks: list[asyncio.Task[Json]] = []

        def fail_and_leave(calls: list[Json]) -> Json:
            asyncio.get_running_loop().call_soon(tasks[leaving].cancel)  # before it hears that it was not made
            return first_failed(calls)

        mailbox = Mailbox(fail_and_leave)
        tasks += mailbox.ask(3)
        found = await ended(tasks)
        await ended(mailbox.ask(1))
        return found, mailbox.sizes

    found, sizes = in_virtual_time(run())
    assert [each is asyncio.CancelledError for each in found] == [number == leaving for number in range(3)]
    assert sizes == [3, 1, 1]


def test_each_call_that_was_not_made_is_in_the_next_batch() -> None:
    async def run() -> tuple[list[str], list[int]]:
        mailbox = Mailbox(first_failed, first_failed)
        return [each.__name__ for each in await ended(mailbox.ask(25))], mailbox.sizes

    found, sizes = in_virtual_time(run())
    assert found == ["NotFound", "NotFound", *["dict"] * 23]
    assert sizes == [20, 20, 20, 3]


def test_so_many_go_together_as_graph_makes_within_two_seconds() -> None:
    size = BatchSize()
    first = size.most
    size.note(20, LONGEST_S)
    usual = size.most
    size.note(20, 4 * LONGEST_S)
    slow = size.most
    size.note(1, 2 * LONGEST_S)
    slower = size.most
    size.note(1, 0)
    failed_at_once = size.most
    for _ in range(10):
        size.note(1, LONGEST_S / 100)

    assert (first, usual, slow, slower, failed_at_once, size.most) == (20, 20, 5, 1, 1, 20)


@pytest.mark.parametrize("steps", range(8))
def test_the_turn_comes_back_whenever_all_callers_leave(steps: int) -> None:
    async def run() -> list[type]:
        mailbox = Mailbox()
        tasks = mailbox.ask(3)
        for _ in range(steps):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert not [task for task in asyncio.all_tasks() if task.get_name() == "make calls together"]
        return await ended(mailbox.ask(1))

    assert in_virtual_time(run()) == [dict]
