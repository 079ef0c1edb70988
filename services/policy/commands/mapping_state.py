"""The worst that anybody knows about a mapped room: what ingest knows of its watch, and the reconciler of its sweeps.

States from the worst to the best: quarantined, failing, braked, polling, connecting, degraded, active.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.policy.store.spaces import OwnAnswers, SweepFacts, WatchFacts

State = Literal["quarantined", "failing", "braked", "polling", "connecting", "degraded", "active"]
_WORST_FIRST: tuple[State, ...] = (
    "quarantined",
    "failing",
    "braked",
    "polling",
    "connecting",
    "degraded",
    "active",
)

_STATE_OF_SWEEP: dict[str, State] = {
    "quarantined": "quarantined",
    "paused": "failing",
    "failing": "failing",
    "braked": "braked",
}


@dataclass(frozen=True, slots=True)
class RoomCondition:
    """How a mapped room is doing: why, since when, and when it is tried again, as far as that is known."""

    state: State
    detail: str | None = None
    since: datetime | None = None
    next_try_at: datetime | None = None


def worst_condition(
    watch: WatchFacts | None, sweep: SweepFacts | None, answers: OwnAnswers | None = None
) -> RoomCondition:
    """Return the worst that is known; a room that nobody has looked at yet is connecting.

    What is told of a mailbox that answers by itself is told beside whatever else is wrong, so it is no detail here.
    """
    known = [*_of_watch(watch), *_of_sweep(sweep)]
    if answers is not None:
        known.append(RoomCondition("degraded", None, answers.since))
    return min(known, key=lambda each: _WORST_FIRST.index(each.state))


def _of_watch(watch: WatchFacts | None) -> Iterator[RoomCondition]:
    if watch is None:
        yield RoomCondition("connecting")
        return
    yield RoomCondition(_state_of(watch), watch.detail, watch.since, watch.next_try_at)
    if watch.forged:
        notifications = "notification for this room" if watch.forged == 1 else "notifications for this room"
        yield RoomCondition(
            "degraded",
            f"{watch.forged} {notifications} came without proof that Microsoft sent it; such are ignored, "
            "and the room is compared at intervals. Somebody may be forging them, or another installation with another "
            "secret uses this subscription: compare ROOMSYNC_CLIENT_STATE_SECRETS everywhere.",
            watch.forged_since,
            watch.next_try_at,
        )


def _state_of(watch: WatchFacts) -> State:
    match watch.state:
        case "refused":
            # To whoever maps a space, a mailbox that is no room and one that cannot be reached are both left alone.
            return "quarantined"
        case "active":
            return "active" if watch.detail is None else "degraded"
        case _:
            return watch.state


def _of_sweep(sweep: SweepFacts | None) -> Iterator[RoomCondition]:
    if sweep is None:
        return
    state = _STATE_OF_SWEEP.get(sweep.state) or ("degraded" if sweep.detail is not None else None)
    if state is not None:
        yield RoomCondition(state, sweep.detail, sweep.since, sweep.next_try_at)
