"""What `/sim/mailboxes` says: mailboxes made, changed in part, and shown."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tests.graphsim.control import settings
from tests.graphsim.exchange.directory import Directory, MailboxSettings
from tests.graphsim.exchange.mailbox import Processing, Recreation, SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.exchange.timezones import zone


def add_mailbox(directory: Directory, given: Mapping[str, Any]) -> SimulatedMailbox:
    """Make a mailbox; what is not given is as in a fresh one."""
    said = _read(given, Processing())
    _check_unused(directory, said, directory.by_address.get(said.address.lower()))
    return directory.add(said)


def change_mailbox(directory: Directory, name: str, given: Mapping[str, Any]) -> SimulatedMailbox:
    """Change a mailbox in part, `processing` too."""
    mailbox = directory.find(name)
    before = {each: getattr(mailbox, each) for each in MailboxSettings.__slots__}
    said = _read({**before, "processing": {}, **given}, mailbox.processing)
    _check_unused(directory, said, mailbox)
    return directory.change(mailbox, said)


def mailbox_json(mailbox: SimulatedMailbox) -> Json:
    return {
        "id": mailbox.user_id,
        "address": mailbox.address,
        "user_principal_name": mailbox.principal_name,
        "address_resolves": mailbox.address_resolves,
        "display_name": mailbox.display_name,
        "kind": mailbox.kind,
        "processing": asdict(mailbox.processing),
        "new_id_on_accept": mailbox.new_id_on_accept,
        "recreate_on_accept": mailbox.recreate_on_accept,
        "readable_after_ms": mailbox.readable_after_ms,
    }


def _check_unused(directory: Directory, said: MailboxSettings, own: SimulatedMailbox | None) -> None:
    """Names of mailboxes are unlike those of any other, except that a mailbox may have one name twice."""
    for name in (said.address, said.user_principal_name or said.address):
        if directory.known(name) not in (None, own):
            raise settings.refused(f"{name} is the name of another mailbox.")


def _read(given: Mapping[str, Any], before: Processing) -> MailboxSettings:
    processing = settings.read(Processing, given.get("processing") or {}, before=before)
    recreation = given.get("recreate_on_accept")
    if isinstance(recreation, Mapping):
        recreation = settings.read(Recreation, recreation)
    said = settings.read(MailboxSettings, {**given, "processing": processing, "recreate_on_accept": recreation})
    zone(said.time_zone)
    for name in (said.address, said.user_principal_name or said.address):
        if "@" not in name:
            raise settings.refused(f"{name!r} is no address.")
    return said
