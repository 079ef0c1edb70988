"""Sessions: how long they count, how they end, and what is left of pages afterwards."""

from datetime import timedelta

import pytest

from libs.common.retention import forget_old
from services.policy.console.addresses import ROOT, SIGN_IN, SIGN_OUT, SIGNED_OUT, SIGNING_OUT, UNASKED
from services.policy.console.cookies import SESSION
from services.policy.store.retention import retentions
from tests.integration.policy_console.console import (
    ADMINISTRATOR,
    IDLE,
    LONGEST,
    ORIGIN,
    SIGN_IN_HERE,
    VIEWER,
    Browser,
    ConsoleWorld,
    Rows,
    path_of,
    query_of,
)

START = f"{ROOT}/"
MINUTE = timedelta(minutes=1)


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.open(START)).status_code == 200


async def test_a_page_without_a_session_is_not_shown(browser: Browser) -> None:
    answer = await browser.open(f"{START}?room=Birch")
    assert (answer.status_code, path_of(answer)) == (303, f"{SIGN_IN_HERE}?to=%2Fconsole%2F%3Froom%3DBirch")
    assert answer.text == ""


@pytest.mark.parametrize("headers", [{"hx_request": "true"}, {"sec_fetch_mode": "cors"}], ids=str)
async def test_a_part_of_a_page_without_a_session_says_what_to_do(browser: Browser, headers: dict[str, str]) -> None:
    answer = await browser.open(START, **headers)
    assert answer.status_code == 401
    assert "Your session has ended" in answer.text


async def test_a_session_expires_without_use(browser: Browser, rows: Rows) -> None:
    await browser.sign_in()
    await rows.age_sessions(IDLE - MINUTE)
    assert await is_signed_in(browser)
    await rows.age_sessions(IDLE - MINUTE)
    assert await is_signed_in(browser)
    await rows.age_sessions(IDLE)
    assert not await is_signed_in(browser)


@pytest.mark.parametrize(
    ("path", "headers"),
    [*((path, {}) for path in sorted(UNASKED)), (f"{ROOT}/approvals", {"x_unasked": "yes"})],
    ids=str,
)
async def test_what_an_open_page_asks_for_by_itself_keeps_no_session_alive(
    browser: Browser, rows: Rows, path: str, headers: dict[str, str]
) -> None:
    async def status() -> int:
        asked = await browser.open(f"{path}?cursor=nonsense", sec_fetch_mode="cors", **headers)
        return asked.status_code

    await browser.sign_in()
    await rows.age_sessions(IDLE - MINUTE)
    assert await status() == 422
    await rows.age_sessions(2 * MINUTE)
    assert await status() == 401


async def test_a_session_ends_however_it_is_used(browser: Browser, rows: Rows) -> None:
    await browser.sign_in()
    step = LONGEST / 8
    for _ in range(7):
        await rows.age_sessions(step)
        assert await is_signed_in(browser)
    await rows.age_sessions(step)
    assert not await is_signed_in(browser)


async def test_use_is_noted_once_a_minute(browser: Browser, rows: Rows) -> None:
    await browser.sign_in()
    [before] = await rows.all("console_sessions")
    await browser.open(START)
    [after] = await rows.all("console_sessions")
    assert after == before


async def test_what_expired_is_forgotten_and_the_rest_stays(
    console: ConsoleWorld, browser: Browser, other_browser: Browser, rows: Rows
) -> None:
    await browser.sign_in()
    await browser.open(f"{SIGN_IN}?who=another")
    await rows.age_sessions(IDLE)
    await rows.age_sign_ins(IDLE)
    await other_browser.sign_in(ADMINISTRATOR)
    await other_browser.open(f"{SIGN_IN}?who=another")

    async with console.api.pool.acquire() as conn:
        await forget_old(conn, retentions(None))

    assert [row["name"] for row in await rows.all("console_sessions")] == ["Administrator"]
    assert len(await rows.all("console_sign_ins")) == 1


async def test_signing_out_ends_the_session_here_and_at_microsoft(browser: Browser, rows: Rows) -> None:
    await browser.sign_in()
    kept = str(browser.session_id)

    answer = await browser.send(SIGN_OUT, {"csrf_token": await browser.token()})

    assert await rows.all("console_sessions") == []
    assert browser.session_id is None
    way_out = path_of(await browser.open(path_of(answer)))
    assert query_of(way_out) == {"post_logout_redirect_uri": f"{ORIGIN}{SIGNED_OUT}"}
    assert (await browser.login_page.open(way_out)).location == f"{ORIGIN}{SIGNED_OUT}"
    assert len((await browser.login_page.open(await browser.to_login())).people) == 4
    browser.http.cookies.set(SESSION, kept, domain="rooms.example.org")
    assert not await is_signed_in(browser)


async def test_the_page_after_signing_out_leads_back_to_the_sign_in(browser: Browser) -> None:
    page = await browser.open(SIGNED_OUT)
    assert page.status_code == 200
    assert "refresh" not in page.headers
    assert f'href="{SIGN_IN}"' in page.text


async def test_signing_out_in_a_second_tab_is_no_matter(browser: Browser) -> None:
    await browser.sign_in()
    token = await browser.token()
    await browser.send(SIGN_OUT, {"csrf_token": token})
    again = await browser.send(SIGN_OUT, {"csrf_token": token})
    assert path_of(again) == SIGNING_OUT


async def test_nothing_is_signed_out_by_a_link(browser: Browser) -> None:
    await browser.sign_in()
    assert (await browser.open(SIGN_OUT)).status_code == 405
    for path in (SIGNING_OUT, SIGNED_OUT):
        assert (await browser.open(path)).status_code == 200
    assert await is_signed_in(browser)


async def test_the_way_to_the_first_page_begins_at_the_console(browser: Browser) -> None:
    """Otherwise Chromium shows that page by the button that goes back after signing out: tried with version 156."""
    answer = await browser.sign_in()
    assert answer.status_code == 200
    assert answer.headers["refresh"] == f"0; url={START}"


async def test_no_page_is_kept_for_the_button_that_goes_back(browser: Browser) -> None:
    seen = [await browser.open(START), await browser.sign_in()]
    seen += [await browser.open(START), await browser.open(SIGNED_OUT)]
    assert [answer.headers["cache-control"] for answer in seen] == ["no-store"] * 4


async def test_signing_out_ends_one_session_and_no_other(browser: Browser, other_browser: Browser) -> None:
    await browser.sign_in(VIEWER)
    await other_browser.sign_in(VIEWER)
    await browser.send(SIGN_OUT, {"csrf_token": await browser.token()})
    assert not await is_signed_in(browser)
    assert await is_signed_in(other_browser)


@pytest.mark.parametrize("cookie", [b"", b"x", b"x" * 4000, b"%00", b'"quoted"', b"\xfc", b"a; __Host-roomsync=b"])
async def test_a_cookie_that_is_none_of_ours_leads_to_the_sign_in(browser: Browser, cookie: bytes) -> None:
    answer = await browser.http.get(START, headers={b"cookie": f"{SESSION}=".encode() + cookie})
    assert path_of(answer) == SIGN_IN_HERE
