"""In which order policy is to decide about what was read for an import.

What a calendar shows as accepted, or owns itself, takes its time whatever anybody decides: it is a fact. What waits for
an answer comes after all facts, so that nothing is accepted whose time a fact has that was read later.
"""

from libs.contracts.values import Answer, Meeting

FACT = 0
ASKS = 1


def rank_of(meeting: Meeting) -> int:
    """Return the rank of an event: facts first."""
    is_fact = meeting.is_room_owned or meeting.is_unreadable or meeting.is_cancelled
    return FACT if is_fact or meeting.answer is Answer.ACCEPTED else ASKS
