"""Listeners that remember what a bus handed them, and envelopes to send them."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from deploy.driver.eventually import eventually
from libs.common.bus.port import Delivery, Envelope, Parked
from libs.common.topology import Lane

SENT_AT = datetime(2027, 3, 1, 9, 30, 15, 250000, tzinfo=UTC)


def envelope(
    body: bytes | str = b"{}",
    *,
    kind: str = "seen.v1",
    shard: int = 0,
    lane: Lane = Lane.LIVE,
    is_open: bool = False,
    message_id: UUID | None = None,
    traceparent: str | None = None,
) -> Envelope:
    return Envelope(
        message_id=message_id or uuid4(),
        type=kind,
        body=body.encode() if isinstance(body, str) else body,
        shard=shard,
        sent_at=SENT_AT,
        correlation_id="corr-1",
        lane=lane,
        traceparent=traceparent,
        is_open=is_open,
    )


def by_id(message_id: UUID) -> Callable[[Parked], bool]:
    """Return what tells the parked messages of this id from others."""
    return lambda found: found.envelope.message_id == message_id


class Panic(BaseException):
    """What a native library raises when it can go on no longer: no `except Exception` catches it."""


class Listener:
    """Acknowledges everything, and remembers it batch by batch."""

    def __init__(self) -> None:
        self.batches: list[list[Envelope]] = []

    @property
    def envelopes(self) -> list[Envelope]:
        return [each for batch in self.batches for each in batch]

    @property
    def bodies(self) -> list[str]:
        return [each.body.decode() for each in self.envelopes]

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.batches.append([each.envelope for each in deliveries])
        for delivery in deliveries:
            await delivery.ack()

    async def heard(self, count: int, *, within_s: float = 20) -> list[Envelope]:
        """Wait until so many deliveries came."""

        async def enough() -> list[Envelope]:
            assert len(self.envelopes) >= count
            return self.envelopes

        return await eventually(enough, within_s=within_s)


class Refusing(Listener):
    """Sends every delivery up the ladder, and remembers when it came."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason
        self.times: list[float] = []

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.batches.append([each.envelope for each in deliveries])
        for delivery in deliveries:
            self.times.append(asyncio.get_running_loop().time())
            await delivery.retry(self.reason)


class Parking(Listener):
    """Parks every delivery."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.batches.append([each.envelope for each in deliveries])
        for delivery in deliveries:
            await delivery.park(self.reason)


class Held(Listener):
    """Holds its first batch until `let_go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.has_begun = asyncio.Event()
        self.let_go = asyncio.Event()

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.has_begun.set()
        await self.let_go.wait()
        await super().__call__(deliveries)
