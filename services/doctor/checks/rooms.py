"""What our own services know of the rooms: whether subscriptions live, and when agreement was last proved.

Nothing outside is asked. A room of which a finding stands already that explains it is not told of again.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from services.doctor.installation import InspectedRoom, KnownInstallation
from services.findings.finding import Finding, FindingCode
from services.findings.registry import fill_in
from services.ingest.store.subscriptions import ShownSubscription

SHORTEST = timedelta(minutes=15)
COMPARISONS = 3

_EXPLAINED = frozenset({FindingCode.MAILBOX_OUT_OF_REACH, FindingCode.NO_ROOM_MAILBOX, FindingCode.CANCELLATIONS_WAIT})


def judge_rooms(
    known: KnownInstallation, subscriptions: Sequence[ShownSubscription], interval: timedelta
) -> Iterator[Finding]:
    """Tell which subscriptions have expired, and which rooms were not proved to agree for too long."""
    alone = {each.space_id for each in known.standing if each.code in _EXPLAINED}
    paused = {each.connection_id for each in known.standing if each.code is FindingCode.CONNECTION_PAUSED}
    expired = {
        each.space_id: each.expires_at
        for each in subscriptions
        if each.expires_at is not None and each.expires_at <= known.now
    }
    for room in known.rooms:
        if room.space_id in alone or room.connection_id in paused:
            continue
        since = expired.get(room.space_id)
        if since is not None:
            yield _of(room, FindingCode.SUBSCRIPTION_EXPIRED, since, {})
        begun = room.agreed_at or room.known_since
        if known.now - begun > max(SHORTEST, COMPARISONS * interval):
            proved = f"at {_say(room.agreed_at)}" if room.agreed_at is not None else f"never since {_say(begun)}"
            yield _of(room, FindingCode.NOT_PROVED, begun, {"proved": proved})


def _of(room: InspectedRoom, code: FindingCode, since: datetime, words: dict[str, str]) -> Finding:
    named = {"space": room.space_name, "space_id": room.space_id, "room_mailbox": room.room_mailbox}
    found = fill_in(code, f"the space {room.space_name}, {room.room_mailbox}", since, named | words)
    return found.model_copy(update={"space_id": room.space_id, "connection_id": room.connection_id})


def _say(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
