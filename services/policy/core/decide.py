"""The only decider: from an observation of a room calendar to what changes in the ledger and in Outlook.

Rules, in order. What was seen in a mailbox that is not the space's, or is older than what is known, is ignored
(`freshness`). What is gone frees the space, unless we made it go (`absence`). What the room itself owns is ours and is
put back as ordered, or foreign and imported or left alone (`owned`). Everything else is an invitation (`invitation`).
"""

from services.policy.core.absence import decide_absence
from services.policy.core.case import Case
from services.policy.core.changes import Decision
from services.policy.core.freshness import is_of_another_mailbox, is_stale
from services.policy.core.invitation import decide_invitation
from services.policy.core.owned import decide_owned


def decide(case: Case) -> Decision:
    """Return what follows from the observation. Deciding twice on the same facts changes nothing more."""
    if case.ledger.space.room_mailbox is None:
        return Decision(note="unmapped")
    if is_of_another_mailbox(case):
        return Decision(note="other_mailbox")
    if is_stale(case):
        return Decision(note="stale")
    if case.observation.meeting is None:
        return decide_absence(case)
    if case.meeting.is_room_owned:
        return decide_owned(case)
    return decide_invitation(case)
