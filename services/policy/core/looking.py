"""Have the calendar looked at once more before a request is refused because of what Outlook shows in its way.

An organizer who deletes a meeting and makes another one in its place causes two mails, and the request may be seen
before the cancellation. So what is in the way is looked at again, and then the request, which is decided by what is
true then. That is asked for once, and waited for a few seconds; if the answer is lost, whatever is observed later is
decided at once. Where something else speaks against the request too, or a reservation of the back office is in the
way, another look would change nothing.
"""

from dataclasses import replace
from datetime import timedelta

from services.policy.core.availability import find_conflicts
from services.policy.core.case import Case
from services.policy.core.changes import Decision, LookAgain
from services.policy.core.explanations import SlotTaken
from services.policy.core.ledger import PendingLook, Slice
from services.policy.core.request import Request
from services.policy.core.verdict import Accept, Verdict

WAITS_FOR_LOOK = timedelta(seconds=10)


def look_first(case: Case, verdict: Verdict) -> Decision | None:
    """Ask for a look at what is in the way, or wait for the one that was asked for; None if it is time to answer."""
    return look_at(case, _find_in_the_way(case, verdict))


def look_at(case: Case, in_the_way: tuple[str, ...]) -> Decision | None:
    """Ask for a look at these meetings, or wait for it; None if there are none, or if it is time to answer."""
    if not in_the_way or not case.may_look:
        return None
    pending = case.known.pending_look
    if pending is None or pending.judged != case.judged:
        pending = PendingLook(look_id=case.new_id, judged=case.judged, until=case.now + WAITS_FOR_LOOK)
        asked = LookAgain(pending.look_id, case.observation.ical_uid, in_the_way)
        return Decision((case.note(replace(case.see(), pending_look=pending)), asked), note="looking")
    if case.look_id == pending.look_id or case.now >= pending.until:
        return None
    # Not noted: what was looked at for us must not be older than what is known.
    return Decision(note="looking")


def _find_in_the_way(case: Case, verdict: Verdict) -> tuple[str, ...]:
    """Return the meetings in the way; none unless they are all that is."""
    if isinstance(verdict, Accept) or not all(isinstance(each, SlotTaken) for each in verdict.reasons):
        return ()
    return find_shown(case.request, case.ledger)


def find_shown(request: Request, ledger: Slice) -> tuple[str, ...]:
    """Return the meetings in the way of a request; none if something is in its way that no calendar shows."""
    conflicts = find_conflicts(request.window, ledger.space.buffers, ledger.taken, request.own)
    shown = {each.ical_uid for each in conflicts if each.ical_uid is not None}
    return tuple(sorted(shown)) if all(each.ical_uid is not None for each in conflicts) else ()
