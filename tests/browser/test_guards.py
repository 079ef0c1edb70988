"""What watches over pages in a browser sees each fault, and sees none on a page that has none."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page

from tests.browser.accessible import check_accessible
from tests.browser.browser_user import BrowserUser, at_a_browser
from tests.browser.keyboard import check_keyboard, press
from tests.browser.looking import NARROWEST, at_width, check_no_sideways_scrolling, check_page, check_stands_still

PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Rooms</title>'
    '<meta name="viewport" content="width=device-width"></head><body><main><h1>Rooms</h1>{body}</main></body></html>'
)
SOUND = '<p>Aurora is free.</p> <form method="post"><button>Book it</button> <button name="no">Leave it</button></form>'
STRICT = "default-src 'self'"


@dataclass
class Site:
    """A server with one page, of which each test chooses what it has."""

    url: str = ""
    body: str = SOUND
    policy: str = STRICT
    status: int = 200


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()

    async def page(request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": site.policy}
        text = PAGE.format(body=site.body if request.method == "GET" else "<p>It is booked.</p>")
        return web.Response(text=text, content_type="text/html", headers=headers, status=site.status)

    async def part(request: web.Request) -> web.Response:
        return web.Response(text=request.query["text"], content_type=f"text/{request.match_info['kind']}")

    async def icon(request: web.Request) -> web.Response:
        return web.Response(content_type="image/x-icon")

    app = web.Application()
    app.router.add_route("*", "/", page)
    app.router.add_get("/part/{kind}", part)
    app.router.add_get("/favicon.ico", icon)
    async with TestServer(app) as server:
        site.url = str(server.make_url("/"))
        yield site


@pytest_asyncio.fixture
async def user(browser: Browser, site: Site, tmp_path: Path) -> AsyncIterator[BrowserUser]:
    """Somebody whose troubles the test looks at itself; what it leaves is a failure, as for every test."""
    async with at_a_browser(browser, site.url, evidence=tmp_path / "kept") as user:
        yield user


def script(text: str) -> str:
    return f'<script src="/part/javascript?text={quote(text)}"></script>'


def style(text: str) -> str:
    return f'<link rel="stylesheet" href="/part/css?text={quote(text)}">'


async def test_a_sound_page_is_no_trouble_and_passes_every_check(user: BrowserUser, site: Site) -> None:
    await user.page.goto(site.url)

    await check_page(user.page)

    await press(user.page, user.page.get_by_role("button", name="Leave it"))
    await user.page.get_by_text("It is booked.").wait_for()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<script>document.title = 'run'</script>", "Content-Security-Policy: script-src-elem forbids inline"),
        ('<p style="color: red">Red</p>', "Content-Security-Policy: style-src-attr forbids inline"),
        ('<img alt="" src="http://elsewhere.example/">', "Content-Security-Policy: img-src forbids http://elsewhere."),
        (script("throw new Error('broken')"), "script: broken"),
        (script("console.error('not as it should be')"), "console: not as it should be"),
        (script("fetch('/missing')"), "answer with a status of 404 (GET "),
        (script("fetch('/part/plain')"), "answer with a status of 500 (GET "),
        (script("setTimeout(() => eval('1'))"), "Content-Security-Policy: script-src forbids eval"),
    ],
    ids=["inline-script", "inline-style", "foreign-image", "error", "console", "missing", "server-error", "eval"],
)
async def test_what_goes_wrong_on_a_page_is_told(user: BrowserUser, site: Site, body: str, words: str) -> None:
    site.body = SOUND + body

    await user.page.goto(site.url)
    await user.page.wait_for_load_state("networkidle")
    await user.settle()

    found = user.troubles.take()
    assert any(words in each for each in found), found


async def test_a_request_that_its_page_gave_up_is_no_trouble(user: BrowserUser, site: Site) -> None:
    gives_up = "const stop = new AbortController(); fetch('/part/plain?text=a', {signal: stop.signal}).catch(() => 0);"
    site.body = SOUND + script(f"{gives_up} stop.abort(); document.title = 'given up'")
    failed = list[str | None]()
    user.page.on("requestfailed", lambda request: failed.append(request.failure))

    await user.page.goto(site.url)
    await user.page.wait_for_function("document.title === 'given up'")
    await user.settle()

    assert failed == ["net::ERR_ABORTED"]
    assert user.troubles.take() == []


async def test_a_request_to_another_server_is_told_where_the_policy_permits_it(user: BrowserUser, site: Site) -> None:
    site.policy = "default-src 'self' http://elsewhere.example ws://elsewhere.example"
    site.body = SOUND + script(
        "fetch('http://elsewhere.example/a').catch(() => 0); new WebSocket('ws://elsewhere.example/b')"
    )

    await user.page.goto(site.url)
    await user.page.wait_for_load_state("networkidle")
    await user.settle()

    found = "\n".join(user.troubles.take())
    assert "request to somebody else's server: http://elsewhere.example/a" in found
    assert "websocket to somebody else's server: ws://elsewhere.example/b" in found
    assert "request failed: net::ERR_NAME_NOT_RESOLVED (GET http://elsewhere.example/a)" in found


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("img-src 'self'", "it has no default-src of 'self' or 'none'"),
        ("default-src 'self'; style-src 'self' 'unsafe-inline'", "it permits what is unsafe"),
    ],
)
async def test_a_page_without_a_strict_policy_is_told(user: BrowserUser, site: Site, policy: str, words: str) -> None:
    site.policy = policy

    await user.page.goto(site.url)
    await user.settle()

    [found] = user.troubles.take()
    assert words in found


async def test_trouble_that_was_announced_is_none_and_what_was_announced_in_vain_is(
    user: BrowserUser, site: Site
) -> None:
    site.status = 409
    user.troubles.announce("status of 409")

    await user.page.goto(site.url)
    await user.settle()

    user.troubles.check()
    user.troubles.announce("status of 410")
    with pytest.raises(AssertionError, match="announced, and never seen: status of 410"):
        user.troubles.check()
    site.status = 410
    await user.page.goto(site.url)


async def test_trouble_fails_the_test_and_what_the_browser_showed_is_kept(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.body = script("throw new Error('broken')")

    with pytest.raises(AssertionError, match="script: broken") as failure:
        async with at_a_browser(browser, site.url, evidence=tmp_path) as user:
            await user.page.goto(site.url)

    assert failure.value.__notes__ == [f"What the browser showed is in {tmp_path}"]
    assert "<h1>Rooms</h1>" in (tmp_path / "page-1.html").read_text()
    assert (tmp_path / "page-1.png").stat().st_size > 0


async def narrow(page: Page) -> None:
    await at_width(page, NARROWEST)
    await check_no_sideways_scrolling(page)


WIDE = "p { width: 30rem }"
MOVING = "@keyframes turn { to { rotate: 1turn } } p { animation: turn 9s infinite }"
UNMARKED = "button:focus-visible { outline: none }"
COVERED = "main::after { content: ''; position: fixed; inset: 0; background: white }"


@pytest.mark.parametrize(
    ("check", "body", "words"),
    [
        (check_accessible, '<input name="people">', r"label \(critical\): .*dequeuniversity.*\n    input: <input"),
        (check_accessible, style("p { color: #aaa; background: #fff }"), r"color-contrast \(serious\)"),
        (check_accessible, style("button { all: unset; font-size: 8px; display: block }"), "target-size"),
        (narrow, style(WIDE), r"is \d+ px wide at 320 px:\n  <p>Aurora is free"),
        (check_stands_still, style(MOVING), r"moves though that is not wanted:\n  <p>Aurora is free"),
        (check_keyboard, style(UNMARKED), "nothing marks the focus: <button>Book it"),
        (check_keyboard, style(COVERED), "something lies over what has the focus: <button>Book it"),
        (
            check_keyboard,
            script("addEventListener('keydown', (key) => key.target.name === 'no' || key.preventDefault())"),
            "Tab never reaches it: <button>Book it",
        ),
    ],
    ids=["label", "contrast", "target-size", "width", "motion", "unmarked", "covered", "unreachable"],
)
async def test_what_a_page_has_wrong_fails_the_check_with_what_it_is(
    user: BrowserUser, site: Site, check: Callable[[Page], Awaitable[None]], body: str, words: str
) -> None:
    site.body = SOUND + body
    await user.page.goto(site.url)

    with pytest.raises(AssertionError, match=words):
        await check(user.page)
