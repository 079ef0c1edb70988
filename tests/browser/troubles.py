"""What pages must never do, noticed while a test uses them: the test fails on it, unless it announced it.

A complaint of the browser, an error of a script, a breach of the Content-Security-Policy or a page without a strict
one, a request to anybody else's server, an answer of 400 or more, and a request that came to nothing.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError, WebSocket

_TELL_OF_BREACHES = """
document.addEventListener("securitypolicyviolation", (breach) => tellOfBreach(
    `${breach.effectiveDirective} forbids ${breach.blockedURI} in ${breach.sourceFile || breach.documentURI}`
));
"""
GIVEN_UP = "net::ERR_ABORTED"
"""How Chromium says that it gave up a request because nobody waits for it any more: somebody went to another page."""

_STRICT = re.compile(r"\bdefault-src '(self|none)'")


class Troubles:
    """What went wrong at one person's browser. `origins` are the servers of the test."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = {origin_of(each) for each in origins}
        self._found: list[str] = []
        self._announced: dict[str, bool] = {}

    async def watch(self, context: BrowserContext) -> None:
        """Notice whatever goes wrong on any page of the context from now on."""
        await context.expose_function("tellOfBreach", lambda what: self._note(f"Content-Security-Policy: {what}"))
        await context.add_init_script(_TELL_OF_BREACHES)
        context.on("console", self._hear)
        context.on("weberror", self._see_error)
        context.on("request", lambda request: self._see_address("request", request.url))
        context.on("requestfailed", self._see_failure)
        context.on("response", self._see_answer)
        context.on("page", self._see_page)

    def announce(self, words: str) -> None:
        """Say that from now on there will be trouble, at least once, in which these words are; it is no failure."""
        self._announced[words] = False

    def take(self) -> list[str]:
        """Return what went wrong and was not announced, and forget it."""
        found, self._found = self._found, []
        return found

    def check(self) -> None:
        """Raise AssertionError for what went wrong and for what was announced in vain."""
        found = self.take()
        found += [f"announced, and never seen: {words}" for words, seen in self._announced.items() if not seen]
        assert not found, "The browser was in trouble:\n" + "\n".join(f"  - {each}" for each in found)

    def _note(self, what: str) -> None:
        expected = [words for words in self._announced if words in what]
        self._announced |= dict.fromkeys(expected, True)
        if not expected:
            self._found.append(what)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"console: {message.text} ({message.location['url']})")

    def _see_error(self, error: WebError) -> None:
        self._note(f"script: {error.error}")

    def _see_page(self, page: Page) -> None:
        page.on("websocket", self._see_socket)
        page.on("crash", lambda _: self._note("the page crashed"))

    def _see_socket(self, socket: WebSocket) -> None:
        self._see_address("websocket", socket.url)

    def _see_address(self, kind: str, url: str) -> None:
        # A websocket belongs to the origin of its page, whose scheme is another.
        if urlsplit(url).scheme in {"http", "https", "ws", "wss"} and origin_of(url) not in self._origins:
            self._note(f"{kind} to somebody else's server: {url}")

    def _see_failure(self, request: Request) -> None:
        if request.failure != GIVEN_UP:
            self._note(f"request failed: {request.failure} ({request.method} {request.url})")

    def _see_answer(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"answer with a status of {response.status} ({response.request.method} {response.url})")
        is_page = response.headers.get("content-type", "").startswith("text/html")
        if is_page and origin_of(response.url) in self._origins:
            self._judge_policy(response.url, response.headers.get("content-security-policy", ""))

    def _judge_policy(self, url: str, policy: str) -> None:
        if not _STRICT.search(policy):
            self._note(f"Content-Security-Policy: it has no default-src of 'self' or 'none' at {url}: {policy!r}")
        if "unsafe-" in policy:
            self._note(f"Content-Security-Policy: it permits what is unsafe at {url}: {policy!r}")


def origin_of(url: str) -> str:
    """Return the server of an address, by which it is told from others. Those of a websocket count as of its page."""
    parts = urlsplit(url)
    return f"{parts.scheme.replace('ws', 'http', 1)}://{parts.netloc}"
