"""Which consumer listens to which messages: the whole system on one page.

A message type without a consumer here is open (see `Message.is_open`), or replies to another (its `replies`).
"""

LISTENERS: dict[str, tuple[str, ...]] = {
    "ingest": ("outlook.notified.v1", "look.requested.v1"),
    "ingest-rooms": ("space.mapped.v1", "space.unmapped.v1", "lifecycle.notified.v1", "retry.requested.v1"),
    "policy": ("meeting.observed.v1", "correction.requested.v3", "intent.settled.v3", "approval.decide.v1"),
    "policy-commands": (
        "reservation.request.v1",
        "reservation.change.v1",
        "reservation.cancel.v1",
        "reservation.check.v1",
        "reservation-group.request.v1",
        "reservation-group.change.v1",
        "reservation-group.cancel.v1",
    ),
    "outbound": ("intent.issued.v2",),
    "outbound-access": ("retry.requested.v1",),
    "outbound-mail": ("mail.requested.v1",),
    "reconciler": (
        "space.mapped.v1",
        "space.unmapped.v1",
        "sweep.requested.v1",
        "conflict.freed.v1",
        "cancellations.confirmed.v1",
        "retry.requested.v1",
    ),
}
"""Consumer name → the message types it listens to."""

IN_TWO_LANES = frozenset({"ingest", "policy", "outbound"})
"""Consumers that people wait for: their work in the bulk lane has queues of its own."""
