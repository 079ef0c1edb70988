"""Connections to RabbitMQ, which are restored by themselves."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import aio_pika
from aio_pika import RobustConnection
from aio_pika.abc import AbstractRobustConnection
from pamqp.common import FieldTable

from libs.common.bus.channels import CLOSE_TIMEOUT_S
from libs.common.bus.lost import ends_in_time

CONNECT_TIMEOUT_S = 10.0
HEARTBEAT_S = 10
"""A connection that is silent for about three of these is replaced. A `heartbeat` in the URL takes precedence."""


class OwnedConnection(RobustConnection):
    """A connection that only its owner closes.

    aio-pika's own makes a coroutine when it is collected as garbage: after a connection that was refused, or a close
    that a stalled broker did not answer. If the loop does not run at that moment, nobody ever awaits it.
    """

    def __del__(self) -> None:
        """Do nothing."""


async def connect(url: str, purpose: str) -> AbstractRobustConnection:
    """Connect within `CONNECT_TIMEOUT_S`. A cancelled call waits for its end, because aio-pika would try for ever."""
    properties: FieldTable = {"connection_name": f"roomsync {purpose}"}
    connecting = asyncio.ensure_future(
        aio_pika.connect_robust(
            url,
            timeout=CONNECT_TIMEOUT_S,
            heartbeat=None if "heartbeat" in parse_qs(urlsplit(url).query) else HEARTBEAT_S,
            client_properties=properties,
            reconnect_interval=0.5,
            connection_class=OwnedConnection,
        )
    )
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        await asyncio.wait({connecting})
        if not connecting.cancelled() and connecting.exception() is None:
            await ends_in_time(connecting.result().close, CLOSE_TIMEOUT_S)
        raise
