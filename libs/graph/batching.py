"""Make the small calls of the bulk lane together: whoever has a turn of the mailbox takes along those that wait.

Where there is more than one turn and several wait, each takes its part of them.

So nothing waits longer in order to be made with others, and where no other waits a call is made alone. Callers get what
they would get alone: the same results, the same errors, and one try for each call that was made. Calls of the live lane
are always made alone, because people wait for them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from copy import copy
from uuid import uuid4

from prometheus_client import Histogram

from libs.graph import answers, batch_protocol, protocol
from libs.graph.batch_protocol import MOST, PartAnswer, UnansweredPart
from libs.graph.errors import ConnectionLost, GraphError, GraphTokenRefused, Refused
from libs.graph.limiter import MailboxLimiter, QueuePlace
from libs.graph.measured import measured
from libs.graph.protocol import Call
from libs.graph.vendor import Json

ITEMS = Histogram(
    "roomsync_graph_batch_items", "Calls that were sent to Graph in one batch", buckets=(2, 3, 5, 8, 12, 16, 20)
)

LONGEST_S = 2.0
"""How long a batch should take. All of it is answered at once, so fewer calls go together while Graph is slow."""


class NotMade(GraphError):
    """Graph did not make this call of a batch, because one before it failed. `Batches` makes it again."""


class BatchedCall:
    """One call that others may take along. `answer` is what came back; `is_alone` once it may not go with others."""

    def __init__(self, call: Call, batches: "Batches", limits: MailboxLimiter) -> None:
        self.call = call
        self.batches = batches
        self.place: QueuePlace = limits.place(self)
        self.is_alone = False
        self.answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self.batch: SentBatch | None = None

    def wait_again(self, limits: MailboxLimiter) -> None:
        """Put the call back in front of those that came after it. Whoever waits for this try gets `NotMade`."""
        if not self.answer.done():
            limits.line_up(self.place)
            this_try, self.answer = self.answer, asyncio.get_running_loop().create_future()
            this_try.set_exception(NotMade("a call before this one failed"))

    def succeed(self, found: Json) -> None:
        if not self.answer.done():
            self.answer.set_result(found)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Batches:
    """The batches of one client, which makes a call by `send`: with a token, and with its own measure and span."""

    def __init__(self, send: Callable[[Call], Awaitable[Json]]) -> None:
        self._send = send
        self.size = BatchSize()

    async def make(self, call: Call, limits: MailboxLimiter, patience_s: float) -> Json:
        """Make a call within its mailbox's limits, alone or with others. Raises what it would raise alone."""
        until = _now() + patience_s
        item = BatchedCall(call, self, limits)
        try:
            while True:
                if await limits.enter(item.place, until - _now()):
                    others = await self._fellows(item, limits)
                    if not others:
                        return await self._make_alone(call, limits)
                    SentBatch(self, [item, *others], limits).depart()
                with suppress(NotMade), measured(call):
                    return await item.answer
        except asyncio.CancelledError:
            limits.withdraw(item.place)
            item.answer.cancel()
            if item.batch is not None:
                await item.batch.forget_if_unwanted()
            raise

    async def _fellows(self, item: BatchedCall, limits: MailboxLimiter) -> list[BatchedCall]:
        """Return this turn's part of those that wait, and of those that would if this one had begun at once."""
        if item.is_alone:
            return []
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            limits.leave()
            raise

        def fits(other: object) -> bool:
            return isinstance(other, BatchedCall) and other.batches is self and not other.is_alone

        found = await limits.take_along(fits, self.size.most - 1)
        return [each for each in found if isinstance(each, BatchedCall)]

    async def _make_alone(self, call: Call, limits: MailboxLimiter) -> Json:
        began = _now()
        try:
            return await self._send(call)
        except GraphError as error:
            limits.heed(error)
            raise
        finally:
            self.size.note(1, _now() - began)
            limits.leave()

    async def send(self, items: Sequence[BatchedCall]) -> Json:
        """Send calls as one batch; return the JSON of its answer."""
        ITEMS.observe(len(items))
        return await self._send(
            batch_protocol.join([(each.call, protocol.headers(each.call, str(uuid4()))) for each in items])
        )


class SentBatch:
    """Calls on their way together, in a task of their own: none of their callers can harm the others by leaving.

    The task has a turn of the mailbox, and ends with the last of its callers.
    """

    def __init__(self, batches: Batches, items: Sequence[BatchedCall], limits: MailboxLimiter) -> None:
        self._batches = batches
        self._items = items
        self._limits = limits
        self._task: asyncio.Task[None] | None = None

    def depart(self) -> None:
        self._task = asyncio.create_task(self._run(), name="make calls together")
        # Not within the task, which never begins if it is cancelled before that.
        self._task.add_done_callback(lambda _: self._limits.leave())
        for each in self._items:
            each.batch = self

    async def forget_if_unwanted(self) -> None:
        """End the task, and wait for its end, if nobody waits for any of its answers."""
        if self._task is not None and all(each.answer.done() for each in self._items if each.batch is self):
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        began = _now()
        made = len(self._items)
        try:
            found = batch_protocol.take_apart(await self._batches.send(self._items), made)
            made -= found.count(UnansweredPart.NOT_MADE)
            for item, each in zip(self._items, found, strict=True):
                self._hand_over(item, each)
        except Refused:
            # Graph refuses the batch as such and has made nothing: each call shows by itself what is wrong with it.
            for item in self._items:
                item.is_alone = True
                item.wait_again(self._limits)
        except Exception as error:  # noqa: BLE001 - whoever waits for an answer has to hear of it
            if isinstance(error, GraphError):
                self._limits.heed(error)
            for item in self._items:
                item.fail(copy(error) if isinstance(error, GraphError) else error)
        finally:
            self._batches.size.note(made, _now() - began)

    def _hand_over(self, item: BatchedCall, found: PartAnswer | UnansweredPart) -> None:
        if found is UnansweredPart.NOT_MADE:
            item.wait_again(self._limits)
        elif isinstance(found, UnansweredPart):
            item.fail(ConnectionLost(f"{item.call.method} got no answer: its batch was answered without it"))
        else:
            try:
                item.succeed(answers.part_of(found.status, found.headers, found.body))
            except GraphTokenRefused:
                # Alone it gets a fresh token, which shows whether the credential is still valid.
                item.is_alone = True
                item.wait_again(self._limits)
            except GraphError as error:
                self._limits.heed(error)
                item.fail(error)


class BatchSize:
    """How many calls may go together, by how long Graph took for the last ones."""

    def __init__(self) -> None:
        self._call_s = 0.0

    @property
    def most(self) -> int:
        return min(MOST, max(1, int(LONGEST_S / self._call_s))) if self._call_s else MOST

    def note(self, calls: int, seconds: float) -> None:
        """Note how long so many calls took. One that fails at once does not make up for those that took long."""
        self._call_s = max(seconds / max(1, calls), self._call_s / 2)


def _now() -> float:
    return asyncio.get_running_loop().time()
