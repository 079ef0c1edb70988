"""On an observation, live or as a correction: decide about it, and say in which lane what follows travels."""

from collections.abc import Sequence
from uuid import UUID

from prometheus_client import Counter

from libs.common.db import Connection
from libs.common.handlers import Caused
from libs.common.observed import add_facts
from libs.contracts.keys import ReservationKey
from libs.contracts.message import Message
from libs.contracts.messages import CorrectionRequested, MeetingObserved
from libs.contracts.values import Observation
from services.policy.commands.apply import Patience
from services.policy.commands.observations import Decided, Looked, decide_observation, lock_for
from services.policy.core.changes import Decision, Save
from services.policy.core.ledger import Slice
from services.policy.core.live_brake import COUNTED_FOR, LEFT_TO_THE_SWEEP, ends_by_absence
from services.policy.core.timeline.sighting import Prompt
from services.policy.handlers.lanes import in_lanes, in_lanes_of_answers
from services.policy.store import absences

LEFT = Counter("roomsync_absences_left_to_the_sweep_total", "Missing meetings that freed no room, because many were")


class ObservationHandlers:
    """The handlers of observations. `patience` says how long Outlook may take to show an intent."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    async def on_meeting_observed(self, conn: Connection, message: MeetingObserved) -> Sequence[Caused]:
        """Decide about a meeting as it was read after a notification; too many absences are left to the sweep."""
        why = Prompt(message.notified, message.notifications)
        looked = Looked(why, look_id=message.look_id, brake=_brake_live)
        return in_lanes_of_answers(await self._decide(conn, message.observation, looked))

    async def on_correction_requested(self, conn: Connection, message: CorrectionRequested) -> Sequence[Caused]:
        """Decide about a drift exactly as about a live observation."""
        hold_of = message.key.reservation_id if isinstance(message.key, ReservationKey) else None
        looked = Looked(Prompt(drift=message.drift), hold_of=hold_of)
        return in_lanes(await self._decide(conn, message.observation, looked))

    async def _decide(self, conn: Connection, observation: Observation, looked: Looked) -> Sequence[Message]:
        await lock_for(conn, observation)
        decided = await decide_observation(conn, observation, looked, self._patience)
        add_facts(decided=decided.decision.note, **_name(observation), **_name_reservation(decided))
        return decided.messages


def _name(observation: Observation) -> dict[str, str]:
    """Name for the log what was observed."""
    return {
        "space_id": str(observation.space_id),
        "room_mailbox": observation.room_mailbox,
        "ical_uid": observation.ical_uid,
    }


def _name_reservation(decided: Decided) -> dict[str, str]:
    """Name for the log the reservation that a decision is about, if there is one."""
    found = _reservation_of(decided.decision, decided.ledger)
    return {"reservation_id": str(found)} if found is not None else {}


def _reservation_of(decision: Decision, ledger: Slice | None) -> UUID | None:
    known = ledger.reservation if ledger is not None else None
    saved = next((each.reservation for each in decision.changes if isinstance(each, Save)), known)
    return saved.id if saved is not None else None


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
