"""Propose another time to the organizer of a meeting, because the back office wants it; the organizer decides.

The reservation stays booked as it is, and the proposed time is held beside it: in the ledger by an occupancy of purpose
`proposed`, in Outlook by a hold. The room answers tentatively. That ends with the organizer's acceptance, which is a
move to the proposed time; with any other change that they make; when the back office wants something else; or at the
deadline. A proposal that was accepted is not judged again: it was judged when it was made.
"""

from dataclasses import replace
from datetime import datetime

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Answer, Outcome, Window
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, NoteMeeting, Record, Save, Want, save_if_changed
from services.policy.core.explanations import Explanation, ProposalLapsed, TimeNotChangeable
from services.policy.core.goals import GiveAnswer
from services.policy.core.holds import drop_hold, keep_hold
from services.policy.core.invited import answer_known_invitation
from services.policy.core.ledger import HeldTime, Judged, KnownMeeting, RefusedRequest, Reservation, Slice
from services.policy.core.meetings import details_of
from services.policy.core.notices import Booked, ProposalWithdrawn, TimeProposed
from services.policy.core.standing import Standing
from services.policy.core.verdict import Accept


def find_obstacle(meeting: KnownMeeting, proposed: HeldTime, now: datetime) -> TimeNotChangeable | None:
    """Return why the organizer cannot be proposed this time; None if they can."""
    if not meeting.allows_proposals:
        return TimeNotChangeable(why="no_proposals")
    return TimeNotChangeable(why="begun") if proposed.until <= now else None


def propose(before: Reservation, booked: Reservation, proposed: HeldTime, ledger: Slice) -> list[Change]:
    """Have the room propose a time, which is held from now on, while `booked` stays as it is.

    `before` is the reservation as the ledger has it. A proposal takes the place of one before it.
    """
    key, meeting = booked.key, ledger.meeting
    after = replace(
        booked,
        refused_request=None,
        proposed_change=proposed,
        moving_from=None,
        version=before.version + 1,
        updated_at=ledger.now,
    )
    changes: list[Change] = [Save(after, before)]
    if not isinstance(key, MeetingKey) or meeting is None or meeting.judged is None:
        return changes
    noted = replace(meeting, standing=Standing.PROPOSES_CHANGE, reservation_id=booked.id)
    goal = GiveAnswer(
        ical_uid=key.ical_uid,
        event_id=meeting.event_id,
        answer="tentativelyAccepted",
        notice=TimeProposed(proposed=proposed.window, until=proposed.until),
        judged=meeting.judged.window,
        proposed=proposed.window,
        pattern=meeting.judged.pattern,
        tells=f"change-{after.version}" if shows_tentative(meeting) else None,
    )
    held = keep_hold(replace(after, starts_at=proposed.window.start, ends_at=proposed.window.end))
    return [*changes, NoteMeeting(key, noted), Want(key, goal, booked.id), held]


def shows_tentative(meeting: KnownMeeting) -> bool:
    """Whether the room is tentative already, or is about to be, so that the same answer has to tell something new."""
    is_tentative = meeting.standing is not None and meeting.standing.shows_as is Answer.TENTATIVE
    return is_tentative or meeting.shown_answer == Answer.TENTATIVE.value


def withdraw(live: Reservation, proposed: HeldTime, ledger: Slice, why: Explanation) -> Decision:
    """Propose nothing any more: free the time that was held, and accept the meeting as it is booked."""
    after = replace(live, proposed_change=None, version=live.version + 1, updated_at=ledger.now)
    changes = (
        Save(after, live),
        Record(live.key, live.id, Outcome.ACCEPT, (why,), live.judged),
        *answer_known_invitation(after, ledger, Standing.ACCEPTED, ProposalWithdrawn(proposed=proposed.window)),
        *drop_hold(ledger),
    )
    return Decision(changes, note="proposal_withdrawn")


def lapse(ledger: Slice) -> Decision:
    """Withdraw a proposal whose deadline has passed; nothing if there is none."""
    live = ledger.live
    proposed = live.proposed_change if live is not None else None
    if live is None or proposed is None or proposed.until > ledger.now:
        return Decision(note="nothing_lapsed")
    return withdraw(live, proposed, ledger, ProposalLapsed(proposed=proposed.window))


def give_up_change(booked: Reservation, before: Reservation, asked: HeldTime, ledger: Slice) -> Decision:
    """Leave a meeting as it is `booked`, because its organizer can neither be moved nor asked.

    The change that was wanted is shown as refused. `before` is the reservation as the ledger has it.
    """
    why = (TimeNotChangeable(why="no_proposals"),)
    refused = RefusedRequest(window=asked.window, people=asked.people, reasons=why, at=ledger.now)
    after = replace(booked, proposed_change=None, moving_from=None, refused_request=refused)
    wanted = Judged(window=asked.window, organizer=after.organizer_address, people=asked.people)
    changes = (
        *save_if_changed(after, before, ledger.now),
        Record(after.key, after.id, Outcome.DECLINE, why, wanted),
        *answer_known_invitation(after, ledger, Standing.ACCEPTED, ProposalWithdrawn(proposed=asked.window)),
        *drop_hold(ledger),
    )
    return Decision(changes, note="change_given_up")


def follow_proposal(case: Case, live: Reservation, proposed: HeldTime) -> Decision | None:
    """Book the time that was proposed, if the organizer has moved there; None if that is not what they did."""
    judged = case.judged
    is_accepted = judged.window == proposed.window and judged.organizer == live.organizer_address
    if not is_accepted or judged.people > proposed.people:
        return None
    title, is_private = details_of(case.meeting, live)
    booked = replace(
        live,
        starts_at=judged.window.start,
        ends_at=judged.window.end,
        title=title,
        is_private=is_private,
        attendee_count=judged.people,
        outcome=Outcome.ACCEPT,
        reasons=proposed.reasons,
        warnings=proposed.warnings,
        policies=proposed.policies,
        refused_request=None,
        proposed_change=None,
    )
    return Decision(
        (
            *save_if_changed(booked, live, case.now),
            case.record(Outcome.ACCEPT, proposed.reasons, live.id),
            case.note_standing(Standing.ACCEPTED, live.id),
            case.answer("accepted", Booked(warnings=proposed.warnings), live.id),
        ),
        note="proposal_accepted",
    )


def keep_proposing(
    case: Case, fresh: Reservation, live: Reservation, proposed: HeldTime, verdict: Accept
) -> tuple[Change, ...]:
    """Book a change of the organizer's that leaves the time as it is, and propose the other time as before."""
    kept = replace(fresh, proposed_change=proposed)
    notice = TimeProposed(proposed=proposed.window, until=proposed.until)
    return (
        *save_if_changed(kept, live, case.now),
        case.record(Outcome.ACCEPT, (), kept.id, verdict),
        case.note_standing(Standing.PROPOSES_CHANGE, kept.id),
        case.answer("tentativelyAccepted", notice, kept.id, proposed=proposed.window),
    )


def stand_until(latest: datetime, *windows: Window) -> datetime:
    """Return until when a change is asked for: `latest`, or the start of these times, whichever is first."""
    return min([latest, *(each.start for each in windows)])
