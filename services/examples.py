"""An example of each message, made of typed values: what the AsyncAPI document shows, valid by construction.

They tell one small story: Ada's meeting is booked in Aurora, she moves it, and Grace, an administrator, cancels it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts.approvals import ApprovalOut, AskedOut, MailOut, OrganizerOut
from libs.contracts.events import (
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    ReservationCancelled,
    ReservationChanged,
    ReservationConfirmed,
    ReservationDeclined,
    ReservationPending,
)
from libs.contracts.intents import AnswerMeeting, KeepHold
from libs.contracts.keys import MeetingKey, ReservationKey
from libs.contracts.message import Message
from libs.contracts.messages import (
    ApprovalDecisionDone,
    ApprovalDecisionRefused,
    CancellationsConfirmed,
    ConflictFreed,
    CorrectionRequested,
    DecideApproval,
    DriftKind,
    IntentIssued,
    IntentSettled,
    LifecycleNotified,
    LookRequested,
    MailRequested,
    MeetingObserved,
    OutlookNotified,
    RetryRequested,
    Settlement,
    SpaceMapped,
    SpaceUnmapped,
    SweepRequested,
)
from libs.contracts.values import (
    Actor,
    ActorKind,
    Answer,
    Attendee,
    AttendeeKind,
    Meeting,
    Observation,
    Outcome,
    Person,
    Reason,
    Window,
)
from services import group_examples, reservation_examples

_SPACE = UUID("8d5e8a2c-51f0-4c39-9b0c-0d6f0a3f4b11")
_RESERVATION = UUID("3f1b6f6e-0c3a-4a53-8b56-5a1f6f1f2c22")
_HELD = UUID("6a4b0f52-9c1d-4d6e-8f0b-2f7d1c9e5b33")
_CONNECTION = UUID("c2a6c9de-77a3-4b0a-8a11-93a5f0f3de44")
_MAILBOX, _UID, _EVENT = "aurora@example.org", "040000008200E00074C5B7101A82E008", "AAMkAGI2TG93AAA="
_LOOK = UUID("b7d1f3a8-2c4e-4f60-9a7b-1e5c8d2f6a55")
_MAIL = UUID("d4f6a1b9-3e5c-4a72-8c9d-2b6e7f8a1c66")
_OTHER_UID = "040000008200E00074C5B7101A82E009"
_READ = datetime(2027, 2, 26, 14, 30, 5, 250_000, tzinfo=UTC)
_NINE = Window(start=datetime(2027, 3, 1, 8, tzinfo=UTC), end=datetime(2027, 3, 1, 9, tzinfo=UTC))
_ELEVEN = Window(start=datetime(2027, 3, 1, 10, tzinfo=UTC), end=datetime(2027, 3, 1, 11, tzinfo=UTC))
_ADA = Person(address="ada@example.org", name="Ada")
_APPROVER = Person(address="grace@example.org", name="Grace")
_KEY = MeetingKey(_SPACE, _UID)

_MEETING = Meeting(
    event_id=_EVENT,
    etag='W/"4n2bq1"',
    ical_uid=_UID,
    start=_NINE.start,
    end=_NINE.end,
    time_zone="Europe/Berlin",
    subject="Planning",
    organizer=_ADA,
    attendees=(
        Attendee(address="ben@example.org", name="Ben"),
        Attendee(address=_MAILBOX, name="Aurora", kind=AttendeeKind.RESOURCE),
    ),
    answer=Answer.NOT_RESPONDED,
)
_SEEN = Observation(space_id=_SPACE, room_mailbox=_MAILBOX, ical_uid=_UID, observed_at=_READ, meeting=_MEETING)
_GONE = Observation(space_id=_SPACE, room_mailbox=_MAILBOX, ical_uid=_UID, observed_at=_READ, meeting=None)
_BOOKED: dict[str, Any] = {
    "space_id": _SPACE,
    "space_name": "Aurora",
    "reservation_id": _RESERVATION,
    "version": 1,
    "status": "confirmed",
    "window": _NINE,
    "time_zone": "Europe/Berlin",
    "title": "Planning",
    "organizer": _ADA,
    "attendee_count": 2,
    "origin": "outlook",
    "ical_uid": _UID,
    "outcome": Outcome.ACCEPT,
    "by": Actor(kind=ActorKind.ORGANIZER, subject=_ADA.address, name=_ADA.name),
}
_GRACE = Actor(
    kind=ActorKind.ADMINISTRATOR,
    subject="5f9a1c1e-1111-4111-8111-111111111111:0b7e2d3a-2222-4222-8222-222222222222",
    name="Grace",
)
_ASKED = Reason(rule="approval", actual="always", message="An administrator has to approve every booking of Aurora.")
_QUESTION: dict[str, Any] = {
    "space_id": _SPACE,
    "space_name": "Aurora",
    "approval_id": UUID("6c7b1f0e-3d53-4a0e-9d52-0c6f6d1b2a33"),
    "reservation_id": _HELD,
    "version": 1,
    "state": "pending",
    "window": _NINE,
    "time_zone": "Europe/Berlin",
    "title": "Planning",
    "organizer": _ADA,
    "attendee_count": 2,
    "reasons": (_ASKED,),
    "approvers": ("grace@example.org",),
    "asked_at": _READ,
    "deadline_at": _READ + timedelta(days=1),
}
_CAPACITY = Reason(rule="capacity", limit="8", actual="12", message="Aurora holds 8 people and 12 are expected.")
_CANCELLED = Reason(rule="cancelled", message="The booking of Aurora was cancelled by an administrator. A pipe burst.")

_MESSAGES: Sequence[Message] = (
    OutlookNotified(space_id=_SPACE, event_id=_EVENT, change="created", received_at=_READ - timedelta(seconds=1)),
    LifecycleNotified(space_id=_SPACE, generation=3, event="reauthorizationRequired"),
    MeetingObserved(space_id=_SPACE, observation=_SEEN),
    MeetingObserved(space_id=_SPACE, observation=_GONE),
    CorrectionRequested(key=_KEY, drift=DriftKind.MISSING_IN_LEDGER, observation=_SEEN),
    IntentIssued(
        key=_KEY,
        connection_id=_CONNECTION,
        room_mailbox=_MAILBOX,
        generation=1,
        awaited_until=_READ + timedelta(minutes=1),
        intent=AnswerMeeting(
            ical_uid=_UID,
            event_id=_EVENT,
            answer="accepted",
            comment="Aurora is booked for this meeting, Mon 01 Mar 2027, 09:00-10:00 (Europe/Berlin).",
            judged=_NINE,
        ),
    ),
    IntentIssued(
        key=ReservationKey(_SPACE, _HELD),
        connection_id=_CONNECTION,
        room_mailbox=_MAILBOX,
        generation=1,
        awaited_until=_READ + timedelta(minutes=1),
        intent=KeepHold(reservation_id=_HELD, window=_ELEVEN, time_zone="Europe/Berlin", subject="Board"),
    ),
    IntentSettled(
        key=_KEY,
        generation=1,
        settlement=Settlement.DONE,
        has_written=True,
        settled_at=_READ + timedelta(seconds=2),
        awaited_until=_READ + timedelta(seconds=12),
        event_id=_EVENT,
        ical_uid=_UID,
    ),
    ReservationPending(
        **{**_BOOKED, "reservation_id": _HELD, "status": "pending", "outcome": Outcome.TENTATIVE, "reasons": (_ASKED,)}
    ),
    ReservationConfirmed(**_BOOKED),
    ReservationDeclined(
        **{
            **_BOOKED,
            "reservation_id": _HELD,
            "status": "declined",
            "attendee_count": 12,
            "outcome": Outcome.DECLINE,
            "reasons": (_CAPACITY,),
            "why": (_CAPACITY,),
        }
    ),
    ReservationChanged(**{**_BOOKED, "version": 2, "window": _ELEVEN, "before": _NINE}),
    ReservationCancelled(
        **{
            **_BOOKED,
            "version": 3,
            "status": "cancelled",
            "window": _ELEVEN,
            "before": _ELEVEN,
            "by": _GRACE,
            "why": (_CANCELLED,),
        }
    ),
    ApprovalRequested(**_QUESTION),
    ApprovalDecided(
        **{
            **_QUESTION,
            "version": 2,
            "state": "rejected",
            "decided_at": _READ + timedelta(minutes=10),
            "decided_by": _GRACE,
            "comment": "The hall is being painted.",
        }
    ),
    ApprovalExpired(
        **{**_QUESTION, "version": 2, "state": "expired", "decided_at": _READ + timedelta(days=1, seconds=3)}
    ),
    DecideApproval(
        approval_id=_QUESTION["approval_id"],
        ruling="reject",
        by=_APPROVER,
        comment="The hall is being painted.",
        expected_version=1,
    ),
    ApprovalDecisionDone(
        approval=ApprovalOut(
            id=_QUESTION["approval_id"],
            state="rejected",
            reservation_id=_HELD,
            group_id=None,
            space_id=_SPACE,
            asked_at=_READ,
            deadline_at=_READ + timedelta(days=1),
            at_deadline="reject",
            asked=AskedOut(
                start=_NINE.start,
                end=_NINE.end,
                dates=1,
                time_zone="Europe/Berlin",
                title="Planning",
                organizer=OrganizerOut(name=_ADA.name, email=_ADA.address),
                attendee_count=2,
            ),
            reasons=[_ASKED],
            approvers=["grace@example.org"],
            stand_ins=[],
            mails=[MailOut(kind="asked", to="grace@example.org", at=_READ + timedelta(seconds=1), state="sent")],
            rivals=[],
            decided_by=Actor(kind=ActorKind.SERVICE, subject=_APPROVER.address, name=_APPROVER.name),
            decided_at=_READ + timedelta(minutes=10),
            comment="The hall is being painted.",
            version=2,
            updated_at=_READ + timedelta(minutes=10),
        )
    ),
    ApprovalDecisionRefused(
        approval_id=_QUESTION["approval_id"],
        status=409,
        title="The request conflicts with what is there.",
        detail="This question was rejected by Grace at 2027-02-26T14:40:05+00:00. The first decision stands.",
    ),
    SpaceMapped(space_id=_SPACE, connection_id=_CONNECTION, room_mailbox=_MAILBOX),
    SpaceUnmapped(space_id=_SPACE, room_mailbox=_MAILBOX),
    SweepRequested(space_id=_SPACE, reason="notifications_missed"),
    ConflictFreed(space_id=_SPACE),
    CancellationsConfirmed(
        space_id=_SPACE,
        braked_at=_READ,
        cancellations=7,
        by=_GRACE,
    ),
    LookRequested(space_id=_SPACE, look_id=_LOOK, about=_UID, in_the_way=(_OTHER_UID,), asked_at=_READ),
    RetryRequested(connection_id=_CONNECTION, room_mailbox=_MAILBOX, reason="access_restored"),
    RetryRequested(connection_id=_CONNECTION, reason="administrator_asked"),
    MailRequested(
        mail_id=_MAIL,
        about="approval.asked",
        to=(Person(address="grace@example.org", name="Grace"),),
        subject="Aurora for Ada, Mon 01 Mar 2027: please decide",
        text="Ada asks for Aurora on Mon 01 Mar 2027, 09:00-10:00 (Europe/Berlin).",
        html="<p>Ada asks for <b>Aurora</b> on Mon 01 Mar 2027, 09:00-10:00 (Europe/Berlin).</p>",
        reply_to=_ADA,
        expires_at=_NINE.start,
    ),
    *reservation_examples.EXAMPLES,
    *group_examples.EXAMPLES,
)

EXAMPLES: Mapping[str, Sequence[Message]] = {
    name: [each for each in _MESSAGES if each.type == name] for name in dict.fromkeys(each.type for each in _MESSAGES)
}
"""Examples by the type of their message."""
