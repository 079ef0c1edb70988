"""The whole of the simulated Microsoft 365: mailboxes, mail under way, and who listens.

Everything that changes an event ends in `write` or `remove`: both renew what must change with it, and tell the
listeners.
The world knows nothing of HTTP, tokens or subscriptions.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests.graphsim import attendant, outside
from tests.graphsim.errors import GraphError
from tests.graphsim.event import Event, Json
from tests.graphsim.ids import Ids
from tests.graphsim.mail import MeetingMessage
from tests.graphsim.mailbox import Mailbox, Processing
from tests.graphsim.render import View, event_json
from tests.graphsim.timezones import zone

Delay = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Change:
    """One write to one event. `event_id` is the immutable id; `change` is created, updated or deleted."""

    mailbox: str
    event_id: str
    default_id: str
    change: str
    at: datetime


@dataclass(slots=True)
class Options:
    """Where the documentation leaves room, or Exchange is known to differ: each can be set. Delays are in seconds.

    `refuses_unrequested_response`: a response to an organizer who asked for none is a 400, not merely unsent.
    Source: https://github.com/microsoft/botframework-components/pull/1374
    """

    mail_delay: Delay = (0.2, 0.5)
    response_delay: Delay = (0.01, 0.05)
    attendant_delay: Delay = (0.1, 0.3)
    duplicate_transaction_status: int = 409
    new_id_on_accept: bool = False
    refuses_unrequested_response: bool = True


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class World:
    """Mailboxes by lower-case address; `mails` is every message ever sent, in order of sending."""

    clock: Callable[[], datetime] = wall_clock
    seed: int = 0
    options: Options = field(default_factory=Options)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    mails: list[MeetingMessage] = field(default_factory=list)
    listeners: list[Callable[[Change], None]] = field(default_factory=list)
    chance: Random = field(init=False)
    ids: Ids = field(init=False)
    _by_user_id: dict[str, Mailbox] = field(default_factory=dict)
    _pending: set[asyncio.TimerHandle] = field(default_factory=set)
    _due: dict[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.ids = Ids(self.chance)

    def reset(self) -> None:
        """Empty the world: no mailboxes, no mail, options as at first. Listeners stay."""
        for handle in self._pending:
            handle.cancel()
        self._pending.clear()
        self._due.clear()
        self.mailboxes.clear()
        self._by_user_id.clear()
        self.mails.clear()
        self.options = Options()

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Change options by name; an unknown one is a 400 and changes nothing."""
        known = {each.name for each in fields(Options)}
        if unknown := sorted(settings.keys() - known):
            raise GraphError(400, "InvalidSetting", f"Unknown options {unknown}; known are {sorted(known)}.")
        self.options = replace(self.options, **settings)

    def set_mail_delay(self, least: float, most: float) -> None:
        self.options.mail_delay = (least, most)

    def add_mailbox(self, spec: Mapping[str, Any]) -> Mailbox:
        """Add or re-make a mailbox from the control surface's words; a bad setting is a 400."""
        address = str(spec["address"]).lower()
        mailbox = Mailbox(
            address=address,
            display_name=spec.get("display_name") or address,
            kind=spec.get("kind") or "user",
            capacity=spec.get("capacity"),
            building=spec.get("building"),
            time_zone=spec.get("time_zone") or "UTC",
            processing=Processing.parse(spec.get("processing") or {}),
        )
        zone(mailbox.time_zone)
        if mailbox.kind not in {"user", "room"}:
            raise GraphError(400, "InvalidSetting", f"kind is {mailbox.kind!r}, not user or room.")
        self.mailboxes[address] = mailbox
        self._by_user_id[mailbox.user_id] = mailbox
        return mailbox

    def mailbox(self, name: str) -> Mailbox:
        """Find a mailbox by address, whatever its case, or by object id; 404 if there is none."""
        found = self.mailboxes.get(name.lower()) or self._by_user_id.get(name.lower())
        if found is None:
            raise GraphError(404, "ErrorInvalidUser", f"The requested user '{name}' is invalid.")
        return found

    def mails_of(self, mailbox: str | None = None, since: datetime | None = None) -> list[dict[str, str | None]]:
        """Who was mailed what, oldest first; `mailbox` limits it to messages to that address."""
        return [
            message.record()
            for message in self.mails
            if (mailbox is None or message.to.key == mailbox.lower()) and (since is None or message.sent_at >= since)
        ]

    def stored_events(self, address: str) -> list[Json]:
        """Every copy the mailbox holds or held, as Graph writes it, with what Graph does not show."""
        mailbox = self.mailbox(address)
        return [
            {
                **event_json(mailbox, event, View()),
                "immutableId": event.immutable_id,
                "deleted": event.deleted_at is not None,
                "deletedDateTime": event.deleted_at.isoformat() if event.deleted_at else None,
                "extendedProperties": dict(event.extended),
                "sequence": event.sequence,
            }
            for event in mailbox.everything()
        ]

    def inject_external_invitation(self, mailbox: str, spec: dict[str, Any]) -> str:
        """Send the mailbox a meeting message from outside (see `outside.inject`); returns its iCalUId."""
        return outside.inject(self, mailbox, spec)

    @property
    def is_quiet(self) -> bool:
        """No mail is under way, and no attendant has anything left to do."""
        return not self._pending

    def send(self, message: MeetingMessage) -> None:
        """Note the message and deliver it after the mail delay, never before an earlier one between the same two."""
        self.mails.append(message)
        loop = asyncio.get_running_loop()
        pair = (message.sender.key, message.to.key)
        due = max(loop.time() + self.chance.uniform(*self.options.mail_delay), self._due.get(pair, 0.0))
        self._due[pair] = due
        self._at(due, lambda: attendant.receive(self, message))

    def later(self, delay: Delay, act: Callable[[], None]) -> None:
        """Run `act` after a delay drawn from the range, unless the world is reset before."""
        self._at(asyncio.get_running_loop().time() + self.chance.uniform(*delay), act)

    def _at(self, due: float, act: Callable[[], None]) -> None:
        def run() -> None:
            self._pending.discard(handle)
            act()

        handle = asyncio.get_running_loop().call_at(due, run)
        self._pending.add(handle)

    def write(self, mailbox: Mailbox, event: Event, change: str = "updated") -> None:
        """Store the event as it now is: a new change key, a new time, and the listeners told."""
        event.change_key = self.ids.change_key()
        event.modified_at = self.clock()
        event.rendered.clear()
        event.occurrences.clear()
        mailbox.put(event)
        self._tell(mailbox, event, change)

    def remove(self, mailbox: Mailbox, event: Event) -> None:
        """Take the event off the calendar and tell the listeners."""
        mailbox.remove(event, self.clock())
        self._tell(mailbox, event, "deleted")

    def renew_default_id(self, mailbox: Mailbox, event: Event) -> None:
        """Replace the default id, as a copy-then-delete does; listeners see deleted, then created."""
        self._tell(mailbox, event, "deleted")
        mailbox.rename(event, self.ids.default())
        self.write(mailbox, event, "created")

    def _tell(self, mailbox: Mailbox, event: Event, change: str) -> None:
        told = Change(mailbox.address, event.immutable_id, event.default_id, change, self.clock())
        for listener in self.listeners:
            listener(told)
