"""The room mailboxes of a connection: readable, writable, rooms, in the space's time zone and of its size, subscribed.

Four or five small calls for each room, many rooms at a time, in the bulk lane behind whatever people wait for. When the
time is over, or Microsoft answers for no room any more, what was seen is told, and how many rooms were not looked at.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from libs.common.clock import utc_now
from libs.graph.client import GraphClient
from libs.graph.errors import AuthenticationFailed, Forbidden, Gone, GraphError, NotFound, Transient
from libs.graph.inspection import (
    MailboxProfile,
    read_calendar,
    read_place_capacities,
    read_profile,
    roles_in,
    try_to_write,
)
from libs.graph.limiter import bulk
from libs.graph.zones import UnknownZone, zone_of
from services.doctor.check import LookedInPart
from services.doctor.installation import InspectedRoom
from services.findings.finding import Finding, FindingCode
from services.findings.registry import fill_in
from services.ingest.store.subscriptions import ShownSubscription
from services.policy.core.own_answers import as_word
from services.policy.store.connections import ConnectionRow

ROOMS_AT_A_TIME = 32
STALLED_S = 120.0
"""When no room was answered for in such a time, the look ends, unless its time is given."""

COMPARED_DAYS = 366

OnRoom = Callable[[], None]


@dataclass(frozen=True, slots=True)
class SeenRoom:
    """What was seen of one room; None stands for what could not be learned, and is not wrong by that."""

    room: InspectedRoom
    unreadable: str | None = None
    is_forbidden: bool = False
    not_writable: str | None = None
    profile: MailboxProfile | None = None
    knows_no_profile: bool = False
    place_capacity: int | None = None
    is_subscription_gone: bool = False
    is_away: bool = False


class MailboxLook:
    """A look at the rooms of one connection."""

    def __init__(
        self,
        connection: ConnectionRow,
        client: GraphClient,
        rooms: Sequence[InspectedRoom],
        subscriptions: Mapping[UUID, ShownSubscription],
    ) -> None:
        self._connection = connection
        self._client = client
        self._rooms = rooms
        self._subscriptions = subscriptions

    async def look(self, within_s: float | None, on_room: OnRoom) -> Sequence[Finding]:
        """Look at every room, for so long at most, or for as long as Microsoft answers for any.

        Raises `LookedInPart` if the time was too short, or Microsoft did not answer for some.
        """
        try:
            roles = roles_in(await self._client.token())
        except GraphError:
            return []  # told of by the look at the connection
        capacities = await self._capacities()
        seen: list[SeenRoom] = []
        left = iter(self._rooms)

        async def work() -> None:
            for room in left:
                seen.append(await self._see(room, capacities))
                on_room()

        with bulk():
            workers = [asyncio.create_task(work()) for _ in range(min(ROOMS_AT_A_TIME, len(self._rooms)))]

        def answered() -> int:
            return sum(not each.is_away for each in seen)

        await let_work(workers, answered, within_s)
        found = list(judge_mailboxes(self._connection, roles, seen, now=utc_now()))
        if missed := len(self._rooms) - answered():
            raise LookedInPart(
                f"{missed} of {len(self._rooms)} rooms of the connection {self._connection.name} were not looked at: "
                f"Microsoft did not answer for them within {within_s or STALLED_S:g} s. --within gives it longer.",
                found,
            )
        return found

    async def _capacities(self) -> Mapping[str, int | None]:
        try:
            return await read_place_capacities(self._client)
        except GraphError:
            return {}  # a missing permission is told of by the look at the connection

    async def _see(self, room: InspectedRoom, capacities: Mapping[str, int | None]) -> SeenRoom:
        client, mailbox = self._client, room.mailbox
        try:
            await read_calendar(client, mailbox)
        except (Transient, AuthenticationFailed):
            return SeenRoom(room, is_away=True)
        except GraphError as error:
            return SeenRoom(room, unreadable=f"{error}.", is_forbidden=isinstance(error, Forbidden))
        try:
            not_writable = await self._why_not_writable(mailbox)
            profile, knows_none = await self._profile(mailbox)
            is_gone = await self._is_gone(room)
        except (Transient, AuthenticationFailed):
            return SeenRoom(room, is_away=True)
        capacity = capacities.get(room.room_mailbox.lower())
        return SeenRoom(
            room,
            not_writable=not_writable,
            profile=profile,
            knows_no_profile=knows_none,
            place_capacity=capacity,
            is_subscription_gone=is_gone,
        )

    async def _why_not_writable(self, mailbox: str) -> str | None:
        try:
            await try_to_write(self._client, mailbox)
        except Forbidden as error:
            return f"{error}."
        return None

    async def _profile(self, mailbox: str) -> tuple[MailboxProfile | None, bool]:
        try:
            return await read_profile(self._client, mailbox), False
        except Forbidden:
            return None, True
        except (NotFound, Gone):
            return None, False

    async def _is_gone(self, room: InspectedRoom) -> bool:
        """Whether Graph does not know the subscription that we have for a room, and that has not expired."""
        known = self._subscriptions.get(room.space_id)
        if known is None or known.subscription_id is None or known.state != "active":
            return False
        try:
            await self._client.subscription(known.subscription_id)
        except (NotFound, Gone):
            return True
        except Forbidden:
            return False
        return False


async def let_work(workers: Iterable[asyncio.Task[None]], answered: Callable[[], int], within_s: float | None) -> None:
    """Wait until the workers end, for so long at most, or until `answered` grows no more. Cancel the others."""
    late, before = set(workers), -1
    while late and answered() > before:
        before = answered()
        _, late = await asyncio.wait(late, timeout=within_s or STALLED_S)
        if within_s is not None:
            break
    for each in late:
        each.cancel()


def judge_mailboxes(
    connection: ConnectionRow, roles: frozenset[str], seen: Sequence[SeenRoom], *, now: datetime
) -> Iterator[Finding]:
    """Tell what is wrong with rooms. What holds for all of them for one reason is told once."""
    looked = [each for each in seen if not each.is_away]
    names = {"connection": connection.name, "client_id": as_word(connection.client_id)}
    all_of_them = _count_and_example(looked)
    if looked and all(each.is_forbidden for each in looked):
        yield _of(connection, FindingCode.CALENDARS_NOT_GRANTED, names | all_of_them, now)
        return
    if len(looked) > 1 and all(each.not_writable is not None for each in looked):
        yield _of(connection, FindingCode.CALENDARS_READ_ONLY, names | all_of_them, now)
        looked = [replace(each, not_writable=None) for each in looked]
    if looked and all(each.knows_no_profile for each in looked) and "MailboxSettings.Read" not in roles:
        use = "Whether a mailbox is a room, and its time zone, cannot be learned, so a wrong mapping is not noticed."
        words = {"permission": "MailboxSettings.Read", "use": use}
        yield _of(connection, FindingCode.PERMISSION_MISSING, names | words, now)
    for each in looked:
        yield from judge_mailbox(each, names, now=now)


def _count_and_example(looked: Sequence[SeenRoom]) -> dict[str, str]:
    """Return the words for how many rooms there are, and for one of them."""
    count = len(looked)
    example = as_word(looked[0].room.room_mailbox) if looked else ""
    return {"rooms": f"{count} room{'s' * (count != 1)}", "mailbox_word": example}


def _of(connection: ConnectionRow, code: FindingCode, words: dict[str, str], now: datetime) -> Finding:
    found = fill_in(code, f"the connection {connection.name}", now, words)
    return found.model_copy(update={"connection_id": connection.id})


def judge_mailbox(seen: SeenRoom, names: Mapping[str, str], *, now: datetime) -> Iterator[Finding]:
    """Tell what is wrong with one room."""
    room = seen.room
    for code, words in _wrong(seen, now):
        named = {
            **names,
            "space": room.space_name,
            "space_id": room.space_id,
            "room_mailbox": room.room_mailbox,
            "mailbox_word": as_word(room.room_mailbox),
        }
        found = fill_in(code, f"the space {room.space_name}, {room.room_mailbox}", now, named | words)
        yield found.model_copy(update={"space_id": room.space_id, "connection_id": room.connection_id})


def _wrong(seen: SeenRoom, now: datetime) -> Iterator[tuple[FindingCode, dict[str, object]]]:
    room, profile = seen.room, seen.profile
    if seen.unreadable is not None:
        yield FindingCode.MAILBOX_UNREADABLE, {"detail": seen.unreadable}
        return
    if seen.not_writable is not None:
        yield FindingCode.MAILBOX_NOT_WRITABLE, {"detail": seen.not_writable}
    if profile is not None and profile.purpose not in {None, "room", "equipment"}:
        yield FindingCode.MAILBOX_NO_ROOM, {"purpose": profile.purpose}
    if profile is not None and profile.time_zone and tell_other_times(profile.time_zone, room.time_zone, now):
        zones: dict[str, object] = {"mailbox_zone": profile.time_zone, "space_zone": room.time_zone}
        yield FindingCode.TIME_ZONE_DIFFERS, zones
    if seen.place_capacity is not None and seen.place_capacity != room.capacity:
        capacities: dict[str, object] = {"place_capacity": seen.place_capacity, "capacity": room.capacity}
        yield FindingCode.CAPACITY_DIFFERS, capacities
    if seen.is_subscription_gone:
        yield FindingCode.SUBSCRIPTION_GONE, {}


@lru_cache(maxsize=4096)  # thousands of rooms have a few pairs of zones
def tell_other_times(one: str, other: str, now: datetime) -> bool:
    """Whether clocks in two zones differ on any day of the year to come; False if one of the zones is not known."""
    try:
        first, second = zone_of(one), zone_of(other)
    except UnknownZone:
        return False
    days = (now + timedelta(days=day) for day in range(COMPARED_DAYS))
    return any(day.astimezone(first).utcoffset() != day.astimezone(second).utcoffset() for day in days)
