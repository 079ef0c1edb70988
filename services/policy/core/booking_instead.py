"""What an organizer may do by a link about a meeting that was declined: book something else, or wait for the time.

One rule: nobody gets a link by which nothing could be done. Whom the policies let book nothing gets none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from libs.contracts.values import Window
from services.policy.core.alternatives import Alternatives
from services.policy.core.explanations import BrokenRule, Explanation, is_conflict
from services.policy.core.goals import GiveAnswer, Goal
from services.policy.core.ledger import Judged, Slice
from services.policy.core.links import Link, LinkPurpose
from services.policy.core.notices import Declined
from services.policy.core.waiting.request import may_be_approved


@dataclass(frozen=True, slots=True)
class DeclinedMeeting:
    """A meeting that a room declined for some time, and the reservation that says so.

    What is booked instead is for that meeting too: a room that is invited to it then accepts.
    """

    reservation_id: UUID
    window: Window
    ical_uid: str | None
    is_private: bool

    @property
    def booked_as(self) -> UUID:
        """Return the id of what is booked instead: one for each time that was declined, so that it is booked once."""
        return uuid5(self.reservation_id, f"instead of {self.window.start.isoformat()}/{self.window.end.isoformat()}")


def may_wait(reasons: Sequence[Explanation]) -> bool:
    """Whether a request could be granted, or asked about, once the space is free."""
    is_taken = any(is_conflict(each) for each in reasons)
    return is_taken and all(is_conflict(each) or may_be_approved(each) for each in reasons)


def would_be_booked_later(reasons: Sequence[Explanation]) -> bool:
    """Whether the same space could be booked at another time: nothing else speaks against the request."""
    return all(is_conflict(each) or (isinstance(each, BrokenRule) and each.rule.another_time_helps) for each in reasons)


def find_link(
    goal: Goal, ledger: Slice, judged: Judged, instead: Alternatives, about: UUID | None
) -> tuple[Link, bool] | None:
    """Return the link that goes with an answer, and whether one may wait by it; None if nothing can be done by one.

    `about` is the reservation that the answer is about, `judged` what the meeting asked for.
    """
    if not isinstance(goal, GiveAnswer) or not isinstance(goal.notice, Declined) or about is None:
        return None
    reasons, window = goal.notice.reasons, judged.window
    if judged.organizer is None or judged.is_series or window.start <= ledger.now:
        return None
    waits = ledger.space.waiting_list and may_wait(reasons)
    is_offered = instead.spaces or (instead.next_free is not None and would_be_booked_later(reasons))
    if not is_offered and not waits:
        return None
    return Link(LinkPurpose.BOOK_INSTEAD, about, judged.organizer, window.start), waits
