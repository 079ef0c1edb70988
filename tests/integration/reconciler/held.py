"""A group of the back office with its recurring hold, as policy writes them in one decision."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid4

from libs.contracts.values import Window
from services.policy.commands.apply import apply
from services.policy.core.changes import Decision, Save, SaveGroup
from services.policy.core.ledger import Reservation, ReservationGroup
from services.policy.core.recurrence.rule import Recurrence, RecurrenceRule
from services.policy.core.recurrence.stored import as_text
from services.policy.store import slices
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.patience import PATIENCE
from tests.integration.reconciler.world import Json, Room, World, at
from tests.unit.policy.factories import reservation

DATES = 5


def planned(day: int, hour: float = 9) -> Window:
    return Window(start=at(hour, day=day), end=at(hour + 1, day=day))


def recurrence(dates: int = DATES) -> Json:
    limits = {"type": "endDate", "startDate": f"{at(9):%Y-%m-%d}", "endDate": f"{at(9, day=dates - 1):%Y-%m-%d}"}
    return {"pattern": {"type": "daily", "interval": 1}, "range": limits}


def _booked(room: Room, group_id: UUID, number: int, window: Window) -> Reservation:
    return replace(
        reservation(ical_uid=None),
        id=uuid4(),
        space_id=room.space_id,
        group_id=group_id,
        original_date=date.fromisoformat(f"{at(9, day=number):%Y-%m-%d}"),
        starts_at=window.start,
        ends_at=window.end,
        time_zone="UTC",
        title="Board meeting",
        origin="api",
        policies=(),
    )


async def reserve_group(
    world: World, room: Room, without: Sequence[int] = (), moved: dict[int, float] | None = None
) -> UUID:
    """Book a daily group in UTC, with a hold that is not written before messages are delivered; return its id."""
    group_id, moved = uuid4(), moved or {}
    now = datetime.now(at(0).tzinfo)
    windows = {n: planned(n, moved.get(n, 9)) for n in range(DATES) if n not in without}
    group = ReservationGroup(
        id=group_id,
        space_id=room.space_id,
        ical_uid=None,
        origin="api",
        status="confirmed",
        recurrence=recurrence(),
        time_zone="UTC",
        starts_at=at(9),
        ends_at=at(10),
        materialised_until=None,
        version=1,
        created_at=now,
        updated_at=now,
        rules=as_text(Recurrence((RecurrenceRule("DAILY", since=at(9).date(), count=DATES),))),
        title="Board meeting",
        on_conflict="all_or_nothing",
    )
    dates = [_booked(room, group_id, number, window) for number, window in windows.items()]
    async with world.policy() as conn:
        ledger = await slices.of_reservation(conn, room.space_id, dates[0].id, None)
        decision = Decision((SaveGroup(group), *(Save(each, None) for each in dates)), note="group_made")
        await world.owe(conn, await apply(conn, ledger, decision, PATIENCE, by=ADMINISTRATOR))
    return group_id


async def shown(world: World, room: Room) -> list[tuple[str, str, str]]:
    """When each of the events of the room starts, what it is about, and how it shows."""
    rows = [(each["start"]["dateTime"][:16], each["subject"], each["showAs"]) for each in await world.calendar(room)]
    return sorted(rows)


def as_shown(*windows: Window) -> list[tuple[str, str, str]]:
    return [(f"{each.start:%Y-%m-%dT%H:%M}", "Board meeting", "busy") for each in windows]
