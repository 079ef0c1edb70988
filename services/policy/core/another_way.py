"""What to do instead when a change could not be answered, or carried out, as decided.

If the organizer's event could not be moved back, the original time is proposed. If no time may be proposed, the change
is declined.
Source: https://learn.microsoft.com/graph/api/event-tentativelyaccept
"""

from dataclasses import replace
from uuid import UUID

from libs.contracts.intents import MoveBack
from libs.contracts.keys import MeetingKey
from libs.contracts.messages import IntentProblem
from services.policy.core.case import Case
from services.policy.core.changes import NOTHING, Decision
from services.policy.core.goals import GiveAnswer
from services.policy.core.invitation import judge_invitation
from services.policy.core.ledger import Judged, Slice
from services.policy.core.moves import undo_own_change
from services.policy.core.recalling import recall
from services.policy.core.recurring.moving import is_moving_series, undo_series_move
from services.policy.core.space import Space


def find_failed_way(ledger: Slice, problem: IntentProblem | None) -> Judged | None:
    """Return what was judged of an edit if another way is left to refuse it; None if there is nothing to refuse."""
    if _next_way(ledger, problem) is None or (ledger.live is None and not is_moving_series(ledger)):
        return None
    if ledger.meeting is None or not ledger.meeting.is_present:
        return None
    return ledger.meeting.judged


def _next_way(ledger: Slice, problem: IntentProblem | None) -> Space | None:
    """Return the space as one whose connection cannot do what failed; None if something else failed."""
    goal = ledger.intent.wanted if ledger.intent is not None else None
    without_moving = replace(ledger.space, edits_organizer_events=False)
    if isinstance(goal, MoveBack):
        return without_moving
    if isinstance(goal, GiveAnswer) and problem is IntentProblem.PROPOSAL_REFUSED:
        return replace(without_moving, refused_edit="decline")
    return None


def decide_another_way(
    ledger: Slice, key: MeetingKey, judged: Judged, problem: IntentProblem | None, new_id: UUID
) -> Decision:
    """Answer the invitation as on a connection that cannot do what failed. A change by the back office is undone.

    The meeting is judged as it was when its edit was refused; a change since then brings an observation of its own.
    """
    undone = undo_own_change(ledger, problem) or undo_series_move(ledger, key)
    if undone is not None:
        return undone
    space = _next_way(ledger, problem)
    remembered = recall(ledger, key, judged)
    if remembered is None or space is None:
        return NOTHING
    there = replace(ledger, space=space)
    day = key.original_date
    return judge_invitation(Case(remembered, there, new_id, judged_as=judged, may_look=False, original_date=day))
