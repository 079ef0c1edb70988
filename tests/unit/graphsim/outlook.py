"""People at Outlook, for tests: calls go through HTTP, and every event that comes back must fit the schema."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import orjson
from aiohttp.test_utils import TestClient
from jsonschema import Draft202012Validator

from tests.graphsim.exchange.world import World

SCHEMA_FILE = Path(__file__).parents[2] / "contract" / "graph-v1.0-calendar.schema.json"
SCHEMA = orjson.loads(SCHEMA_FILE.read_bytes())
EVENTS = ("/events", "/calendarView")
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}
T = TypeVar("T")
Json = dict[str, Any]


def assert_is(kind: str, body: object) -> None:
    Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{kind}"}).validate(body)


async def eventually(look: Callable[[], Awaitable[T]], within: float = 3.0) -> T:
    """Poll until what is looked for is there (truthy)."""
    deadline = time.monotonic() + within
    while not (found := await look()):
        assert time.monotonic() < deadline, f"still {found!r} after {within} s"
        await asyncio.sleep(0.005)
    return found


def meeting(subject: str = "Planning", day: int = 1, hours: tuple[int, int] = (10, 11), **more: Any) -> Json:
    start, end = (f"2026-12-{day:02d}T{hour:02d}:00:00" for hour in hours)
    return {
        "subject": subject,
        "start": {"dateTime": start, "timeZone": "UTC"},
        "end": {"dateTime": end, "timeZone": "UTC"},
        **more,
    }


def invited(*addresses: str, kind: str = "resource") -> list[Json]:
    return [{"type": kind, "emailAddress": {"address": address}} for address in addresses]


@dataclass
class Outlook:
    """The HTTP side of a world. `path` is relative to /v1.0/users/."""

    world: World
    client: "TestClient[Any, Any]"

    async def call(
        self, method: str, path: str, body: Any = None, *, expect: int = 200, headers: Json | None = None
    ) -> Any:
        url = path.removeprefix(str(self.client.make_url("/")).rstrip("/"))
        url = url if url.startswith("/") else f"/v1.0/users/{path}"
        async with self.client.request(method, url, json=body, headers=headers) as response:
            raw = await response.read()
            assert response.status == expect, raw
            answer: Any = orjson.loads(raw) if raw else None
            if expect in {200, 201} and any(kind in path for kind in EVENTS):
                for event in answer.get("value", [answer]):
                    assert_is("event", event)
            return answer

    async def invite(self, organizer: str, *addresses: str, **more: Any) -> Json:
        event: Json = await self.call(
            "POST", f"{organizer}/events", meeting(attendees=invited(*addresses), **more), expect=201
        )
        return event

    async def find(self, mailbox: str, ical_uid: str) -> Json | None:
        found = await self.call("GET", f"{mailbox}/events?$filter=iCalUId eq '{ical_uid}'")
        return found["value"][0] if found["value"] else None

    async def copy(self, mailbox: str, of: Json, where: Callable[[Json], bool] = lambda _: True) -> Json:
        """Wait for the mailbox's copy of a meeting, in the state asked for."""

        async def look() -> Json | None:
            event = await self.find(mailbox, of["iCalUId"])
            return event if event is not None and where(event) else None

        found = await eventually(look)
        assert found is not None
        return found

    async def gone(self, mailbox: str, of: Json) -> None:
        async def look() -> bool:
            return await self.find(mailbox, of["iCalUId"]) is None

        await eventually(look)

    async def status(self, organizer: str, of: Json, attendee: str, response: str) -> None:
        """Wait for the organizer's copy to show the attendee's answer."""
        await self.copy(organizer, of, lambda event: answers(event).get(attendee) == response)

    async def respond(self, mailbox: str, event: Json, verb: str, **parameters: Any) -> None:
        await self.call("POST", f"{mailbox}/events/{event['id']}/{verb}", parameters, expect=202)

    async def quiet(self) -> None:
        """Wait until no mail is under way and no attendant is at work."""

        async def look() -> bool:
            return self.world.is_quiet

        await eventually(look)


def answers(event: Json) -> dict[str, str]:
    return {row["emailAddress"]["address"]: row["status"]["response"] for row in event["attendees"]}
