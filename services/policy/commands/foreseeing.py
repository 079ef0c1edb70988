"""Say what a command about reservations would come to: carry it out for real, and take it back.

The command is carried out in a transaction of which nothing is kept, and no message leaves. What it would be refused
for is found by that as well. Others wait for its space meanwhile, for as long as the command itself would take.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from libs.common.db import Connection, database_now
from libs.contracts.intents import Intent
from libs.contracts.keys import Key
from libs.contracts.message import Message
from libs.contracts.messages import IntentIssued
from services.policy.commands.apply import uncounted
from services.policy.commands.groups import DateForecast, GroupRefused, GroupReserved, GroupResult
from services.policy.commands.reservations import ReservationRefused, Reserved, Result
from services.policy.commands.unknown import UnknownReservation, UnknownReservationGroup
from services.policy.commands.work import RequestContext, run
from services.policy.core.foretelling import (
    BookingState,
    GroupBookingState,
    Own,
    say_cancellation,
    say_change,
    say_change_of_group,
    say_in_outlook,
)
from services.policy.store import group_states, reading
from services.policy.store.group_states import ShownGroup
from services.policy.store.reading import ShownReservation, Wanted

Refused: TypeAlias = ReservationRefused | GroupRefused
Command: TypeAlias = Callable[[Connection], Awaitable[Result | GroupResult]]
GroupCommand: TypeAlias = Callable[[Connection], Awaitable[GroupResult]]

_MOST_DATES = 1000


@dataclass(frozen=True, slots=True)
class Foresight:
    """What a command would come to: why it is `refused`, or in sentences what it does.

    `after` is the reservation as it would be; None if it is refused, or about a group as a whole. Of a changed group,
    `dates` are those that are judged, each with what would be decided about it.
    """

    refused: Refused | None = None
    sentences: tuple[str, ...] = ()
    after: ShownReservation | None = None
    dates: tuple[DateForecast, ...] = ()


async def foresee_change(context: RequestContext, reservation_id: UUID, change: Command) -> Foresight:
    """Say what a change of a reservation, or of dates of its series, would come to. Raises what the command raises."""

    async def look(conn: Connection) -> Foresight:
        before = await _read(conn, reservation_id)
        result = await change(conn)
        if isinstance(result, ReservationRefused | GroupRefused):
            return Foresight(result)
        after = await _read(conn, reservation_id)
        said = say_change(_state_of(before), _state_of(after))
        return Foresight(None, (said, *await _say_in_outlook(conn, after, result)), after)

    return await _try(context, look)


async def foresee_change_of_group(context: RequestContext, group_id: UUID, change: GroupCommand) -> Foresight:
    """Say what a change of all dates to come of a group would come to. Raises what the command raises."""

    async def look(conn: Connection) -> Foresight:
        now = await database_now(conn)
        before = await _state_of_group(conn, group_id, now)
        result = await change(conn)
        if isinstance(result, GroupRefused):
            return Foresight(result)
        said = say_change_of_group(before, await _state_of_group(conn, group_id, now))
        in_outlook = await _say_group_in_outlook(conn, group_id, result)
        return Foresight(None, (*said, *in_outlook), dates=result.occurrences)

    return await _try(context, look)


async def foresee_cancellation(context: RequestContext, reservation_id: UUID, cancel: Command) -> Foresight:
    """Say what cancelling a reservation, or dates of its series, would come to. Raises what the command raises."""

    async def look(conn: Connection) -> Foresight:
        before = await _read(conn, reservation_id)
        live = await _live_dates(conn, before)
        result = await cancel(conn)
        if isinstance(result, ReservationRefused | GroupRefused):
            return Foresight(result)
        after = await _read(conn, reservation_id)
        ended = len(live) - len(live & await _live_dates(conn, after))
        return Foresight(None, (say_cancellation(ended), *await _say_in_outlook(conn, after, result)), after)

    return await _try(context, look)


async def foresee_booking(context: RequestContext, book: Command) -> Foresight:
    """Say what Outlook would show of a new reservation, or a new group. Raises what the command raises."""

    async def look(conn: Connection) -> Foresight:
        result = await book(conn)
        match result:
            case Reserved(reservation):
                after = await _read(conn, reservation.id)
                return Foresight(None, await _say_in_outlook(conn, after, result), after)
            case GroupReserved(group):
                return Foresight(None, await _say_group_in_outlook(conn, group.id, result))
            case _:
                return Foresight(result)

    return await _try(context, look)


async def _try(context: RequestContext, look: Callable[[Connection], Awaitable[Foresight]]) -> Foresight:
    async def try_it(conn: Connection) -> Foresight:
        trial = conn.transaction()
        await trial.start()
        try:
            with uncounted():
                return await look(conn)
        finally:
            await trial.rollback()

    return await run(context, try_it)


async def _read(conn: Connection, reservation_id: UUID) -> ShownReservation:
    found = await reading.reservation(conn, reservation_id)
    if found is None:
        raise UnknownReservation(reservation_id)
    return found


async def _live_dates(conn: Connection, about: ShownReservation) -> set[UUID]:
    """Return the ids of the live reservation, and of all live ones of its series."""
    if about.group_id is None:
        return {about.id} if about.is_live else set()
    found = await reading.reservations(conn, Wanted(group_id=about.group_id), None, _MOST_DATES)
    return {each.id for each in found if each.is_live}


async def _state_of_group(conn: Connection, group_id: UUID, now: datetime) -> GroupBookingState:
    shown = await _read_group(conn, group_id)
    found = await reading.reservations(conn, Wanted(group_id=group_id, ends_after=now), None, _MOST_DATES)
    windows = {each.id: each.window for each in found if each.is_live}
    asked = shown.requested_change
    return GroupBookingState(
        windows,
        question_id=asked.question_id if asked is not None else None,
        asked_dates=asked.dates if asked is not None else 0,
        goes_on=shown.materialised_until is not None,
    )


async def _read_group(conn: Connection, group_id: UUID) -> ShownGroup:
    found = await group_states.read(conn, group_id)
    if found is None:
        raise UnknownReservationGroup(group_id)
    return found


async def _say_group_in_outlook(conn: Connection, group_id: UUID, result: GroupReserved) -> tuple[str, ...]:
    shown = await _read_group(conn, group_id)
    own = Own({group_id, *await _ids_of_group(conn, group_id)})
    return say_in_outlook(_issued(result.messages), own, is_mapped=shown.is_mapped)


async def _ids_of_group(conn: Connection, group_id: UUID) -> list[UUID]:
    found = await reading.reservations(conn, Wanted(group_id=group_id), None, _MOST_DATES)
    return [each.id for each in found]


async def _say_in_outlook(
    conn: Connection, about: ShownReservation, result: Reserved | GroupReserved
) -> tuple[str, ...]:
    """Say what Outlook will show. Dates that a change parts from their group are of a new one by then."""
    groups = {about.group_id, result.group.id if isinstance(result, GroupReserved) else None} - {None}
    of_groups = [each for group_id in groups if group_id is not None for each in await _ids_of_group(conn, group_id)]
    own = Own({about.id, *(each for each in groups if each is not None), *of_groups}, about.ical_uid)
    return say_in_outlook(_issued(result.messages), own, is_mapped=about.is_mapped)


def _issued(messages: Sequence[Message]) -> list[tuple[Key, Intent]]:
    return [(each.key, each.intent) for each in messages if isinstance(each, IntentIssued)]


def _state_of(found: ShownReservation) -> BookingState:
    is_asked_about, is_proposed = found.requested_change is not None, found.proposed_change is not None
    return BookingState(found.status, found.window, is_asked_about, is_proposed)
