"""Whether an observation still says something: by where it was made, and by when.

One rule: what was seen before the last observation applied, or before our own last write, says nothing any more.
"""

from services.policy.core.case import Case


def is_of_another_mailbox(case: Case) -> bool:
    """Whether it was seen in a mailbox that the space is not mapped to any more."""
    return case.ledger.space.room_mailbox != case.observation.room_mailbox.lower()


def is_stale(case: Case) -> bool:
    """Whether what was observed is older than what is known: by the last observation, or by our own last write."""
    at, ledger = case.observation.observed_at, case.ledger
    if at < case.known.last_observed_at:
        return True
    return any(
        intent is not None and intent.has_written and intent.settled_at is not None and at < intent.settled_at
        for intent in (ledger.intent, ledger.hold if is_about_the_hold(case) else None)
    )


def is_about_the_hold(case: Case) -> bool:
    """Whether the observation tells of the slice's hold, there or missing."""
    seen, hold = case.observation.meeting, case.ledger.hold
    if hold is None:
        return False
    if seen is not None:
        return seen.is_room_owned
    return case.hold_of is not None or hold.ical_uid == case.observation.ical_uid
