"""Graph over HTTPS as one application, for tests that look at what travels on the wire."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import orjson
from jsonschema import Draft202012Validator
from yarl import URL

SCHEMA = orjson.loads((Path(__file__).parents[1] / "graph-v1.0-calendar.schema.json").read_bytes())
NOTHING: Mapping[str, str] = {}
Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> str:
        """Graph's error code."""
        return str(self.body["error"]["code"])

    @property
    def message(self) -> str:
        return str(self.body["error"]["message"])


@dataclass(frozen=True, slots=True)
class Graph:
    """Calls with one token. Paths are relative to the version, or whole links as Graph handed them out."""

    http: aiohttp.ClientSession
    base_url: str
    token: str | None

    async def send(self, method: str, path: str, body: object = None, headers: Mapping[str, str] = NOTHING) -> Reply:
        """Call, and return the answer as it is."""
        token = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        is_link = path.startswith("https://")
        url = URL(path if is_link else self.base_url + path, encoded=is_link)
        async with self.http.request(method, url, json=body, headers={**token, **headers}) as answer:
            raw = await answer.read()
            return Reply(answer.status, answer.headers, orjson.loads(raw) if raw else None)

    async def call(
        self, method: str, path: str, body: object = None, *, expect: int = 200, headers: Mapping[str, str] = NOTHING
    ) -> Any:
        """Call, insist on the status, and return the JSON."""
        reply = await self.send(method, path, body, headers)
        assert reply.status == expect, (reply.status, reply.body)
        return reply.body

    async def get(self, path: str, **headers: str) -> Any:
        return await self.call("GET", path, headers=headers)

    async def invite(self, organizer: str, *rooms: str, **more: Any) -> Json:
        """Have a person invite rooms to a meeting, which needs Outlook's token."""
        body = meeting(attendees=[attendee(room) for room in rooms], **more)
        event: Json = await self.call("POST", f"/users/{organizer}/events", body, expect=201)
        return event

    async def copy(self, mailbox: str, of: Json) -> Json:
        """Wait for a mailbox's copy of a meeting."""

        async def look() -> list[Json]:
            found: list[Json] = (await self.get(f"/users/{mailbox}/events?$filter=iCalUId eq '{of['iCalUId']}'"))[
                "value"
            ]
            return found

        return (await eventually(look))[0]


def meeting(subject: str = "Planning", day: int = 1, hours: tuple[int, int] = (10, 11), **more: Any) -> Json:
    start, end = (f"2027-03-{day:02d}T{hour:02d}:00:00" for hour in hours)
    return {
        "subject": subject,
        "start": {"dateTime": start, "timeZone": "UTC"},
        "end": {"dateTime": end, "timeZone": "UTC"},
        **more,
    }


def attendee(address: str) -> Json:
    return {"type": "resource", "emailAddress": {"address": address}}


def assert_is(kind: str, body: object) -> None:
    """Insist that a body is what Graph's public metadata calls `kind`."""
    Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{kind}"}).validate(body)


async def eventually(look: Callable[[], Awaitable[T]], within: float = 10.0) -> T:
    """Poll until what is looked for is there (truthy)."""
    deadline = time.monotonic() + within
    while not (found := await look()):
        assert time.monotonic() < deadline, f"still {found!r} after {within} s"
        await asyncio.sleep(0.02)
    return found
