"""Record the result of a comparison and ask policy for corrections, in one transaction."""

from dataclasses import dataclass
from uuid import UUID

from libs.common import outbox
from libs.common.codec import Codec
from libs.common.db import Pool
from libs.common.topology import Lane
from libs.contracts.messages import CorrectionRequested
from libs.contracts.values import Observation
from services.reconciler.core.brake import Braked, brake, would_cancel
from services.reconciler.core.drift import Correctable, ical_uid_of, kind_to_correct
from services.reconciler.core.pace import Pace
from services.reconciler.core.reckoning import AskingRules, KnownDrift, Reckoning, reckon
from services.reconciler.loops.compare import Comparison
from services.reconciler.store import brakes, drifts, rooms
from services.reconciler.store.rooms import ClaimedRoom


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What was recorded about a room."""

    reckoning: Reckoning
    braked: Braked | None


@dataclass(frozen=True, slots=True)
class Concluder:
    """Conclude comparisons for one process, which claims rooms as `holder`."""

    pool: Pool
    codec: Codec
    holder: UUID
    pace: Pace

    async def conclude(
        self, room: ClaimedRoom, seen: Comparison, known: list[KnownDrift], correlation_id: str
    ) -> Conclusion | None:
        """Record drifts and ask policy about them; write nothing and return None if our claim on the room was lost.

        What is recorded and asked has the sweep's `correlation_id`.
        """
        braked = brake(seen.expected, seen.drifts, confirmed=room.brake_confirmed or 0)
        asking = AskingRules(self.pace, withholds_cancels=braked is not None, starts_over=room.was_failing)
        reckoning = reckon(known, seen.drifts, seen.undecided, seen.observed_at, asking)
        corrections = [_correction(room, seen, drift) for drift in reckoning.to_ask]
        async with self.pool.acquire() as conn, conn.transaction():
            is_ours = await rooms.record_comparison(
                conn,
                room,
                self.holder,
                rooms.ComparedRoom(seen.observed_at, seen.proves_agreement, seen.unreadable, correlation_id),
                self.pace.after_comparison(room.watch_state),
            )
            if not is_ours:
                return None
            if reckoning.current:
                found_by = drifts.FindingSweep(seen.observed_at, _cause(room), correlation_id)
                await drifts.record(conn, room.space_id, reckoning.current, found_by)
            if reckoning.gone:
                await drifts.heal(conn, room.space_id, reckoning.gone, seen.observed_at)
            if braked is not None:
                await brakes.withhold(conn, room.space_id, braked)
            else:
                await brakes.release(conn, room.space_id, has_cancels=any(map(would_cancel, seen.drifts)))
            await outbox.add(
                conn,
                self.codec,
                [(each, Lane.BULK) for each in corrections],
                correlation_id=correlation_id,
                now=seen.observed_at,
            )
        return Conclusion(reckoning, braked)


def _correction(room: ClaimedRoom, seen: Comparison, drift: Correctable) -> CorrectionRequested:
    observation = Observation(
        space_id=room.space_id,
        room_mailbox=room.room_mailbox,
        # A hold that was never written has no iCalUId; its key identifies it.
        ical_uid=ical_uid_of(drift) or "",
        observed_at=seen.observed_at,
        meeting=drift.seen,
    )
    return CorrectionRequested(drift=kind_to_correct(drift), key=drift.key, observation=observation)


def _cause(room: ClaimedRoom) -> str | None:
    """Return why notifications did not tell us of the drifts, if that is known."""
    if room.compared_at is None:
        return "first_comparison"
    if room.asked_because is not None:
        return room.asked_because
    return room.watch_state if room.watch_state != "active" else None
