"""Readiness names what is missing, and never waits for long."""

import asyncio
from time import monotonic

import httpx2

from libs.common.health import CHECK_TIMEOUT_S, Check, health_app


async def well() -> None:
    """Be well."""


async def broken() -> None:
    raise ConnectionError("postgresql://a:hush@db/rooms")


async def hanging() -> None:
    await asyncio.get_running_loop().create_future()


async def ask(path: str, checks: dict[str, Check]) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=health_app("desk", checks))
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk.example.org") as http:
        return await http.get(path)


async def test_a_service_is_ready_when_all_is_well() -> None:
    answer = await ask("/readyz", {"database": well, "bus": well})

    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "problems": {}})


async def test_what_is_missing_is_named_without_details_and_what_hangs_is_missing() -> None:
    began = monotonic()

    answer = await ask("/readyz", {"database": broken, "bus": hanging, "disk": well})

    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "problems": {"database": "ConnectionError", "bus": "TimeoutError"}}
    assert monotonic() - began < CHECK_TIMEOUT_S + 1


async def test_a_service_that_is_not_ready_is_alive() -> None:
    assert (await ask("/healthz", {"database": broken})).status_code == 200
