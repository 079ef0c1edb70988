"""Say whether a cancellation comes too late, by the policies of kind `change_cut_off`."""

from zoneinfo import ZoneInfo

from services.policy.core.evaluate import explain_broken
from services.policy.core.explanations import BrokenRule, Explanation
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.policies.dates import ChangeCutOff
from services.policy.core.policies.judge import judge
from services.policy.core.policies.resolve import Asker, find_in_force
from services.policy.core.policies.rule import Asked


def judge_cancellation(live: Reservation, ledger: Slice, asker: Asker) -> tuple[BrokenRule, ...]:
    """Return the policies that the cancellation of a reservation breaks, but for those that are only tried out."""
    cut_offs = [each for each in ledger.policies if isinstance(each.rule, ChangeCutOff)]
    if not cut_offs or not live.is_live:
        return ()
    asked = Asked(
        window=live.window,
        people=live.attendee_count,
        organizer=live.organizer_address,
        now=ledger.now,
        time_zone=live.time_zone,
        capacity=ledger.space.capacity,
        standing=live.window,
        is_cancellation=True,
    )
    day = live.starts_at.astimezone(ZoneInfo(live.time_zone)).date()
    found = judge(find_in_force(cut_offs, asker, day), asked)
    return tuple(map(explain_broken, (*found.binding, *found.warning)))


def is_late_cancellation(why: Explanation) -> bool:
    """Whether an explanation says that a cancellation came too late."""
    return isinstance(why, BrokenRule) and isinstance(why.rule, ChangeCutOff) and why.breach.about == "cancel"
