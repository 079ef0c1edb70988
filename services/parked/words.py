"""What is said before a parked message is replayed or dropped: what will be done then, in Outlook too."""

from collections.abc import Mapping

DROPPED = "forgotten for good, and what it asks for is never done"
"""What a message will be that is dropped."""

REPLAYED = "sent back to its queue, and handled as if it had just come"
"""What a message will be that is replayed."""

_RESERVED = "It is carried out in the ledger as it was asked for, and Outlook is made to show what comes of it."
_READ = "The meeting is read from Outlook anew and decided about; the room answers in Outlook as is decided."
_MAPPED = "The room mailbox is watched and compared from then on, or no more, as its space is mapped."

_DOES: Mapping[str, str] = {
    "outlook.notified": _READ,
    "look.requested": _READ,
    "lifecycle.notified": "The subscription of the room is renewed or made anew. Nobody notices it in Outlook.",
    "space.mapped": _MAPPED,
    "space.unmapped": _MAPPED,
    "retry.requested": "What waits for the mailbox or connection is tried again, changes of Outlook among it.",
    "meeting.observed": "The meeting is decided about as it was read then, unless it was read again since; the room "
    "answers in Outlook as is decided.",
    "correction.requested": "The difference is put right as it was found, unless it was looked at again since: in the "
    "ledger, or in Outlook.",
    "intent.issued": "Outlook is made to show what was decided, unless something newer was decided since.",
    "intent.settled": "The ledger learns what became of its decision in Outlook, where nothing changes by that.",
    "approval.decide": "The question is approved or rejected, and the room answers in Outlook, unless it is closed.",
    "mail.requested": "The mail is sent, however old it is, unless it was taken back or sent since.",
    "sweep.requested": "The room is compared with Outlook, and what differs is put right.",
    "conflict.freed": "The room is compared with Outlook, and what was in conflict is booked if its time is free.",
    "cancellations.confirmed": "The room is compared with Outlook, and what is still gone there is cancelled in the "
    "ledger, if no more is gone than was confirmed.",
    "reservation.request": _RESERVED,
    "reservation.change": _RESERVED,
    "reservation.cancel": _RESERVED,
    "reservation.check": "The forecast is made anew. Nothing changes, in Outlook neither.",
    "reservation-group.request": _RESERVED,
    "reservation-group.change": _RESERVED,
    "reservation-group.cancel": _RESERVED,
}
"""What a replayed message of a type does, whatever its version."""

NOT_KNOWN = "This version knows no message of that type, so it is likely to be parked again."


def say_what_replaying_does(message_type: str) -> str:
    """Say what is done, in Outlook too, if a message of this type is replayed."""
    return _DOES.get(message_type.rpartition(".v")[0], NOT_KNOWN)
