"""A rule of every kind, a meeting that breaks it by an invitation or by an edit, and what the ledger says of that."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.http import Json
from deploy.driver.looks import accepted_meeting, declined
from deploy.driver.mailbox import attendee
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import Slot, slot

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A rule, a meeting that keeps to it, one that breaks it, and what is said of that.

    The meeting that breaks it has so many `guests`. `actual` is None where it depends on the time of day.
    """

    parameters: Json
    kept: Slot
    broken: Slot
    guests: int = 0
    limit: str
    actual: str | None
    says: tuple[str, ...]


def _open(hours: tuple[str, str]) -> Json:
    return {"weekly": {day: [list(hours)] for day in WEEKDAYS}}


MORNING, EVENING = slot(hour=9), slot(hour=18)
KINDS: Mapping[str, Ruled] = {
    "maximum_duration": Ruled(
        parameters={"minutes": 60},
        kept=MORNING,
        broken=MORNING.longer(hours=1),
        limit="60",
        actual="120",
        says=("for 1 hour at most", "lasts 2 hours"),
    ),
    "lead_time": Ruled(
        parameters={"minutes": 3 * 24 * 60},
        kept=slot(days=5),
        broken=MORNING,
        limit="4320",
        actual=None,
        says=("at least 3 days ahead", "starts in "),
    ),
    "advance_window": Ruled(
        parameters={"days": 2},
        kept=MORNING,
        broken=slot(days=5),
        limit="2",
        actual="5",
        says=("2 days ahead at most", "5 days ahead"),
    ),
    "capacity": Ruled(
        parameters={"margin": 1},
        kept=MORNING,
        broken=MORNING,
        guests=3,
        limit="3",
        actual="4",
        says=("holds 2 people, 1 more is let in", "4 are expected"),
    ),
    "opening_hours": Ruled(
        parameters=_open(("08:00", "18:00")),
        kept=MORNING,
        broken=EVENING,
        limit="; ".join(f"{day} 08:00-18:00" for day in WEEKDAYS),
        actual=f"{EVENING.start.isoformat()}/{EVENING.end.isoformat()}",
        says=("open 08:00-18:00 on", "18:00-19:00 (UTC)"),
    ),
    "who_may_book": Ruled(
        parameters={"addresses": ["board@contoso.example"]},
        kept=MORNING,
        broken=MORNING,
        limit="certain people",
        actual="not listed",
        says=("only be booked by certain people", "not among them"),
    ),
    "quota": Ruled(
        parameters={"limit": 90, "measure": "minutes", "per": "day"},
        kept=MORNING,
        broken=MORNING.longer(hours=1),
        limit="90",
        actual="120",
        says=("1 hour 30 minutes of bookings a day", "would have 2 hours"),
    ),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """Ada's meeting in a room with one rule, which it breaks."""

    cast: Cast
    room: BookableRoom
    ada: OutlookUser
    event: Json
    policy: Json


Scenes = Mapping[str, asyncio.Task[Scene]]


@asynccontextmanager
async def all_at_once(plays: Mapping[str, Coroutine[None, None, Scene]]) -> AsyncIterator[Scenes]:
    """Play scenes at the same time, because each of them mostly waits; whoever looks at one awaits it."""
    scenes = {name: asyncio.create_task(play) for name, play in plays.items()}
    try:
        yield scenes
    finally:
        for scene in scenes.values():
            scene.cancel()
        await asyncio.gather(*scenes.values(), return_exceptions=True)


async def invite(cast: Cast, kind: str, **fields: object) -> Scene:
    """Have an invitation break a rule."""
    ruled, room, ada = KINDS[kind], await cast.room(capacity=2), await cast.user("ada")
    policy = await cast.administrator.set_policy(room.space, kind, ruled.parameters, **fields)
    guests = [await cast.user("guest") for _ in range(ruled.guests)]
    event = await ada.invite("Planning", ruled.broken, room.calendar, people=guests)
    return Scene(cast, room, ada, event, policy)


async def edit(cast: Cast, kind: str) -> Scene:
    """Have the edit of an accepted meeting break a rule."""
    ruled, room, ada = KINDS[kind], await cast.room(capacity=2), await cast.user("ada")
    policy = await cast.administrator.set_policy(room.space, kind, ruled.parameters)
    event = await accepted_meeting(ada, room, ruled.kept)
    if ruled.guests:
        guests = [await cast.user("guest") for _ in range(ruled.guests)]
        invited = [*(await ada.event(event))["attendees"], *(attendee(guest, "required") for guest in guests)]
        # Only with another place too is everybody told who else was invited.
        await ada.change(event, attendees=invited, location={"displayName": "The larger table"})
    else:
        await ada.move(event, ruled.broken)
    return Scene(cast, room, ada, event, policy)


async def assert_declined_by(scene: Scene, *policies: Json) -> list[Json]:
    """Check that the ledger has the declined meeting and names exactly these broken policies; return the reasons."""
    refused = await declined(scene.cast, scene.room)
    assert refused["outlook"]["ical_uid"] == scene.event["iCalUId"]
    assert refused["decision"]["outcome"] == "decline"
    by_id = sorted(map(judged_by, policies), key=lambda each: str(each["policy_id"]))
    assert sorted(broken_in(refused["decision"]), key=lambda each: str(each["policy_id"])) == by_id
    reasons: list[Json] = refused["decision"]["reasons"]
    return reasons


def broken_in(decision: Json) -> list[Json]:
    return [each for each in decision["policies"] if not each["held"]]


def judged_by(policy: Json) -> Json:
    fields = {name: policy[name] for name in ("version", "kind", "effect")}
    return {"policy_id": policy["id"], **fields, "held": False}


def assert_figures(reason: Json, ruled: Ruled) -> None:
    assert reason["limit"] == ruled.limit
    if ruled.actual is None:
        assert 0 <= int(reason["actual"]) < int(ruled.limit)
    else:
        assert reason["actual"] == ruled.actual
