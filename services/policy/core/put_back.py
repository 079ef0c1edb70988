"""Put back what a calendar no longer shows: a few times, and then it is a finding for a person.

Whoever undoes our writes (a person, another tool, or Exchange itself by the form that it gives to what it is told) may
do so without end, and each would answer the other for ever. So one wish is put back at most `MOST_TIMES` within
`WITHIN`. After that the intent counts as given up, until the wish changes, an administrator asks for it again, or the
calendar shows it by itself.
"""

from dataclasses import replace
from datetime import timedelta

from services.policy.core.case import Case
from services.policy.core.changes import Decision, GiveUp, Want
from services.policy.core.goals import Goal
from services.policy.core.ledger import KnownIntent

MOST_TIMES = 3
WITHIN = timedelta(hours=1)

UNDONE = (
    f"Something on the room's calendar undid this {MOST_TIMES} times within an hour, and each time it was put back. "
    "Now it is left as it is. Find out who or what changes it there, then change the reservation, or have it checked "
    "again (POST /v1/reservations/{id}/check)."
)


def put_back(case: Case, undone: KnownIntent, goal: Goal, note: str) -> Decision:
    """Want once more what the calendar does not show, as `goal` has it now; or give it up.

    Only what was written counts as undone: what Graph refused, or nobody carried out, is asked for at the pace of the
    sweeps.
    """
    if is_undone_too_often(undone):
        return Decision(note="given_up")
    again = Want(undone.key, goal, undone.reservation_id, undone.put_back, undone.put_back_since)
    if undone.state != "written":
        return Decision((again,), note=note)
    since = undone.put_back_since
    if since is None or since <= case.now - WITHIN:
        return Decision((replace(again, put_back=1, put_back_since=case.now),), note=note)
    if undone.put_back >= MOST_TIMES:
        return Decision((GiveUp(undone.key, UNDONE),), note="undone_too_often")
    return Decision((replace(again, put_back=undone.put_back + 1),), note=note)


def is_undone_too_often(intent: KnownIntent) -> bool:
    """Whether it was given up because it was undone again and again."""
    return intent.state == "given_up" and intent.put_back >= MOST_TIMES
