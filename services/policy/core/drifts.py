"""Drifts in words: what differed, why no notification had told of it, and how long it took until it was gone."""

from collections.abc import Mapping

from libs.contracts.messages import DriftKind
from services.policy.core.policies.phrases import say_count, say_minutes

_A_MINUTE = 60

CONFLICT = "conflict"
"""The kind of a drift that a person resolves; the bus does not have it."""

KINDS: Mapping[str, str] = {
    DriftKind.MISSING_IN_LEDGER: "the meeting was on the room's calendar and not booked",
    DriftKind.MISSING_IN_OUTLOOK: "it was booked and not on the room's calendar",
    DriftKind.DIFFERENT_TIME: "the room's calendar showed another time than was booked",
    DriftKind.DIFFERENT_ANSWER: "the room's calendar showed another answer than was decided",
    DriftKind.DIFFERENT_TITLE: "the room's calendar showed another title than was booked",
    DriftKind.SHOWN_AFTER_ALL: "the room's calendar showed what had been given up",
    DriftKind.ORPHAN_HOLD: "the room's calendar had a hold that nothing is booked for any more",
    DriftKind.DUPLICATE: "the room's calendar had it twice",
    DriftKind.UNMANAGED: "the room's calendar had an event that is not booked, or not for all of its time",
    CONFLICT: "the meeting is in conflict with what is booked, which a person has to resolve",
}
"""What differed, by the kind of the drift, as the second half of a sentence."""

_CAUSES: Mapping[str, str] = {
    "first_comparison": "The room was compared for the first time.",
    "subscription_created": "The room was not watched before: its subscription was new.",
    "subscription_removed": "The room was not watched: its subscription had been removed.",
    "notifications_missed": "Microsoft 365 had lost notifications, or we had not taken them all.",
    "operator_asked": "Found when somebody at the command line asked for a comparison.",
    "conflict_freed": "Found when time had become free that something in Outlook was in conflict about.",
    "cancellations_confirmed": "Found when cancellations had been confirmed.",
    "access_restored": "The mailbox or its connection had been out of reach.",
    "administrator_asked": "Found when an administrator had the mailbox tried.",
    "connecting": "The room was not watched yet.",
    "polling": "The room cannot be watched, and is compared often instead.",
    "quarantined": "The mailbox could not be reached.",
    "refused": "The mailbox is not watched, because it is no room.",
}
_NO_CAUSE = "The room was watched, and no notification had told of it."


def say_kind(kind: str) -> str:
    """Say what differed, in a sentence; a kind of another version is named as it is."""
    said = KINDS.get(kind, kind)
    return f"{said[:1].upper()}{said[1:]}"


def say_cause(cause: str | None) -> str:
    """Say why no notification had told of a drift, as far as that is known."""
    return _NO_CAUSE if cause is None else _CAUSES.get(cause, cause)


def say_time_to_heal(seconds: float) -> str:
    """Write how long a drift was there, by seconds or by minutes."""
    whole = round(seconds)
    return say_count(whole, "second") if whole < _A_MINUTE else say_minutes(round(whole / _A_MINUTE))
