"""Messages between mailboxes: the only way in which one copy of a meeting can touch another.

A message carries a snapshot. It is delivered later, in order between any two people, and what it means by then is for
the recipient's attendant to judge by `sequence` (raised by each significant change) and `revision` (raised by every
change).

Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (sections 2.2.1.1 and 3.1.5)
"""

from dataclasses import dataclass, field
from datetime import datetime

from tests.graphsim.exchange.expansion import OccurrenceSlot
from tests.graphsim.exchange.stored_event import Correspondent, MeetingDetails, StoredAttendee, TimeSlot

VERBS = {"accept": "accepted", "tentativelyAccept": "tentativelyAccepted", "decline": "declined"}


@dataclass(frozen=True, slots=True)
class MeetingMessage:
    """A request, update, cancellation or response on its way; `answer` is set on responses only.

    `ical_uid` is that of the whole series, also where `original` says which of its dates the message is about.
    """

    kind: str
    sender: Correspondent
    to: Correspondent
    organizer: Correspondent
    ical_uid: str
    details: MeetingDetails
    sent_at: datetime
    attendees: tuple[StoredAttendee, ...] = ()
    sequence: int = 0
    revision: int = 0
    extended: dict[str, str] = field(default_factory=dict)
    answer: str | None = None
    comment: str | None = None
    proposed: TimeSlot | None = None
    original: OccurrenceSlot | None = None

    def record(self) -> dict[str, str | None]:
        """What a witness notes of it: who was mailed what."""
        return {
            "to": self.to.address,
            "from": self.sender.address,
            "kind": self.kind,
            "response": self.answer,
            "iCalUId": self.ical_uid,
            "subject": self.details.subject,
            "comment": self.comment,
            "occurrence": None if self.original is None else str(self.original.day),
            "at": self.sent_at.isoformat(),
        }
