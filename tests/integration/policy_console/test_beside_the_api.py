"""The console and the API on one port: neither lets anybody into the other, and the console answers by pages."""

import httpx2
import pytest

from libs.common.beside import Beside
from services.policy.console.addresses import ROOT, STATIC
from services.policy.console.app import NO_CONSOLE
from services.policy.console.cookies import SESSION
from tests.integration.policy_api.world import assert_problem
from tests.integration.policy_console.console import ADMINISTRATOR, ORIGIN, Browser, ConsoleWorld, path_of, sentence


async def test_a_token_of_the_api_opens_no_page(console: ConsoleWorld, browser: Browser) -> None:
    bearer = {"authorization": f"Bearer {console.api.issuer.token('admin')}"}
    assert (await browser.http.get("/v1/spaces", headers=bearer)).status_code == 200
    assert path_of(await browser.open(f"{ROOT}/", **bearer)).endswith("/console/sign-in")
    changed = await browser.send(f"{ROOT}/changes", {}, **bearer)
    assert changed.status_code == 401
    assert console.changes == []


async def test_a_session_opens_nothing_of_the_api(browser: Browser) -> None:
    await browser.sign_in(ADMINISTRATOR)
    assert_problem(await browser.http.get("/v1/spaces"), 401)


@pytest.mark.parametrize("path", ["/consoles", "/console.html", "/Console/", "//console/", "/v1/../console/"])
async def test_what_only_looks_like_the_console_is_the_apis(console: ConsoleWorld, path: str) -> None:
    transport = httpx2.ASGITransport(app=console.whole)
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        url = httpx2.URL(ORIGIN).copy_with(raw_path=path.encode())
        answer = await http.request("GET", url)
    assert answer.status_code in {303, 401}
    if answer.status_code == 401:
        assert_problem(answer, 401)


async def test_every_answer_forbids_scripts_from_elsewhere_and_frames(browser: Browser) -> None:
    answers = [
        await browser.open(f"{ROOT}/"),
        await browser.sign_in(),
        await browser.open(f"{ROOT}/"),
        await browser.open(f"{ROOT}/nowhere"),
        await browser.send(f"{ROOT}/changes", {}),
        await browser.open(f"{ROOT}/flawed"),
    ]
    assert [answer.status_code for answer in answers] == [303, 200, 200, 404, 403, 500]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in policy
        assert answer.text.count("<script") == answer.text.count(f'<script src="{STATIC}')
        assert "style=" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_address_that_is_none_is_told_by_a_page(browser: Browser) -> None:
    await browser.sign_in()
    answer = await browser.open(f"{ROOT}/nowhere")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no page at this address" in sentence(answer)


async def test_an_error_that_nobody_expected_is_told_by_its_number(browser: Browser) -> None:
    await browser.sign_in()
    answer = await browser.open(f"{ROOT}/flawed", x_correlation_id="a-number-of-ours")
    assert answer.status_code == 500
    assert "a-number-of-ours" in sentence(answer)
    assert "a flaw" not in answer.text


async def test_head_is_answered_as_get_would_be(browser: Browser) -> None:
    await browser.sign_in()
    assert (await browser.http.head(f"{ROOT}/")).status_code == 200


async def test_without_a_client_id_a_sentence_says_that_there_is_no_console(console: ConsoleWorld) -> None:
    transport = httpx2.ASGITransport(app=Beside(ROOT, NO_CONSOLE, console.api.app))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        for path in (ROOT, f"{ROOT}/", f"{ROOT}/sign-in"):
            answer = await http.get(path)
            assert answer.status_code == 404
            assert "ROOMSYNC_CONSOLE_CLIENT_ID" in sentence(answer)
        assert_problem(await http.get("/v1/spaces", headers={"cookie": f"{SESSION}=x"}), 401)
