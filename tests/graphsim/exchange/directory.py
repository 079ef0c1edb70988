"""The tenant's mailboxes: made, found, renamed and taken away.

Mail finds a mailbox by its address. Graph finds it by object id or user principal name (UPN), which is often the
address, but need not be: whether the address will do as well is not documented, and can be set for a mailbox.

Source: https://learn.microsoft.com/en-us/graph/api/user-get
Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/3979
Source: https://learn.microsoft.com/en-us/exchange/recipients-in-exchange-online/manage-resource-mailboxes
"""

from collections import Counter
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, uuid5

from tests.graphsim.exchange.mailbox import MailboxKind, Processing, Recreation, SimulatedMailbox
from tests.graphsim.quantities import Range
from tests.graphsim.refusals import CallRefused


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """What an administrator says of a mailbox; `processing` counts for rooms and equipment only."""

    address: str
    user_principal_name: str | None = None
    address_resolves: bool = False
    display_name: str | None = None
    kind: MailboxKind = "user"
    capacity: int | None = None
    time_zone: str = "UTC"
    building: str | None = None
    new_id_on_accept: bool = False
    recreate_on_accept: Recreation | None = None
    readable_after_ms: Range = (0, 0)
    processing: Processing = field(default_factory=Processing)


class Directory:
    """Mailboxes by lower-case address. An object id stays with its mailbox and is never given out again."""

    def __init__(self) -> None:
        self.by_address: dict[str, SimulatedMailbox] = {}
        self._by_id: dict[str, SimulatedMailbox] = {}
        self._by_principal_name: dict[str, SimulatedMailbox] = {}
        self._made: Counter[str] = Counter()

    def clear(self) -> None:
        self.by_address.clear()
        self._by_id.clear()
        self._by_principal_name.clear()
        self._made.clear()

    def known(self, name: str) -> SimulatedMailbox | None:
        """The mailbox that has the name in any way: address, UPN or object id, whatever the case."""
        return self.by_address.get(name.lower()) or self.principal(name)

    def find(self, name: str) -> SimulatedMailbox:
        """Find a mailbox by any of its names; 404 if there is none."""
        return _there(name, self.known(name))

    def principal(self, name: str) -> SimulatedMailbox | None:
        """The mailbox whose owner the directory knows by that name: object id or UPN."""
        return self._by_id.get(name.lower()) or self._by_principal_name.get(name.lower())

    def resolved(self, name: str) -> SimulatedMailbox | None:
        """The mailbox that a path of Graph means by the name."""
        found = self.principal(name)
        if found is None:
            found = self.by_address.get(name.lower())
            return found if found is not None and found.address_resolves else None
        return found

    def resolve(self, name: str) -> SimulatedMailbox:
        """Find the mailbox that a path of Graph means; 404 if there is none."""
        return _there(name, self.resolved(name))

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
        self._strike(mailbox)
        _apply(mailbox, said)
        return self._list(mailbox)

    def remove(self, name: str) -> None:
        """Take the mailbox away with all that it holds."""
        self._strike(self.find(name))

    def holds(self, mailbox: SimulatedMailbox) -> bool:
        return self._by_id.get(mailbox.user_id) is mailbox

    def _strike(self, mailbox: SimulatedMailbox) -> None:
        del self.by_address[mailbox.address]
        del self._by_id[mailbox.user_id]
        del self._by_principal_name[mailbox.principal_name]

    def _list(self, mailbox: SimulatedMailbox) -> SimulatedMailbox:
        self.by_address[mailbox.address] = mailbox
        self._by_id[mailbox.user_id] = mailbox
        self._by_principal_name[mailbox.principal_name] = mailbox
        return mailbox

    def _new_id(self, address: str) -> str:
        """The same for the same address in every world, so that a test may know it beforehand."""
        count = self._made[address]
        self._made[address] += 1
        return str(uuid5(NAMESPACE_URL, f"mailto:{address}" + (f"#{count}" if count else "")))


def _there(name: str, found: SimulatedMailbox | None) -> SimulatedMailbox:
    if found is None:
        raise CallRefused(404, "ErrorInvalidUser", f"The requested user '{name}' is invalid.")
    return found


def _apply(mailbox: SimulatedMailbox, said: MailboxSettings) -> None:
    mailbox.address = said.address.lower()
    mailbox.user_principal_name = said.user_principal_name
    mailbox.address_resolves = said.address_resolves
    mailbox.display_name = said.display_name or mailbox.address
    mailbox.kind = said.kind
    mailbox.capacity = said.capacity
    mailbox.time_zone = said.time_zone
    mailbox.building = said.building
    mailbox.new_id_on_accept = said.new_id_on_accept
    mailbox.recreate_on_accept = said.recreate_on_accept
    mailbox.readable_after_ms = said.readable_after_ms
    mailbox.processing = said.processing
