"""What the calendar of an open timeline asks for by itself: its reservations, and to be told when they change."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Query, Response
from starlette.responses import StreamingResponse

from services.policy.commands.callers import READERS
from services.policy.console.access import Changes, Context, serves
from services.policy.console.changes import ReservationChanges
from services.policy.console.shown_timeline import MOST_SPACES, ShownTimeline, TimelineAddress, read_shown
from services.policy.core.schedule import MEANINGS, Blocked, Scheduled
from services.policy.store import schedule

SAID_EVERY_S = 20.0
"""How often something is sent while nothing changes, so that nothing on the way takes the connection for dead."""

LONGEST_S = timedelta(minutes=10).total_seconds()
"""How long one connection tells of changes. The browser asks again then, and has to have a session for it."""

RETRY_MS = (1_000, 4_000)
"""After how long a browser asks again once it was cut off: each page by chance, so that they do not all come at once.

A page that is back fetches all that it shows.
"""

_chance = SystemRandom()

router = APIRouter(prefix="/timeline", include_in_schema=False)


@router.get("/schedule", dependencies=serves(READERS))
async def read_schedule(
    asked: Annotated[TimelineAddress, Query()],
    context: Context,
    only: Annotated[list[UUID], Query(alias="only", max_length=4 * MOST_SPACES)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Return what the spaces of an address have, as JSON; with `only`, of what these spaces' changes show in."""
    async with context.reading() as conn:
        shown = await read_shown(conn, asked, context.clock())
        changed = frozenset(only)
        wanted = [each for each in shown.spaces if not only or each.id in changed or each.related & changed]
        space_ids = [each.id for each in wanted]
        found = await schedule.scheduled(conn, space_ids, shown.window)
        blocked = await schedule.blocked(conn, space_ids, shown.window)
    clock = _WallClock(shown.zone)
    content = {
        "meanings": MEANINGS,
        "spaces": [{"id": str(each.id), "name": each.name, "capacity": each.capacity} for each in wanted],
        "reservations": [_describe(each, clock) for each in found],
        "buffers": [_stretch(each.space_id, *stretch, clock) for each in found for stretch in each.buffers],
        "blocked": [_describe_blocked(each, clock) for each in blocked],
    }
    return Response(orjson.dumps(content), media_type="application/json")


@router.get("/changes", dependencies=serves(READERS))
async def tell_changes(asked: Annotated[TimelineAddress, Query()], context: Context, changes: Changes) -> Response:
    """Tell which spaces of an address have changed, as server-sent events, as soon as they have."""
    async with context.reading() as conn:
        shown = await read_shown(conn, asked, context.clock())
    headers = {"X-Accel-Buffering": "no"}  # https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
    return StreamingResponse(_tell(shown, changes), media_type="text/event-stream", headers=headers)


async def _tell(shown: ShownTimeline, changes: ReservationChanges) -> AsyncIterator[str]:
    """Yield events: `open` at once, `changed` with the ids of spaces, and comments in between.

    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """
    said = 0.0
    with changes.subscribed(shown.related) as page:
        yield f"retry: {_chance.randint(*RETRY_MS)}\nevent: open\ndata:\n\n"
        while not page.is_over and said < LONGEST_S:
            changed = await page.changed(SAID_EVERY_S)
            said += 0 if changed else SAID_EVERY_S
            yield f"event: changed\ndata: {' '.join(sorted(map(str, changed)))}\n\n" if changed else ": \n\n"


class _WallClock:
    """Writes instants as a clock on the wall in one zone shows them, which is all that the calendar knows of time.

    Each instant is worked out once: many reservations begin and end at the same ones.
    """

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._written: dict[datetime, str] = {}

    def span(self, start: datetime, end: datetime) -> tuple[str, str]:
        """Write a span; where the clock is put back within it, it ends no earlier than it begins."""
        began = self._write(start)
        return began, max(began, self._write(end))

    def _write(self, instant: datetime) -> str:
        written = self._written.get(instant)
        if written is None:
            local = instant.astimezone(self._zone).replace(tzinfo=None)
            written = self._written[instant] = local.isoformat(timespec="seconds")
        return written


def _stretch(space_id: UUID, starts_at: datetime, ends_at: datetime, clock: _WallClock) -> dict[str, object]:
    start, end = clock.span(starts_at, ends_at)
    return {"space": str(space_id), "start": start, "end": end}


def _describe(found: Scheduled, clock: _WallClock) -> dict[str, object]:
    about = {"id": str(found.id), "title": found.shown_title, "for": found.shown_organizer}
    return {**_stretch(found.space_id, found.starts_at, found.ends_at, clock), **about, "kind": found.kind}


def _describe_blocked(found: Blocked, clock: _WallClock) -> dict[str, object]:
    return {**_stretch(found.space_id, found.starts_at, found.ends_at, clock), "why": found.why}
