"""Look up what could be booked instead of what is refused, in two queries at most."""

from collections.abc import Sequence
from dataclasses import replace

import asyncpg

from libs.common.db import Connection
from libs.contracts.values import Window
from services.policy.core.alternatives import (
    MOST_SPACES,
    NO_ALTERNATIVES,
    Alternatives,
    would_alternatives_help,
    would_another_time_help,
)
from services.policy.core.evaluate import judge_by_policies
from services.policy.core.explanations import Explanation
from services.policy.core.goals import GiveAnswer, Goal
from services.policy.core.ledger import Judged, Slice
from services.policy.core.limits import LONGEST_BUFFER, SUGGESTED_AHEAD
from services.policy.core.notices import Declined, EditRefused
from services.policy.core.request import Request, request_of_meeting
from services.policy.core.suggestions import suggest_time
from services.policy.store import free_spaces, occupancies
from services.policy.store.free_spaces import Candidate


async def find_alternatives(
    conn: Connection, ledger: Slice, wish: Request, reasons: Sequence[Explanation]
) -> Alternatives:
    """Find the next time at which the space can be booked as wished, and other spaces at the time that was asked for.

    Nothing is looked for if something speaks against the request that neither would mend, or if what was asked for is
    over.
    """
    window = wish.window
    if not would_alternatives_help(reasons) or window.end <= ledger.now:
        return NO_ALTERNATIVES
    next_free = await _find_time(conn, ledger, wish) if would_another_time_help(reasons) else None
    candidates = await free_spaces.find_free(conn, ledger.space.id, window, wish.people)
    allowed = [each.space for each in candidates if _may_be_booked(each, ledger, wish)]
    return Alternatives(next_free, allowed[:MOST_SPACES])


async def _find_time(conn: Connection, ledger: Slice, wish: Request) -> Window | None:
    ends = wish.window.end + SUGGESTED_AHEAD + LONGEST_BUFFER
    during = asyncpg.Range(wish.window.start - LONGEST_BUFFER, ends)
    taken = await occupancies.taken_between(conn, ledger.space.id, during)
    return suggest_time(wish, replace(ledger, taken=taken))


async def find_instead(conn: Connection, ledger: Slice, goal: Goal, judged: Judged) -> Alternatives:
    """Find what could be booked instead of a meeting that asked for what was judged, if its answer refuses it."""
    if not isinstance(goal, GiveAnswer) or not isinstance(goal.notice, Declined | EditRefused):
        return NO_ALTERNATIVES
    wish = request_of_meeting(judged, ledger.live)
    return await find_alternatives(conn, ledger, wish, goal.notice.reasons)


def _may_be_booked(candidate: Candidate, ledger: Slice, wish: Request) -> bool:
    """Whether the policies of another space allow what was asked for."""
    found = candidate.space
    space = replace(ledger.space, id=found.space_id, capacity=found.capacity, time_zone=candidate.time_zone)
    there = replace(ledger, space=space, policies=candidate.policies)
    return not judge_by_policies(replace(wish, own=None, before=None), there).binding
