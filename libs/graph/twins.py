"""Tell events apart that one calendar shows under one iCalUId.

Exchange gives each meeting one copy in a mailbox, but an import, a restore or a copy by hand may leave two, and both
take their time. One keeps the iCalUId as its identity; each other one is known by its event id. Which one keeps it must
not change from one look to the next, so whatever is known already goes first, and then the smaller event id.

Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/17479
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from libs.graph.types import Event


def tell_apart(events: Iterable[Event], kept_by: Mapping[str, str], known_by_id: Collection[str]) -> list[Event]:
    """Return the events, each under an identity of its own, in their order.

    `kept_by` names the event that each iCalUId is known to belong to; the ids in `known_by_id` are those of events that
    are known by them. Series and cancelled events are left as they are.
    """
    found = list(events)
    sharing: defaultdict[str, list[str]] = defaultdict(list)
    for event in found:
        if _is_one(event) and event.event_id not in known_by_id:
            sharing[event.ical_uid].append(event.event_id)
    keepers = {uid: kept_by[uid] if kept_by.get(uid) in ids else min(ids) for uid, ids in sharing.items()}
    return [
        event if not _is_one(event) or keepers.get(event.ical_uid) == event.event_id else event.known_by_id()
        for event in found
    ]


def _is_one(event: Event) -> bool:
    return not event.is_series and not event.is_cancelled
