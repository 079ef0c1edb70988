"""The handshake: an address that is to be notified must echo a token first.

Source: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks#notificationurl-validation
"""

import asyncio
from collections.abc import Callable
from urllib.parse import quote
from uuid import uuid4

import aiohttp
from yarl import URL

from tests.graphsim.refusals import CallRefused


class Handshake:
    """Asks addresses, by the session that `session` returns; `within_s` says for how long an answer is waited for."""

    def __init__(self, session: Callable[[], aiohttp.ClientSession], within_s: Callable[[], float]) -> None:
        self._session = session
        self._within_s = within_s

    async def both(self, *urls: str | None) -> None:
        """Ask each address on its own, equal or not; one that does not echo in time, ten seconds, is a 400.

        Each has been asked to the end before the first refusal among them is raised.
        """
        asking = (self._ask(url) for url in urls if url is not None)
        for echoed in await asyncio.gather(*asking, return_exceptions=True):
            if echoed is not None:
                raise echoed

    async def _ask(self, url: str) -> None:
        # Characters that only come back whole if the receiver decodes the query.
        token = f"Validation: Testing client application reachability for subscription Request-Id: {uuid4()} +/%="
        asked = URL(f"{url}{'&' if '?' in url else '?'}validationToken={quote(token, safe='')}", encoded=True)
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        try:
            async with (
                asyncio.timeout(self._within_s()),
                self._session().post(asked, headers=headers, allow_redirects=False) as answer,
            ):
                status, kind, body = answer.status, answer.content_type, await answer.text()
        except TimeoutError as slow:
            raise _failed("Subscription validation request timed out.") from slow
        except (aiohttp.ClientError, OSError, ValueError) as wrong:
            raise _failed(f"Subscription validation request failed. {type(wrong).__name__}: {wrong}") from wrong
        if status != 200:
            raise _failed(f"Subscription validation request failed. Must respond with 200 OK, not {status}.")
        if kind != "text/plain" or body != token:
            raise _failed(
                "Subscription validation request failed. Response must be text/plain and match the validationToken."
            )


def _failed(message: str) -> CallRefused:
    return CallRefused(400, "InvalidRequest", message)
