"""On an observation, live or as a correction: lock, gather, decide, apply."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from uuid import UUID, uuid4

from prometheus_client import Counter

from libs.common.db import Connection
from libs.common.handlers import Caused
from libs.common.observed import add_facts
from libs.contracts.days import in_zone
from libs.contracts.keys import ReservationKey
from libs.contracts.message import Message
from libs.contracts.messages import CorrectionRequested, MeetingObserved
from libs.contracts.values import Meeting, Observation, Window
from services.policy.commands.apply import Patience, apply
from services.policy.core.actors import acting_in_outlook
from services.policy.core.case import Case
from services.policy.core.changes import Decision, Save
from services.policy.core.closing import decide_while_closing
from services.policy.core.decide import decide
from services.policy.core.ledger import Slice
from services.policy.core.live_brake import COUNTED_FOR, LEFT_TO_THE_SWEEP, ends_by_absence
from services.policy.core.people import address_of
from services.policy.handlers.lanes import in_lanes, in_lanes_of_answers
from services.policy.handlers.swaps import with_swapped
from services.policy.store import absences, slices, spaces
from services.policy.store.slices import ClosingSpace, MissingSpace

LEFT = Counter("roomsync_absences_left_to_the_sweep_total", "Missing meetings that freed no room, because many were")

Brake = Callable[[Connection, UUID, Decision], Awaitable[Decision]]


class ObservationHandlers:
    """The handlers of observations. `patience` says how long Outlook may take to show an intent."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    async def on_meeting_observed(self, conn: Connection, message: MeetingObserved) -> Sequence[Caused]:
        """Decide about a meeting as it was read after a notification; too many absences are left to the sweep."""
        caused = await self._decide(conn, message.observation, look_id=message.look_id, brake=_brake_live)
        return in_lanes_of_answers(caused)

    async def on_correction_requested(self, conn: Connection, message: CorrectionRequested) -> Sequence[Caused]:
        """Decide about a drift exactly as about a live observation."""
        hold_of = message.key.reservation_id if isinstance(message.key, ReservationKey) else None
        return in_lanes(await self._decide(conn, message.observation, hold_of=hold_of))

    async def _decide(
        self,
        conn: Connection,
        observation: Observation,
        *,
        hold_of: UUID | None = None,
        look_id: UUID | None = None,
        brake: Brake | None = None,
    ) -> Sequence[Message]:
        space_id = observation.space_id
        observation = await _settle_days(conn, observation)
        meeting = observation.meeting
        listed = [address_of(each) for each in meeting.attendees] if meeting is not None else []
        windows, dates = _asked_by(meeting)
        owned = meeting.reservation_id if meeting is not None and meeting.is_room_owned else None
        organizer = address_of(meeting.organizer) if meeting is not None and meeting.organizer else None
        await slices.lock_space(conn, space_id, organizer)
        try:
            held = owned or hold_of
            ledger = await slices.of_meeting(conn, observation.key, windows, held, listed, organizer, dates)
        except ClosingSpace as closing:
            decision = decide_while_closing(Case(observation, closing.ledger, uuid4(), hold_of))
            return await self._apply(conn, observation, closing.ledger, decision)
        except MissingSpace:
            add_facts(decided="unknown_space", **_name(observation))
            return []
        case = Case(observation, ledger, uuid4(), hold_of, look_id=look_id, settling=self._patience.settling)
        decision = decide(await with_swapped(conn, case))
        if brake is not None:
            decision = await brake(conn, space_id, decision)
        return await self._apply(conn, observation, ledger, decision)

    async def _apply(
        self, conn: Connection, observation: Observation, ledger: Slice, decision: Decision
    ) -> Sequence[Message]:
        add_facts(decided=decision.note, **_name(observation), **_name_reservation(decision, ledger))
        dates = (known.reservation for known in ledger.dates.values() if known.reservation is not None)
        by = acting_in_outlook(observation, ledger.reservation or next(dates, None))
        return await apply(conn, ledger, decision, self._patience, by=by)


def _name(observation: Observation) -> dict[str, str]:
    """Name for the log what was observed."""
    return {
        "space_id": str(observation.space_id),
        "room_mailbox": observation.room_mailbox,
        "ical_uid": observation.ical_uid,
    }


def _name_reservation(decision: Decision, ledger: Slice) -> dict[str, str]:
    """Name for the log the reservation that a decision is about, if there is one."""
    saved = next((each.reservation for each in decision.changes if isinstance(each, Save)), ledger.reservation)
    return {"reservation_id": str(saved.id)} if saved is not None else {}


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


async def _brake_live(conn: Connection, space_id: UUID, decision: Decision) -> Decision:
    """Leave an absence to the sweep if too many reservations of the space were ended by absences lately."""
    if not ends_by_absence(decision):
        return decision
    found = await absences.tally(conn, space_id, COUNTED_FOR)
    if found.allows_another:
        return decision
    LEFT.inc()
    add_facts(ended_lately=str(found.ended), held=str(found.held))
    return LEFT_TO_THE_SWEEP
