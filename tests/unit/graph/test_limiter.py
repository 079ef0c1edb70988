"""No more than Graph allows: so many at a time, so many in any ten minutes, nothing in a pause, people first."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from libs.common.topology import Lane
from libs.graph.errors import Throttled
from libs.graph.limiter import CALLERS, MOST_IDLE, Allowance, Limiter, MailboxLimiter, bulk
from libs.graph.shared_turns import Turns
from libs.graph.window import WINDOW_S
from services.ingest.wiring import REQUESTS_SHARE as INGEST_SHARE
from services.outbound.wiring import REQUESTS_SHARE as OUTBOUND_SHARE
from services.outbound.wiring import TURNS as OUTBOUND_TURNS
from services.reconciler.wiring import REQUESTS_SHARE as RECONCILER_SHARE
from services.reconciler.wiring import TURNS as RECONCILER_TURNS
from tests.support.virtual_time import in_virtual_time

PATIENT = 1e9


def now() -> float:
    return asyncio.get_running_loop().time()


class Mailbox:
    """A mailbox that notes when calls begin, and how many there are at once."""

    def __init__(self, concurrency: int = 4, per_window: int = 9500, call_s: float = 1.0) -> None:
        self.limits = MailboxLimiter(Allowance(concurrency, per_window))
        self.began: list[tuple[str, float]] = []
        self.most_at_once = 0
        self._call_s = call_s
        self._at_once = 0

    async def call(self, name: str = "call", patience_s: float = PATIENT) -> None:
        async with self.limits.slot(patience_s):
            self.began.append((name, now()))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            await asyncio.sleep(self._call_s)
            self._at_once -= 1


def test_no_more_than_four_are_under_way() -> None:
    async def run() -> Mailbox:
        mailbox = Mailbox()
        await asyncio.gather(*(mailbox.call() for _ in range(20)))
        return mailbox

    mailbox = in_virtual_time(run())
    assert mailbox.most_at_once == 4
    assert len(mailbox.began) == 20


def test_people_go_before_bulk_and_each_lane_in_its_order() -> None:
    async def run() -> list[str]:
        mailbox = Mailbox(concurrency=1)

        async def in_bulk(name: str) -> None:
            with bulk():
                await mailbox.call(name)

        await asyncio.gather(
            *(in_bulk(f"bulk {each}") for each in range(3)), *(mailbox.call(f"live {each}") for each in range(3))
        )
        return [name for name, _ in mailbox.began]

    assert in_virtual_time(run()) == ["bulk 0", "live 0", "live 1", "live 2", "bulk 1", "bulk 2"]


def test_any_ten_minutes_hold_no_more_than_allowed() -> None:
    async def run() -> list[float]:
        mailbox = Mailbox(concurrency=64, per_window=200, call_s=0)
        await asyncio.gather(*(mailbox.call() for _ in range(1000)))
        return [at for _, at in mailbox.began]

    began = in_virtual_time(run())
    most = max(sum(1 for each in began if at <= each < at + WINDOW_S) for at in began)
    assert most <= 200
    assert began[-1] - began[0] < 6 * WINDOW_S


def test_some_may_come_at_once() -> None:
    async def run() -> Counter[int]:
        mailbox = Mailbox(concurrency=64, per_window=200, call_s=0)
        await asyncio.gather(*(mailbox.call() for _ in range(110)))
        return Counter(int(at - mailbox.began[0][1]) for _, at in mailbox.began)

    assert in_virtual_time(run())[0] == 100


def test_nothing_begins_in_a_pause_even_one_that_grows() -> None:
    async def run() -> float:
        mailbox, asked = Mailbox(), now()
        mailbox.limits.pause(timedelta(seconds=5))
        calls = [asyncio.create_task(mailbox.call()) for _ in range(8)]
        await asyncio.sleep(2)
        mailbox.limits.pause(timedelta(seconds=30))
        mailbox.limits.pause(timedelta(seconds=1))
        await asyncio.gather(*calls)
        return mailbox.began[0][1] - asked

    assert in_virtual_time(run()) == pytest.approx(32)


def test_whoever_has_no_patience_for_a_pause_is_told_how_long_it_is() -> None:
    async def run() -> tuple[timedelta | None, bool]:
        mailbox = Mailbox()
        mailbox.limits.pause(timedelta(seconds=60))
        with pytest.raises(Throttled) as refused:
            await mailbox.call(patience_s=10)
        await asyncio.sleep(60)
        await asyncio.gather(*(mailbox.call(patience_s=10) for _ in range(4)))
        return refused.value.retry_after, mailbox.most_at_once == 4

    assert in_virtual_time(run()) == (timedelta(seconds=60), True)


def test_a_pause_that_grows_sends_away_those_who_wait_in_it() -> None:
    async def run() -> bool:
        mailbox = Mailbox()
        mailbox.limits.pause(timedelta(seconds=5))
        waiting = asyncio.create_task(mailbox.call(patience_s=10))
        await asyncio.sleep(1)
        mailbox.limits.pause(timedelta(seconds=3600))
        with pytest.raises(Throttled):
            await waiting
        return mailbox.limits.is_idle

    assert in_virtual_time(run()) is False


@pytest.mark.parametrize("cancelled_after", [0.0, 0.5, 1.0], ids=["before", "while waiting", "when its turn comes"])
def test_a_turn_is_never_lost_with_its_waiter(cancelled_after: float) -> None:
    async def run() -> int:
        mailbox = Mailbox(concurrency=1)
        first = asyncio.create_task(mailbox.call())
        await asyncio.sleep(0)
        leaving = asyncio.create_task(mailbox.call("leaving"))
        await asyncio.sleep(cancelled_after)
        leaving.cancel()
        await asyncio.gather(first, leaving, return_exceptions=True)
        await asyncio.gather(*(mailbox.call() for _ in range(3)))
        return mailbox.most_at_once

    assert in_virtual_time(run()) == 1


def test_a_call_that_fails_gives_its_turn_back() -> None:
    async def run() -> int:
        mailbox = Mailbox(concurrency=1)
        for _ in range(3):
            with pytest.raises(ConnectionError):
                async with mailbox.limits.slot(PATIENT):
                    raise ConnectionError
        await mailbox.call()
        return len(mailbox.began)

    assert in_virtual_time(run()) == 1


def test_mailboxes_do_not_wait_for_each_other_and_have_one_name() -> None:
    async def run() -> None:
        limiter = Limiter(Allowance(4, 9500))
        limiter.of("birch@example.org").pause(timedelta(hours=1))
        assert limiter.of("Birch@Example.org") is limiter.of("birch@example.org")
        async with limiter.of("cedar@example.org").slot(0):
            pass

    in_virtual_time(run())


def test_mailboxes_that_are_long_unused_are_forgotten_and_others_are_not() -> None:
    async def run() -> tuple[int, bool, bool]:
        limiter = Limiter(Allowance(4, 9500))
        paused, busy = limiter.of("paused"), limiter.of("busy")
        paused.pause(timedelta(hours=1))
        async with busy.slot(PATIENT):
            await asyncio.sleep(WINDOW_S * 2)
            for each in range(3 * MOST_IDLE):
                limiter.of(f"organizer {each}")
            return len(limiter._mailboxes), limiter.of("paused") is paused, limiter.of("busy") is busy

    kept, keeps_paused, keeps_busy = in_virtual_time(run())
    assert kept <= 2 * MOST_IDLE
    assert (keeps_paused, keeps_busy) == (True, True)


def test_the_allowances_of_all_callers_stay_within_the_whole() -> None:
    callers = [
        (INGEST_SHARE, Turns.OWN),
        *((OUTBOUND_SHARE, OUTBOUND_TURNS[lane]) for lane in Lane),
        (RECONCILER_SHARE, RECONCILER_TURNS),
    ]
    allowances = [Allowance.part_of(4, 9500, share, turns) for share, turns in callers]
    assert len(callers) == CALLERS
    assert sum(each.at_a_time for each in allowances) + max(each.shared for each in allowances) == 4
    assert sum(each.per_window for each in allowances) <= 9500


def test_one_with_a_turn_takes_waiting_bulk_calls_along_in_their_order_and_none_before_people() -> None:
    async def run() -> tuple[list[list[object]], list[tuple[str, bool]]]:
        limits = MailboxLimiter(Allowance(1, 9500))
        ended: list[tuple[str, bool]] = []
        await limits.enter(limits.place(), PATIENT)

        async def wait(name: str) -> None:
            ended.append((name, await limits.enter(limits.place(name), PATIENT)))

        with bulk():
            waiting = [asyncio.create_task(wait(f"bulk {each}")) for each in range(6)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        live = asyncio.create_task(wait("live"))
        await asyncio.sleep(0)
        taken = [await limits.take_along(lambda _: True, 3)]
        limits.leave()
        await live
        taken += [await limits.take_along(lambda name: name != "bulk 2", 3), await limits.take_along(lambda _: True, 0)]
        limits.leave()
        await asyncio.sleep(0)
        limits.leave()
        await asyncio.wait(waiting)
        return taken, ended

    taken, ended = in_virtual_time(run())
    assert taken == [[], ["bulk 0", "bulk 3", "bulk 4"], []]
    assert ended == [
        ("live", True),
        ("bulk 0", False),
        ("bulk 3", False),
        ("bulk 4", False),
        ("bulk 2", True),
        ("bulk 5", True),
    ]


def test_calls_that_go_together_count_one_by_one_and_once_each() -> None:
    async def run() -> tuple[int, int, float]:
        limits = MailboxLimiter(Allowance(1, 40))  # of which 20 at once
        with bulk():
            places = [limits.place(each) for each in range(30)]
        await limits.enter(places[0], PATIENT)
        waiting = [asyncio.create_task(limits.enter(place, PATIENT)) for place in places[1:]]
        await asyncio.sleep(0)
        taken = await limits.take_along(lambda _: True, 25)
        await asyncio.sleep(0)
        for place in places[1:20]:
            limits.line_up(place)  # as if none of them had been made
        began = now()
        again = await limits.take_along(lambda _: True, 25)
        limits.leave()
        await waiting[19]
        for task in waiting[20:]:
            task.cancel()
        return len(taken), len(again), now() - began

    taken, again, waited = in_virtual_time(run())
    assert (taken, again) == (19, 19)
    assert waited == pytest.approx(WINDOW_S / 40, rel=0.01)


def test_a_call_that_has_to_wait_again_is_before_those_that_came_later() -> None:
    async def run() -> list[object]:
        limits = MailboxLimiter(Allowance(1, 9500))
        with bulk():
            first, second, third = (limits.place(each) for each in ("first", "second", "third"))
        await limits.enter(first, PATIENT)
        waiting = [asyncio.create_task(limits.enter(place, PATIENT)) for place in (second, third)]
        await asyncio.sleep(0)
        assert await limits.take_along(lambda _: True, 1) == ["second"]
        limits.line_up(second)
        found = await limits.take_along(lambda _: True, 5)
        await asyncio.wait(waiting)
        return found

    assert in_virtual_time(run()) == ["second", "third"]


@pytest.mark.parametrize("has_turn", [False, True], ids=["while it waits", "when its turn has come"])
def test_a_place_that_is_given_up_takes_no_turn_with_it(has_turn: bool) -> None:
    async def run() -> bool:
        limits = MailboxLimiter(Allowance(1, 9500))
        await limits.enter(limits.place(), PATIENT)
        place = limits.place()
        limits.line_up(place)
        if has_turn:
            limits.leave()
        limits.withdraw(place)
        if not has_turn:
            limits.leave()
        return await limits.enter(limits.place(), PATIENT)

    assert in_virtual_time(run())
