"""The whole of the simulated Exchange: mailboxes, mail under way, and who listens.

Everything that changes an event ends in `write` or `remove`: both renew what must change with it, and tell the
listeners.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Literal

from tests.graphsim.exchange import exceptions
from tests.graphsim.exchange.clamping import clamped
from tests.graphsim.exchange.directory import Directory
from tests.graphsim.exchange.ids import Ids
from tests.graphsim.exchange.mail import MeetingMessage
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import MeetingDetails, StoredEvent
from tests.graphsim.exchange.timers import Timers
from tests.graphsim.quantities import Length, Range

MAILS_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class EventChange:
    """One write to one event. `event_id` is the immutable id; `change` is created, updated or deleted.

    `occurrence` is the exception that was written, where the event is its series.
    """

    mailbox: SimulatedMailbox
    event_id: str
    default_id: str
    etag: str
    change: str
    occurrence: StoredEvent | None = None


@dataclass(slots=True)
class ExchangeOptions:
    """Where the documentation leaves room, or Exchange is known to differ: each can be set. Delays are in seconds.

    `refuses_unrequested_response`: a response to an organizer who asked for none is a 400, not merely unsent.
    Source: https://github.com/microsoft/botframework-components/pull/1374
    `occurrence_uids`: whether an occurrence has an iCalUId of its own, as documented, or that of its series, as some
    saw it; it counts for what is written from then on.
    Source: https://learn.microsoft.com/en-us/graph/api/resources/event
    Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/17479
    `bare_exceptions_in_delta`: a delta query shows exceptions as bare as occurrences, not in full.
    `lists_declined_occurrences`: an occurrence that the mailbox itself declined is in its cancelledOccurrences.
    `omits_cancelled_occurrences`: a master has no cancelledOccurrences, also where they are selected.
    `range_change_keeps_exceptions`: a series that is only cut or extended keeps them, and the ids of its occurrences.
    `series_update_restores_declined`: an update of the series brings back the occurrences that somebody declined.
    `truncate_subjects`: how many UTF-16 units of a subject are stored; None is no limit.
    `places_ignore_skip`: each page of the directory of places begins with the first room.
    """

    mail_delay: Range = (0.2, 0.5)
    response_delay: Range = (0.01, 0.05)
    attendant_delay: Range = (0.1, 0.3)
    duplicate_transaction_status: Literal[201, 400, 409] = 409
    new_id_on_accept: bool = False
    refuses_unrequested_response: bool = True
    occurrence_uids: Literal["own", "series"] = "own"
    bare_exceptions_in_delta: bool = False
    lists_declined_occurrences: bool = True
    omits_cancelled_occurrences: bool = False
    range_change_keeps_exceptions: bool = False
    series_update_restores_declined: bool = False
    truncate_subjects: Length | None = 255
    places_ignore_skip: bool = False


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class World:
    """Whose mailboxes there are, and what goes on; `mails` are the messages sent last, in order of sending.

    `attend` takes in a message that arrives (`attendant.receive`). It is handed in, because it acts on the world.
    """

    attend: Callable[["World", MeetingMessage], None]
    clock: Callable[[], datetime] = wall_clock
    seed: int = 0
    options: ExchangeOptions = field(default_factory=ExchangeOptions)
    directory: Directory = field(default_factory=Directory)
    mails: deque[MeetingMessage] = field(default_factory=lambda: deque(maxlen=MAILS_KEPT))
    listeners: list[Callable[[EventChange], None]] = field(default_factory=list)
    chance: Random = field(init=False)
    ids: Ids = field(init=False)
    timers: Timers = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.ids = Ids(self.chance)
        self.timers = Timers(self.chance)

    def reset(self) -> None:
        """Empty the world: no mailboxes, no mail, options as at first. Listeners stay."""
        self.timers.clear()
        self.directory.clear()
        self.mails.clear()
        self.options = ExchangeOptions()

    @property
    def mailboxes(self) -> Mapping[str, SimulatedMailbox]:
        """Mailboxes by lower-case address."""
        return self.directory.by_address

    def mailbox(self, name: str) -> SimulatedMailbox:
        """Find a mailbox by any of its names; 404 if there is none."""
        return self.directory.find(name)

    def user(self, name: str) -> SimulatedMailbox:
        """Find the mailbox that a path of Graph means; 404 if there is none."""
        return self.directory.resolve(name)

    def mails_of(self, mailbox: str | None = None, since: datetime | None = None) -> list[dict[str, str | None]]:
        """Who was mailed what, oldest first; `mailbox` limits it to messages to that address."""
        return [
            message.record()
            for message in self.mails
            if (mailbox is None or message.to.key == mailbox.lower()) and (since is None or message.sent_at >= since)
        ]

    @property
    def is_quiet(self) -> bool:
        """No mail is under way, and no attendant has anything left to do."""
        return self.timers.are_idle

    def send(self, message: MeetingMessage) -> None:
        """Note the message and deliver it after the mail delay, never before an earlier one between the same two."""
        self.mails.append(message)
        between = (message.sender.key, message.to.key)
        self.timers.in_turn(between, self.options.mail_delay, lambda: self.attend(self, message))

    def as_stored(self, details: MeetingDetails) -> MeetingDetails:
        """Return what Exchange makes of the details when it stores them."""
        return clamped(details, self.options.truncate_subjects)

    def write(self, mailbox: SimulatedMailbox, event: StoredEvent, change: str = "updated") -> None:
        """Store the event as it now is: a new change key, a new time, and the listeners told.

        Of an exception only its series is told of, which gets a new change key too.
        Source: https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/2822
        """
        event.details = self.as_stored(event.details)
        self._renew(event)
        if event.master is not None:
            self._renew(event.master)
            self._tell(mailbox, event.master, "updated", occurrence=event)
            return
        event.series.has_dated_uids = self.options.occurrence_uids == "own"
        for each in exceptions.carry_over(event):
            self._renew(each)
        mailbox.put(event)
        self._tell(mailbox, event, change)

    def remove(self, mailbox: SimulatedMailbox, event: StoredEvent) -> None:
        """Take the event off the calendar and tell the listeners; of one date, that its series was updated.

        Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/5520
        """
        if event.master is not None:
            exceptions.delete(event, self.clock())
            self._renew(event.master)
            self._tell(mailbox, event.master, "updated")
            return
        mailbox.remove(event, self.clock())
        self._tell(mailbox, event, "deleted")

    def _renew(self, event: StoredEvent) -> None:
        event.change_key = self.ids.change_key()
        event.modified_at = self.clock()
        event.rendered.clear()
        event.series.computed.clear()

    def renew_default_id(self, mailbox: SimulatedMailbox, event: StoredEvent) -> None:
        """Replace the default id, as a copy-then-delete does; listeners see deleted, then created."""
        self._tell(mailbox, event, "deleted")
        mailbox.rename(event, self.ids.default())
        self.write(mailbox, event, "created")

    def _tell(
        self, mailbox: SimulatedMailbox, event: StoredEvent, change: str, occurrence: StoredEvent | None = None
    ) -> None:
        if not self.directory.holds(mailbox):
            return
        told = EventChange(mailbox, event.immutable_id, event.default_id, event.etag, change, occurrence)
        for listener in self.listeners:
            listener(told)
