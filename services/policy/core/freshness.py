"""Tell whether an observation still counts, by the mailbox and the time at which it was made.

One rule: an observation from before the last one applied, or from before our own last write, does not count.
"""

from services.policy.core.case import Case


def is_of_another_mailbox(case: Case) -> bool:
    """Whether the observation is of a mailbox that the space is no longer mapped to."""
    return case.ledger.space.room_mailbox != case.observation.room_mailbox.lower()


def is_stale(case: Case) -> bool:
    """Whether the observation is older than the last one applied, or than our own last write."""
    at, ledger = case.observation.observed_at, case.ledger
    if at < case.known.last_observed_at:
        return True
    return any(
        intent is not None
        and intent.written_generation is not None
        and intent.settled_at is not None
        and at < intent.settled_at
        for intent in (ledger.intent, ledger.hold if is_about_the_hold(case) else None)
    )


def is_about_the_hold(case: Case) -> bool:
    """Whether the observation is about the slice's hold, present or missing."""
    seen, hold = case.observation.meeting, case.ledger.hold
    if hold is None:
        return False
    if seen is not None:
        return seen.is_room_owned
    return case.hold_of is not None or hold.ical_uid == case.observation.ical_uid
