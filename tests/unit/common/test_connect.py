"""A connection that came to nothing leaves nothing behind."""

import asyncio
import gc
import logging
import warnings
from concurrent.futures import ThreadPoolExecutor

import aio_pika
import pytest

from deploy.local.ports import free_port
from libs.common.bus.connect import connect


def be_refused(url: str) -> None:
    loop = asyncio.new_event_loop()
    with pytest.raises(aio_pika.exceptions.AMQPConnectionError):
        loop.run_until_complete(connect(url, "test"))
    gc.collect()  # while the loop is neither running nor closed
    loop.close()


def test_a_refused_connection_is_collected_without_a_coroutine_that_nobody_awaits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for library in ("aio_pika", "aiormq"):
        caplog.set_level(logging.CRITICAL, library)  # a captured record would keep the connection alive
    url = f"amqp://guest:guest@127.0.0.1:{free_port()}/"

    with warnings.catch_warnings(record=True) as warned, ThreadPoolExecutor(1) as thread:
        warnings.simplefilter("always")
        thread.submit(be_refused, url).result()

    assert [str(each.message) for each in warned if "never awaited" in str(each.message)] == []
