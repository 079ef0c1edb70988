"""Block what others leave of an event's time, if it is on a room's calendar and partly in the way of reservations.

The event takes its time in Outlook whatever the ledger says, and what stands in the ledger stays. So its reservation
yields: it takes of each part of the space what no other reservation has, and never any more. Buffers count as always:
those of the others are theirs, and those of the event are shortened like its time. The event stays unmanaged, which is
why it is judged again and again: its reservation gets what has become free since, and all of its time once nothing is
in its way. As long as others have some of its time, it is noted as contested: a conflict, which `core.conflicts`
resolves as a person decides.
"""

from dataclasses import replace
from uuid import UUID

from libs.contracts.values import Outcome
from services.policy.core.availability import Stretch, find_left, find_own
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, Save, save_if_changed, succeed_past
from services.policy.core.ending import end_reservation
from services.policy.core.explanations import NoLongerBlocks, is_conflict
from services.policy.core.ledger import Contested, KnownMeeting, Reservation, Slice
from services.policy.core.meetings import details_of
from services.policy.core.verdict import NeedsApproval, Refuse

Left = dict[UUID, list[Stretch]]


def block_what_is_left(case: Case, seen: KnownMeeting, verdict: NeedsApproval | Refuse, *, is_news: bool) -> Decision:
    """Block what others leave of the time of an event that was refused, or leave it alone.

    It is left alone, and its reservation ended, if nothing is left of any part, so that no reservation stands that
    takes nothing, or if more speaks against it than what others have. The refusal is recorded if it `is_news`.
    """
    ledger, live, space = case.ledger, case.ledger.live, case.ledger.space
    reasons = verdict.reasons
    own = live.id if live is not None else None
    left = find_left(case.judged.window, space.buffers, ledger.taken, space.part_ids, own)
    if all(is_conflict(each) for each in reasons):
        seen = replace(seen, contested=_contest(case))
    if left and seen.contested is not None:
        return _yield(case, seen, verdict, left, is_recorded=is_news or live is None)
    refusal = [case.record(Outcome.DECLINE, reasons, None, verdict, case.fact)] if is_news else []
    freed = end_reservation(ledger, case.key, reasons[0])
    noted = case.note(replace(seen, judged=case.judged, standing=None))
    return Decision((noted, *refusal, *freed), note="unmanaged")


def end_block(ledger: Slice) -> Decision:
    """End a reservation that yields, because its space is not shown in the mailbox any more that has its event."""
    live = ledger.live
    if live is None or not live.yields:
        return Decision(note="granted")
    return Decision(tuple(end_reservation(ledger, live.key, NoLongerBlocks())), note="block_left")


def _contest(case: Case) -> Contested:
    """Return what is shown of the event, contested since it first was."""
    before, organizer = case.known.contested, case.meeting.organizer
    title, is_private = details_of(case.meeting, case.ledger.live)
    return Contested(
        title=title,
        is_private=is_private,
        organizer_name=organizer.name if organizer is not None and case.judged.organizer else None,
        since=before.since if before is not None and case.known.is_present else case.now,
    )


def _yield(
    case: Case, seen: KnownMeeting, verdict: NeedsApproval | Refuse, left: Left, *, is_recorded: bool
) -> Decision:
    ledger = case.ledger
    yielding = replace(case.reserve(), yields=True)
    return Decision(
        (
            *succeed_past(ledger.past),
            *(save_if_changed(yielding, ledger.live, case.now) or _take_more(case, left)),
            *([case.record(Outcome.DECLINE, verdict.reasons, yielding.id, verdict, case.fact)] if is_recorded else []),
            case.note(replace(seen, judged=case.judged, standing=None, reservation_id=yielding.id)),
        ),
        note="partly_blocked",
    )


def _take_more(case: Case, left: Left) -> list[Change]:
    """Save a reservation anew, so that it takes what is left by now; nothing if it has that already."""
    live: Reservation | None = case.ledger.live
    if live is None or find_own(case.ledger.taken, live.id) == left:
        return []
    return [Save(replace(live, version=live.version + 1, updated_at=case.now), live)]
