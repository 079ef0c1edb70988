"""Read a post from Graph: each entry on its own, so that a bad entry does not cost the others.

Source: https://learn.microsoft.com/graph/api/resources/changenotification,
https://learn.microsoft.com/graph/change-notifications-lifecycle-events
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

from services.ingest.core.client_state import SubscriptionIdentity, verify
from services.ingest.core.forgeries import LONGEST_NAME

Change = Literal["created", "updated", "deleted"]
Lifecycle = Literal["reauthorizationRequired", "subscriptionRemoved", "missed"]
_CHANGES = frozenset({"created", "updated", "deleted"})
_LIFECYCLES = frozenset({"reauthorizationRequired", "subscriptionRemoved", "missed"})
LONGEST_ID = 1024

_EVENT = re.compile(r"(?:^|/)events(?:/(?P<plain>[^'()]+)|\('(?P<quoted>[^']+)'\))\Z", re.IGNORECASE)
"""The end of a resource's path, in both of its forms: ``events/{id}`` and ``events('{id}')``."""


class NotACollection(ValueError):
    """The body is not a collection of notifications."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Something changed about an event of a space's room, says its subscription of one generation."""

    space_id: UUID
    event_id: str
    change: Change
    generation: int


@dataclass(frozen=True, slots=True)
class LifecycleEvent:
    """Something happened to a space's subscription of one generation."""

    space_id: UUID
    generation: int
    event: Lifecycle


@dataclass(frozen=True, slots=True)
class SortedEntries:
    """The valid entries, each once, and the number of those that were forged or unreadable.

    `forged_for` are the subscription ids that forged entries named.
    """

    changes: Sequence[Changed]
    lifecycle: Sequence[LifecycleEvent]
    forged: int
    unreadable: int
    forged_for: Sequence[str] = ()


def sort_entries(body: object, secrets: Sequence[str]) -> SortedEntries:
    """Sort the entries of a post. Raises `NotACollection`."""
    entries = body.get("value") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        raise NotACollection('expected an object with a list "value"')
    changes: dict[tuple[UUID, str], Changed] = {}
    lifecycle: dict[LifecycleEvent, None] = {}
    forged = unreadable = 0
    forged_for: list[str] = []
    for entry in entries:
        if not isinstance(entry, dict):
            unreadable += 1
            continue
        subscription = verify(secrets, entry.get("clientState"))
        if subscription is None:
            forged += 1
            forged_for += _subscription_id(entry)
            continue
        match _read(entry, subscription):
            case Changed() as changed:
                changes[changed.space_id, changed.event_id] = changed
            case LifecycleEvent() as event:
                lifecycle[event] = None
            case None:
                unreadable += 1
    return SortedEntries(list(changes.values()), list(lifecycle), forged, unreadable, forged_for)


def _subscription_id(entry: dict[str, Any]) -> list[str]:
    named = entry.get("subscriptionId")
    if not isinstance(named, str) or not 0 < len(named) <= LONGEST_NAME:
        return []
    return [named] if named.isascii() and named.isprintable() else []


def _read(entry: dict[str, Any], subscription: SubscriptionIdentity) -> Changed | LifecycleEvent | None:
    if (event := entry.get("lifecycleEvent")) is not None:
        if not isinstance(event, str) or event not in _LIFECYCLES:
            return None
        return LifecycleEvent(subscription.space_id, subscription.generation, cast("Lifecycle", event))
    change, event_id = entry.get("changeType"), _event_id(entry)
    if not isinstance(change, str) or change not in _CHANGES or event_id is None:
        return None
    return Changed(subscription.space_id, event_id, cast("Change", change), subscription.generation)


def _event_id(entry: dict[str, Any]) -> str | None:
    """Take the id from the resource data, or from the end of the resource's path, whose form varies."""
    data = entry.get("resourceData")
    event_id = data.get("id") if isinstance(data, dict) else None
    if not event_id and isinstance(resource := entry.get("resource"), str):
        found = _EVENT.search(resource)
        event_id = found and (found["plain"] or found["quoted"])
    is_one = isinstance(event_id, str) and 0 < len(event_id) <= LONGEST_ID and event_id.isprintable()
    return event_id if is_one else None
