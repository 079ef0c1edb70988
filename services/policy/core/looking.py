"""Have the calendar looked at once more before a request is refused because of what Outlook shows in its way.

An organizer who deletes a meeting and makes another one in its place causes two mails, and the request may be seen
before the cancellation. So what is in the way is looked at again, and then the request, which is decided by what is
true then. That is asked for once, and waited for a few seconds; if the answer is lost, whatever is observed later is
decided at once. Where something else speaks against the request too, or a reservation of the back office is in the
way, another look would change nothing.

What is in the way of an organizer's own request alone is likely to leave: whoever has a series start anew from some
date on, or has two meetings change places, acts on one after the other. It is looked at a second time after a while in
which it may settle, and nothing is refused before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from services.policy.core.availability import find_conflicts
from services.policy.core.case import Case
from services.policy.core.changes import Decision, LookAgain
from services.policy.core.explanations import SlotTaken
from services.policy.core.ledger import PendingLook, Slice
from services.policy.core.request import Request
from services.policy.core.verdict import Accept, Verdict

WAITS_FOR_LOOK = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class InTheWay:
    """The meetings in the way of a request, by iCalUId, and whether all of them are the organizer's own."""

    ical_uids: tuple[str, ...] = ()
    are_own: bool = False

    @classmethod
    def together(cls, each: Iterable["InTheWay"]) -> "InTheWay":
        """Return what is in the way of several requests of one organizer."""
        found = list(each)
        uids = sorted({uid for one in found for uid in one.ical_uids})
        return cls(tuple(uids), are_own=all(one.are_own for one in found))


NOTHING_SHOWN = InTheWay()


def look_first(case: Case, verdict: Verdict) -> Decision | None:
    """Ask for a look at what is in the way, or wait for the one that was asked for; None if it is time to answer."""
    return look_at(case, _find_in_the_way(case, verdict))


def look_at(case: Case, in_the_way: InTheWay) -> Decision | None:
    """Ask for a look at these meetings, or wait for it; None if there are none, or if it is time to answer."""
    if not in_the_way.ical_uids or not case.may_look:
        return None
    pending = case.known.pending_look
    if pending is None or pending.judged != case.judged:
        return _ask(case, in_the_way)
    is_settling = in_the_way.are_own and pending.settles_at is not None
    if case.now >= pending.until or (case.look_id == pending.look_id and not is_settling):
        return None
    # Not noted: what was looked at for us must not be older than what is known.
    return Decision(note="looking")


def find_shown(request: Request, ledger: Slice) -> InTheWay:
    """Return the meetings in the way of a request; none if something is in its way that no calendar shows."""
    conflicts = find_conflicts(request.window, ledger.space.buffers, ledger.taken, request.own)
    shown = {each.ical_uid for each in conflicts if each.ical_uid is not None}
    if not all(each.ical_uid is not None for each in conflicts):
        return NOTHING_SHOWN
    are_own = request.organizer is not None and all(each.organizer == request.organizer for each in conflicts)
    return InTheWay(tuple(sorted(shown)), are_own=are_own)


def _ask(case: Case, in_the_way: InTheWay) -> Decision:
    settling = case.settling if in_the_way.are_own else timedelta()
    pending = PendingLook(
        look_id=case.new_id,
        judged=case.judged,
        until=case.now + settling + WAITS_FOR_LOOK,
        asked_at=case.now,
        settles_at=case.now + settling if settling else None,
        in_the_way=in_the_way.ical_uids,
    )
    asked = LookAgain(pending.look_id, case.observation.ical_uid, in_the_way.ical_uids)
    return Decision((case.note(replace(case.see(), pending_look=pending)), asked), note="looking")


def _find_in_the_way(case: Case, verdict: Verdict) -> InTheWay:
    """Return the meetings in the way; none unless they are all that is."""
    if isinstance(verdict, Accept) or not all(isinstance(each, SlotTaken) for each in verdict.reasons):
        return NOTHING_SHOWN
    return find_shown(case.request, case.ledger)
