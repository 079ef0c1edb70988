"""The only decider: from an observation of a room calendar to what changes in the ledger and in Outlook.

The rules, in order. An observation of a mailbox that is not the space's, or one older than what is known, is ignored
(`freshness`). A missing meeting frees the space, unless we declined it (`absence`). An event that the room itself owns
is either a hold of ours, which is kept as wanted (`owned`), or foreign, which is imported (`foreign`), a series date by
date (`recurring`); so is one that cannot be read (`unreadable`). Where others have some of its time, it blocks the rest
(`yielding`). Every other event is an invitation (`invitation`), or a series of them (`recurring`).
"""

from services.policy.core.absence import decide_absence
from services.policy.core.case import Case
from services.policy.core.changes import Decision
from services.policy.core.freshness import is_of_another_mailbox, is_stale
from services.policy.core.invitation import decide_invitation
from services.policy.core.owned import decide_owned
from services.policy.core.recurring.decide import decide_as_single, decide_series


def decide(case: Case) -> Decision:
    """Return what follows from the observation. Deciding twice on the same facts changes nothing more."""
    if (irrelevant := _find_irrelevant(case)) is not None:
        return Decision(note=irrelevant)
    if case.observation.meeting is None:
        return decide_absence(case)
    if case.meeting.is_room_owned or case.meeting.is_unreadable:
        return decide_owned(case)
    return decide_series(case) if case.meeting.is_series else decide_as_single(case, decide_invitation)


def _find_irrelevant(case: Case) -> str | None:
    """Return why an observation does not count; None if it does."""
    if case.ledger.space.room_mailbox is None:
        return "unmapped"
    if is_of_another_mailbox(case):
        return "other_mailbox"
    return "stale" if is_stale(case) else None
