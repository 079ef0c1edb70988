"""Decide about an observation of a room calendar, whatever brought it: lock, gather, decide, apply.

There is one such path, for live observations, corrections and imports.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid4

from libs.common.db import Connection
from libs.contracts.days import in_zone
from libs.contracts.message import Message
from libs.contracts.values import Meeting, Observation, Window
from services.policy.commands.apply import Patience, apply
from services.policy.commands.own_answers import note_who_answers
from services.policy.commands.swaps import with_swapped
from services.policy.core.actors import acting_in_outlook
from services.policy.core.case import Case
from services.policy.core.changes import Decision
from services.policy.core.closing import decide_while_closing
from services.policy.core.decide import decide
from services.policy.core.ledger import Slice
from services.policy.core.people import address_of
from services.policy.core.timeline.sighting import Prompt
from services.policy.core.timeline.steps import sighting_of
from services.policy.store import slices, spaces
from services.policy.store.slices import ClosingSpace, MissingSpace

Brake = Callable[[Connection, UUID, Decision], Awaitable[Decision]]


@dataclass(frozen=True, slots=True)
class Looked:
    """Why a calendar was looked at, and what may follow from what it held.

    `hold_of` names the reservation whose hold a correction is about. `look_id` is that of a look that we asked for;
    if not `may_look`, none is asked for. `brake` may leave a decision to the sweep.
    """

    why: Prompt
    hold_of: UUID | None = None
    look_id: UUID | None = None
    may_look: bool = True
    brake: Brake | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about an observation, on which slice of the ledger, and the messages that follow.

    The `observation` is the one that was decided about: whole days have times. Without a slice there is no such space.
    """

    observation: Observation
    ledger: Slice | None
    decision: Decision
    messages: Sequence[Message] = ()


async def lock_for(conn: Connection, observation: Observation) -> None:
    """Take the locks under which one observation is decided about."""
    await slices.lock_space(conn, observation.space_id, organizer_of(observation))


def organizer_of(observation: Observation) -> str | None:
    """Return the address of whoever organizes what was observed."""
    meeting = observation.meeting
    return address_of(meeting.organizer) if meeting is not None and meeting.organizer else None


async def decide_observation(conn: Connection, observation: Observation, looked: Looked, patience: Patience) -> Decided:
    """Decide about an observation, and write what follows. The caller has the locks of `lock_for`."""
    space_id = observation.space_id
    observation = await _settle_days(conn, observation)
    meeting = observation.meeting
    listed = [address_of(each) for each in meeting.attendees] if meeting is not None else []
    windows, dates = _asked_by(meeting)
    owned = meeting.reservation_id if meeting is not None and meeting.is_room_owned else None
    held = owned or looked.hold_of
    try:
        ledger = await slices.of_meeting(conn, observation.key, windows, held, listed, organizer_of(observation), dates)
    except ClosingSpace as closing:
        decision = decide_while_closing(Case(observation, closing.ledger, uuid4(), looked.hold_of))
        seen = sighting_of(observation, looked.why, closing.ledger, decision, held)
        return await _apply(conn, observation, closing.ledger, replace(decision, seen=seen), patience)
    except MissingSpace:
        return Decided(observation, None, Decision(note="unknown_space"))
    case = Case(
        observation,
        ledger,
        uuid4(),
        looked.hold_of,
        look_id=looked.look_id,
        may_look=looked.may_look,
        settling=patience.settling,
    )
    await note_who_answers(conn, case)
    decision = decide(await with_swapped(conn, case))
    if looked.brake is not None:
        decision = await looked.brake(conn, space_id, decision)
    seen = sighting_of(observation, looked.why, ledger, decision, held)
    return await _apply(conn, observation, ledger, replace(decision, seen=seen), patience)


async def _apply(
    conn: Connection, observation: Observation, ledger: Slice, decision: Decision, patience: Patience
) -> Decided:
    dates = (known.reservation for known in ledger.dates.values() if known.reservation is not None)
    by = acting_in_outlook(observation, ledger.reservation or next(dates, None))
    return Decided(observation, ledger, decision, await apply(conn, ledger, decision, patience, by=by))


def _asked_by(meeting: Meeting | None) -> tuple[Sequence[Window], Sequence[date]]:
    """Return the windows that a meeting asks for; of a series those of its occurrences, with their original dates."""
    if meeting is None:
        return (), ()
    if meeting.series is None:
        return (meeting.window,), ()
    occurrences = meeting.series.occurrences
    return [each.window for each in occurrences], [each.original_date for each in occurrences]


async def _settle_days(conn: Connection, observation: Observation) -> Observation:
    """Return an observation whose meeting has times: whole days in an unknown zone are days where the room is."""
    meeting = observation.meeting
    if meeting is None or not meeting.is_floating:
        return observation
    zone = await spaces.time_zone_of(conn, observation.space_id)
    return observation.model_copy(update={"meeting": in_zone(meeting, zone or "UTC")})
