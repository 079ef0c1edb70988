"""The case before the decider: one observation of a room calendar beside what the ledger knows about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from uuid import UUID

from libs.contracts.keys import MeetingKey
from libs.contracts.values import Meeting, Observation, Outcome, Window
from services.policy.core.approvals.question import AskedFor
from services.policy.core.changes import NoteMeeting, Record, Want, record_verdict
from services.policy.core.explanations import Explanation
from services.policy.core.goals import GiveAnswer, Response
from services.policy.core.ledger import Judged, KnownMeeting, MovedBack, Reservation, Slice
from services.policy.core.meetings import judged_of, reserve_for
from services.policy.core.notices import Notice
from services.policy.core.request import Request, request_of_meeting
from services.policy.core.standing import Standing
from services.policy.core.verdict import Verdict

_NEVER_SEEN = KnownMeeting(
    room_mailbox=None,
    event_id=None,
    last_observed_at=datetime.min.replace(tzinfo=UTC),
    is_present=False,
    judged=None,
    standing=None,
    shown_answer=None,
    moved_back_from=None,
    reservation_id=None,
    pending_look=None,
)


@dataclass(frozen=True)
class Case:
    """One observation with its slice of the ledger, and the id that a new reservation, or a new look, would get.

    `look_id` is set if the observation answers a look that we asked for; if not `may_look`, none is asked for.
    `settling` is how long the organizer's own meetings in the way are given to leave; `swapped_with` are the cases of
    those that ask for another time themselves, and of all that is in their way; of a series, in the way of the one date
    that was moved.
    `hold_of` names the reservation whose hold a correction is about; the hold may never have been seen. `judged_as`
    gives the facts to decide by when they are remembered instead of read off the event. With an `original_date` it is
    about that occurrence of a series; `pattern` is the series' if the occurrence is as that has it.
    """

    observation: Observation
    ledger: Slice
    new_id: UUID
    hold_of: UUID | None = None
    judged_as: Judged | None = None
    look_id: UUID | None = None
    may_look: bool = True
    settling: timedelta = timedelta()
    swapped_with: Sequence["Case"] = ()
    original_date: date | None = None
    pattern: str | None = None

    @cached_property
    def key(self) -> MeetingKey:
        """Return the key of the meeting, or of the occurrence that the case is about."""
        return replace(self.observation.key, original_date=self.original_date)

    @property
    def now(self) -> datetime:
        """Return the time of the decision, by the clock that also stamped the observation."""
        return self.ledger.now

    @property
    def meeting(self) -> Meeting:
        """Return the event that was observed. Raises LookupError if there was none."""
        if self.observation.meeting is None:
            raise LookupError("this case is about an absence")
        return self.observation.meeting

    @property
    def known(self) -> KnownMeeting:
        """Return what was known of the meeting before."""
        return self.ledger.meeting or _NEVER_SEEN

    @cached_property
    def judged(self) -> Judged:
        """Return the facts of the event that the decision depends on."""
        return self.judged_as or judged_of(self.meeting, self.ledger.rooms | {self.observation.room_mailbox.lower()})

    @property
    def request(self) -> Request:
        """Return what the event asks for."""
        judged = self.judged
        asked = AskedFor(window=judged.window, organizer=judged.organizer, people=judged.people, pattern=self.pattern)
        return replace(request_of_meeting(judged, self.ledger.live), is_approved=self.ledger.is_approved(asked))

    @property
    def fact(self) -> Request:
        """Return what the event takes, where it asks nobody: no rule stands in its way."""
        return replace(self.request, is_overridden=True)

    def see(self) -> KnownMeeting:
        """Return what is known of the meeting after this observation, before it is judged.

        A look that was asked for before something else was is no longer waited for.
        """
        pending = self.known.pending_look
        return replace(
            self.known,
            pending_look=pending if pending is not None and pending.judged == self.judged else None,
            room_mailbox=self.ledger.space.room_mailbox,
            event_id=self.meeting.event_id,
            last_observed_at=self.observation.observed_at,
            is_present=not self.meeting.is_cancelled,
            shown_answer=self.meeting.answer.value,
            allows_proposals=self.meeting.allows_new_time and self.meeting.is_response_requested,
            contested=None,
        )

    def note(self, known: KnownMeeting) -> NoteMeeting:
        """Store what is known of the meeting now."""
        return NoteMeeting(self.key, known)

    def note_standing(
        self, standing: Standing, about: UUID | None, moved_back_from: MovedBack | None = None
    ) -> NoteMeeting:
        """Store the room's standing to the meeting, and the facts that it was judged by."""
        return self.note(
            replace(
                self.see(),
                judged=self.judged,
                standing=standing,
                reservation_id=about,
                moved_back_from=moved_back_from,
                pending_look=None,
            )
        )

    def reserve(self) -> Reservation:
        """Return the confirmed reservation that the event asks for: the live one brought up to date, or a new one."""
        asked = reserve_for(self.meeting, self.judged, self.ledger, self.new_id)
        group = self.ledger.group
        if self.original_date is None or group is None:
            return asked
        return replace(asked, group_id=group.id, original_date=self.original_date)

    def record(
        self,
        outcome: Outcome,
        reasons: tuple[Explanation, ...],
        about: UUID | None,
        verdict: Verdict | None = None,
        asked: Request | None = None,
    ) -> Record:
        """Record this decision in the audit, with everything that judged what was asked for, if anything did.

        What was asked for is what the event asks for, unless it is given.
        """
        if verdict is None:
            return Record(self.key, about, outcome, reasons, self.judged)
        return record_verdict(self.key, about, outcome, reasons, asked or self.request, verdict)

    def answer(self, response: Response, notice: Notice, about: UUID | None, proposed: Window | None = None) -> Want:
        """Want Outlook to show this answer to the invitation."""
        goal = GiveAnswer(
            ical_uid=self.meeting.ical_uid,
            event_id=self.meeting.event_id,
            answer=response,
            notice=notice,
            judged=self.judged.window,
            proposed=proposed,
            pattern=self.judged.pattern,
        )
        return Want(self.key, goal, about)
