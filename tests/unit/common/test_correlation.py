"""The correlation id of what is being done now, as whoever writes something down reads it."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from structlog.contextvars import merge_contextvars

from libs.common.bus.port import Envelope
from libs.common.correlation import correlated, current_correlation
from libs.common.observed import correlation_of, observed, observed_together, on_behalf_of

log = structlog.get_logger()


def envelope(correlation_id: str) -> Envelope:
    return Envelope(uuid4(), "thing.seen.v1", b"{}", 0, datetime(2027, 3, 1, tzinfo=UTC), correlation_id)


def test_what_is_done_under_a_correlation_id_knows_it_and_so_do_its_log_lines() -> None:
    with structlog.testing.capture_logs(processors=[merge_contextvars]) as lines, correlated("sweep-1"):
        log.info("thing.done")
        assert current_correlation() == "sweep-1"

    assert [line["correlation_id"] for line in lines] == ["sweep-1"]
    assert current_correlation() is None


def test_a_message_in_hand_has_the_correlation_id_of_its_envelope() -> None:
    with observed("desk", envelope("first"), "thing.seen.v1"):
        assert current_correlation() == "first"
    assert current_correlation() is None


async def test_each_message_of_a_batch_keeps_its_own_whatever_is_done_side_by_side() -> None:
    messages = [object() for _ in range(50)]
    found: dict[str, str | None] = {}

    async def handle(message: object) -> None:
        own = correlation_of(message)
        assert own is not None
        with on_behalf_of(message):
            await asyncio.sleep(0)
            found[own] = current_correlation()

    batch = [(envelope(f"n.{number}"), message) for number, message in enumerate(messages, start=1)]
    with observed_together("desk", "thing.seen.v1", batch):
        await asyncio.gather(*map(handle, messages))
        assert current_correlation() is None

    assert found == {f"n.{number}": f"n.{number}" for number in range(1, 51)}
    assert correlation_of(messages[0]) is None
