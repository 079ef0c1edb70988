"""While the database is away, pages say so, and nothing that was sent is taken for done."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from libs.common.bus.memory import MemoryBus
from libs.common.db import open_pool
from libs.common.topology import Topology
from services.policy.console.addresses import CALLBACK, ROOT, SIGN_IN, SIGNED_OUT
from services.policy.console.app import create_console
from services.policy.console.cookies import BROWSER, SESSION
from services.policy.console.pages import ROUTERS
from tests.integration.policy_console.console import ORIGIN, ConsoleWorld, sentence

COOKIES = {"cookie": f"{SESSION}=a-session; {BROWSER}=a-browser"}


@pytest.fixture
async def http(console: ConsoleWorld) -> AsyncIterator[httpx2.AsyncClient]:
    """The console without its database."""
    pool = await open_pool("postgresql://nobody:hush@127.0.0.1:1/nowhere", schema="policy", min_size=0)
    sign_in = console.console.state.sign_in
    away = replace(sign_in, context=replace(sign_in.context, pool=pool))
    app = create_console(away, MemoryBus(Topology([], shards=1)), console.console.state.changes, ROUTERS)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ORIGIN) as http:
        yield http
    await pool.close()


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", f"{ROOT}/", COOKIES),
        ("POST", f"{ROOT}/changes", {**COOKIES, "origin": ORIGIN}),
        ("POST", f"{ROOT}/sign-out", {**COOKIES, "origin": ORIGIN}),
        ("GET", SIGN_IN, {}),
        ("GET", f"{CALLBACK}?code=a&state=b", {"cookie": f"{BROWSER}=a-browser"}),
    ],
)
async def test_a_page_says_to_try_again(
    http: httpx2.AsyncClient, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = await http.request(method, path, headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "try again in a few seconds" in sentence(answer)
    assert "hush" not in answer.text
    assert "set-cookie" not in answer.headers


async def test_what_needs_no_database_is_shown(http: httpx2.AsyncClient) -> None:
    assert (await http.get(SIGNED_OUT)).status_code == 200
    assert (await http.get(f"{ROOT}/")).status_code == 303
