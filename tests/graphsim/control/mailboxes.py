"""What `/sim/mailboxes` says: mailboxes made, changed in part, and shown."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tests.graphsim.control import settings
from tests.graphsim.exchange.directory import Directory, MailboxSettings
from tests.graphsim.exchange.mailbox import Processing, SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.exchange.timezones import zone


def add_mailbox(directory: Directory, given: Mapping[str, Any]) -> SimulatedMailbox:
    """Make a mailbox; what is not given is as in a fresh one."""
    return directory.add(_read(given, Processing()))


def change_mailbox(directory: Directory, name: str, given: Mapping[str, Any]) -> SimulatedMailbox:
    """Change a mailbox in part, `processing` too."""
    mailbox = directory.find(name)
    before = {each: getattr(mailbox, each) for each in MailboxSettings.__slots__}
    said = _read({**before, "processing": {}, **given}, mailbox.processing)
    if directory.by_address.get(said.address.lower(), mailbox) is not mailbox:
        raise settings.refused(f"{said.address} is the address of another mailbox.")
    return directory.change(mailbox, said)


def mailbox_json(mailbox: SimulatedMailbox) -> Json:
    return {
        "id": mailbox.user_id,
        "address": mailbox.address,
        "display_name": mailbox.display_name,
        "kind": mailbox.kind,
        "processing": asdict(mailbox.processing),
        "new_id_on_accept": mailbox.new_id_on_accept,
    }


def _read(given: Mapping[str, Any], before: Processing) -> MailboxSettings:
    processing = settings.read(Processing, given.get("processing") or {}, before=before)
    said = settings.read(MailboxSettings, {**given, "processing": processing})
    zone(said.time_zone)
    if "@" not in said.address:
        raise settings.refused(f"{said.address!r} is no address.")
    return said
