"""JSON over HTTP as one person, with a sentence that says what went wrong."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

Json = dict[str, Any]


class RequestRefused(Exception):
    """A request was answered with an error."""

    def __init__(self, status: int, body: Json, request: str) -> None:
        super().__init__(f"{request} was answered {status}: {body}")
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back from a request that succeeded."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Http:
    """One address, one person's token, one set of headers."""

    def __init__(
        self, session: aiohttp.ClientSession, base_url: str, trust: ssl.SSLContext, headers: Mapping[str, str]
    ) -> None:
        self._session = session
        self._base_url = base_url
        self._trust = trust
        self._headers = headers

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,  # noqa: ANN401  any JSON
        csv: str | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """Send a request with a body of JSON, or a file of CSV. Raises RequestRefused for any status from 400 on."""
        media_type = {"Content-Type": "text/csv"} if csv is not None else {}
        async with self._session.request(
            method,
            f"{self._base_url}{path}",
            json=body,
            data=csv,
            params=query,
            headers={**self._headers, **media_type, **(headers or {})},
            ssl=self._trust,
        ) as answer:
            text = await answer.text()
            content = await answer.json(content_type=None) if text else None
            if answer.status >= 400:
                raise RequestRefused(answer.status, content or {}, f"{method} {path}")
            return HttpAnswer(answer.status, answer.headers, content)

    async def get(self, path: str, **query: str) -> Any:  # noqa: ANN401  any JSON
        """Read something and return its JSON."""
        return (await self.send("GET", path, query=query)).body

    async def items(self, path: str, **query: str) -> list[Json]:
        """Read all pages of a list of ours."""
        page = await self.get(path, **query)
        found: list[Json] = page["items"]
        while page["next"] is not None:
            page = await self.get(path, **query, cursor=page["next"])
            found += page["items"]
        return found

    async def text(self, path: str, *, accept: str) -> str:
        """Read something in another form than JSON."""
        headers = {**self._headers, "Accept": accept}
        async with self._session.get(f"{self._base_url}{path}", headers=headers, ssl=self._trust) as answer:
            content = await answer.text()
            if answer.status >= 400:
                raise RequestRefused(answer.status, {"detail": content}, f"GET {path}")
            return content

    async def listing(self, path: str, **query: str) -> list[Json]:
        """Read all pages of a Graph collection."""
        page = await self.get(path, **query)
        found: list[Json] = page["value"]
        while link := page.get("@odata.nextLink"):
            page = await self.get(str(link).removeprefix(self._base_url))
            found += page["value"]
        return found
