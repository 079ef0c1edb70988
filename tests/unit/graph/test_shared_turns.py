"""Turns that processes share: used while others leave them, never by two at a time, and given back soon."""

import asyncio
from functools import partial

import pytest

from libs.graph.limiter import Allowance, Limiter, MailboxLimiter, bulk
from libs.graph.shared_turns import KEEPS_S, REST_S, WORTH_A_TURN, GiveBack
from tests.support.virtual_time import in_virtual_time

PATIENT = 1e9
ROOM = "orion@contoso.example"
ANSWER_S = 0.001
"""How long a lock takes to answer."""


class DatabaseAway(OSError):
    pass


class Locks:
    """Locks that processes share. `is_away` makes them raise."""

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.is_away = False

    async def take(self, name: str) -> GiveBack | None:
        await asyncio.sleep(ANSWER_S)
        if self.is_away:
            raise DatabaseAway
        if name in self.held:
            return None
        self.held.add(name)
        return partial(self.held.discard, name)


class Room:
    """What all processes together ask of one mailbox."""

    def __init__(self) -> None:
        self.locks = Locks()
        self.most_at_once = 0
        self._at_once = 0

    def process(self, own: int, shared: int = 1) -> MailboxLimiter:
        return Limiter(Allowance(own, 9500, shared), self.locks.take, "roomsync").of(ROOM)

    async def call(self, limits: MailboxLimiter, seconds: float = 1.0) -> float:
        """Make a call, and return how long it waited for its turn."""
        asked = _now()
        async with limits.slot(PATIENT):
            began = _now()
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            await asyncio.sleep(seconds)
            self._at_once -= 1
        return began - asked


def _now() -> float:
    return asyncio.get_running_loop().time()


async def timed(*calls: "asyncio.Future[float]") -> float:
    began = _now()
    await asyncio.gather(*calls)
    return _now() - began


@pytest.mark.parametrize(("shared", "rounds"), [(0, 12), (1, 6), (2, 4)])
def test_calls_that_wait_use_the_turns_that_nobody_else_uses(shared: int, rounds: int) -> None:
    async def run() -> tuple[float, int]:
        room = Room()
        bulk_lane = room.process(own=1, shared=shared)
        took = await timed(*(asyncio.ensure_future(room.call(bulk_lane, 0.01)) for _ in range(12)))
        return took, room.most_at_once

    took, most = in_virtual_time(run())
    assert rounds * 0.01 <= took < (rounds + 1) * 0.01 + ANSWER_S
    assert most == 1 + shared


@pytest.mark.parametrize("shared", [1, 2])
def test_no_two_processes_have_the_same_turn(shared: int) -> None:
    async def run() -> tuple[int, set[str]]:
        room = Room()
        processes = [room.process(own=1, shared=shared), room.process(own=0, shared=shared)]
        await asyncio.gather(*(room.call(each, 0.03) for each in processes for _ in range(100)))
        return room.most_at_once, room.locks.held

    most, held = in_virtual_time(run())
    assert most == 1 + shared
    assert not held


def test_a_few_calls_leave_the_turn_to_others_and_go_together() -> None:
    async def run() -> tuple[set[str], int]:
        room = Room()
        bulk_lane = room.process(own=1)
        with bulk():
            await bulk_lane.enter(bulk_lane.place(), PATIENT)
            few = range(WORTH_A_TURN - 1)
            waiting = [asyncio.ensure_future(bulk_lane.enter(bulk_lane.place(), PATIENT)) for _ in few]
            await asyncio.sleep(0.5)
            taken = await bulk_lane.take_along(_anything, 20)
            await asyncio.gather(*waiting)
        return set(room.locks.held), len(taken)

    assert in_virtual_time(run()) == (set(), WORTH_A_TURN - 1)


def test_a_turn_is_given_back_as_soon_as_no_call_waits() -> None:
    async def run() -> tuple[set[str], set[str]]:
        room = Room()
        bulk_lane = room.process(own=1)
        calls = [asyncio.ensure_future(room.call(bulk_lane)) for _ in range(1 + WORTH_A_TURN)]
        await asyncio.sleep(0.5)
        meanwhile = set(room.locks.held)
        await asyncio.gather(*calls)
        return meanwhile, set(room.locks.held)

    meanwhile, afterwards = in_virtual_time(run())
    assert len(meanwhile) == 1
    assert not afterwards


@pytest.mark.parametrize("call_s", [0.02, 0.3, 3.0])
def test_whoever_has_no_other_turn_gets_it_however_many_calls_of_others_wait(call_s: float) -> None:
    async def run() -> float:
        room = Room()
        bulk_lane, reconciler = room.process(own=1), room.process(own=0)
        many = [asyncio.ensure_future(room.call(bulk_lane, call_s)) for _ in range(1000)]
        await asyncio.sleep(2.5 * call_s)
        waited = await room.call(reconciler)
        for each in many:
            each.cancel()
        return waited

    assert in_virtual_time(run()) <= max(KEEPS_S, call_s) + call_s + REST_S


def test_turns_are_those_of_one_mailbox_and_one_application() -> None:
    async def run() -> list[float]:
        room = Room()
        allowance = Allowance(0, 9500, 1)
        ours, theirs = (Limiter(allowance, room.locks.take, name) for name in ("ours", "theirs"))
        limits = [ours.of(ROOM), ours.of("other@contoso.example"), theirs.of(ROOM)]
        return await asyncio.gather(*map(room.call, limits))

    assert in_virtual_time(run()) == pytest.approx([ANSWER_S] * 3, abs=ANSWER_S)


def test_without_a_database_calls_use_the_turns_of_their_own_or_raise_why_there_is_none() -> None:
    async def run() -> tuple[float, list[object], list[float]]:
        room = Room()
        bulk_lane, reconciler = room.process(own=1), room.process(own=0)
        room.locks.is_away = True
        took = await timed(*(asyncio.ensure_future(room.call(bulk_lane, 0.1)) for _ in range(5)))
        failed = await asyncio.gather(*(room.call(reconciler) for _ in range(2)), return_exceptions=True)
        room.locks.is_away = False
        return took, [type(each) for each in failed], [await room.call(reconciler) for _ in range(2)]

    took, failed, waited = in_virtual_time(run())
    assert took == pytest.approx(0.5, abs=0.01)
    assert failed == [DatabaseAway, DatabaseAway]
    assert waited == pytest.approx([ANSWER_S] * 2, abs=ANSWER_S)


@pytest.mark.parametrize("cancelled_after", [0.0, ANSWER_S / 2, ANSWER_S * 2])
def test_no_turn_is_lost_with_a_call_that_is_cancelled(cancelled_after: float) -> None:
    async def run() -> tuple[float, set[str]]:
        room = Room()
        reconciler = room.process(own=0)
        call = asyncio.ensure_future(room.call(reconciler))
        await asyncio.sleep(cancelled_after)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        await asyncio.sleep(ANSWER_S)
        return await room.call(reconciler), room.locks.held

    waited, held = in_virtual_time(run())
    assert waited == pytest.approx(ANSWER_S, abs=ANSWER_S / 10)
    assert not held


def test_turns_that_are_shared_without_a_lock_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="need locks"):
        Limiter(Allowance(0, 9500, 1))


def test_a_call_that_is_cancelled_as_its_turn_fails_is_cancelled() -> None:
    async def run() -> list[object]:
        reconciler = Room().process(own=0)
        calls = [asyncio.ensure_future(reconciler.enter(reconciler.place(), PATIENT)) for _ in range(2)]
        await asyncio.sleep(0)
        reconciler.fail(DatabaseAway())
        calls[0].cancel()
        return [type(each) for each in await asyncio.gather(*calls, return_exceptions=True)]

    assert in_virtual_time(run()) == [asyncio.CancelledError, DatabaseAway]


@pytest.mark.parametrize(
    ("is_taken", "expected"),
    [pytest.param(False, [4, 2], id="free"), pytest.param(True, [10, 0], id="used by another")],
)
def test_those_that_wait_are_divided_among_the_turns_that_can_be_had(is_taken: bool, expected: list[int]) -> None:
    """One of ten has the shared turn, unless another process has it. Whoever takes calls along makes a call itself."""

    async def run() -> list[int]:
        room = Room()
        bulk_lane, other = room.process(own=1), room.process(own=0)
        found: list[int] = []
        with bulk():
            if is_taken:
                elsewhere = asyncio.ensure_future(room.call(other, 5))
                await asyncio.sleep(0.5)
            await bulk_lane.enter(bulk_lane.place(), PATIENT)
            waiting = [asyncio.ensure_future(bulk_lane.enter(bulk_lane.place(n), PATIENT)) for n in range(10)]
            await asyncio.sleep(0.5)
            found.append(len(await bulk_lane.take_along(_anything, 20)))
            found.append(len(await bulk_lane.take_along(_anything, 20)))
            for each in [*waiting, *([elsewhere] if is_taken else [])]:
                each.cancel()
        return found

    assert in_virtual_time(run()) == expected


def _anything(_: object) -> bool:
    return True
