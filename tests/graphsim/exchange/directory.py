"""The tenant's mailboxes: made, found, renamed and taken away.

Source: https://learn.microsoft.com/en-us/exchange/recipients-in-exchange-online/manage-resource-mailboxes
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from tests.graphsim.exchange.mailbox import Processing, SimulatedMailbox
from tests.graphsim.refusals import CallRefused


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """What an administrator says of a mailbox; `processing` counts for rooms only."""

    address: str
    display_name: str | None = None
    kind: Literal["user", "room"] = "user"
    capacity: int | None = None
    time_zone: str = "UTC"
    building: str | None = None
    new_id_on_accept: bool = False
    processing: Processing = field(default_factory=Processing)


class Directory:
    """Mailboxes by lower-case address. An object id stays with its mailbox and is never given out again."""

    def __init__(self) -> None:
        self.by_address: dict[str, SimulatedMailbox] = {}
        self._by_id: dict[str, SimulatedMailbox] = {}
        self._made: Counter[str] = Counter()

    def clear(self) -> None:
        self.by_address.clear()
        self._by_id.clear()
        self._made.clear()

    def known(self, name: str) -> SimulatedMailbox | None:
        return self.by_address.get(name.lower()) or self._by_id.get(name.lower())

    def find(self, name: str) -> SimulatedMailbox:
        """Find a mailbox by address or object id, whatever the case; 404 if there is none."""
        found = self.known(name)
        if found is None:
            raise CallRefused(404, "ErrorInvalidUser", f"The requested user '{name}' is invalid.")
        return found

    def add(self, said: MailboxSettings) -> SimulatedMailbox:
        """Make a mailbox; an earlier one of the same address is gone, and the new one has another object id."""
        address = said.address.lower()
        if address in self.by_address:
            self.remove(address)
        mailbox = SimulatedMailbox(self._new_id(address), address, address)
        _apply(mailbox, said)
        return self._list(mailbox)

    def change(self, mailbox: SimulatedMailbox, said: MailboxSettings) -> SimulatedMailbox:
        """Change a mailbox; its events and its object id stay, even under another address, which nobody else has."""
        del self.by_address[mailbox.address]
        _apply(mailbox, said)
        return self._list(mailbox)

    def remove(self, name: str) -> None:
        """Take the mailbox away with all that it holds."""
        mailbox = self.find(name)
        del self.by_address[mailbox.address]
        del self._by_id[mailbox.user_id]

    def holds(self, mailbox: SimulatedMailbox) -> bool:
        return self._by_id.get(mailbox.user_id) is mailbox

    def _list(self, mailbox: SimulatedMailbox) -> SimulatedMailbox:
        self.by_address[mailbox.address] = mailbox
        self._by_id[mailbox.user_id] = mailbox
        return mailbox

    def _new_id(self, address: str) -> str:
        """The same for the same address in every world, so that a test may know it beforehand."""
        count = self._made[address]
        self._made[address] += 1
        return str(uuid5(NAMESPACE_URL, f"mailto:{address}" + (f"#{count}" if count else "")))


def _apply(mailbox: SimulatedMailbox, said: MailboxSettings) -> None:
    mailbox.address = said.address.lower()
    mailbox.display_name = said.display_name or mailbox.address
    mailbox.kind = said.kind
    mailbox.capacity = said.capacity
    mailbox.time_zone = said.time_zone
    mailbox.building = said.building
    mailbox.new_id_on_accept = said.new_id_on_accept
    mailbox.processing = said.processing
