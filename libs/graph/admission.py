"""Which mailboxes may be watched as rooms.

Others belong to people: their meetings are nobody's business here, and no answer may be given in their name.

Source: https://learn.microsoft.com/graph/api/resources/mailboxsettings (userPurpose)
"""

from dataclasses import dataclass

_ROOMS = frozenset({"room", "equipment"})
_IN_WORDS = {
    "user": "a person's mailbox",
    "linked": "the mailbox of a person in another directory",
    "shared": "a shared mailbox",
    "others": "a mailbox that is neither a room nor equipment",
}


@dataclass(frozen=True, slots=True)
class AdmissionRules:
    """What may be mapped besides rooms and equipment: shared mailboxes, and mailboxes that cannot be verified."""

    shared: bool
    unverified: bool


@dataclass(frozen=True, slots=True)
class Examined:
    """A mailbox as Microsoft 365 describes it: what it is for, and its object id. None stands for what it hides."""

    purpose: str | None
    object_id: str | None


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a mailbox may be watched, and what an administrator should know about that."""

    is_admitted: bool
    detail: str | None


def admit(address: str, purpose: str | None, rules: AdmissionRules) -> Admission:
    """Decide whether the mailbox of this address may be watched as a room."""
    if purpose in _ROOMS:
        return Admission(is_admitted=True, detail=None)
    if purpose is None:
        return _judge_unverified(address, rules)
    if purpose == "shared" and rules.shared:
        return Admission(is_admitted=True, detail=None)
    found = _IN_WORDS.get(purpose, f"a mailbox of the kind {purpose!r}")
    hint = " or set ROOMSYNC_ADMITS_SHARED_MAILBOXES if it stands for a room" if purpose == "shared" else ""
    return Admission(
        is_admitted=False,
        detail=f"{address} is {found}, not a room: nothing is read from it or written to it. Map the space to its room "
        f"mailbox{hint}.",
    )


def _judge_unverified(address: str, rules: AdmissionRules) -> Admission:
    remedy = "Grant the application MailboxSettings.Read or Place.Read.All"
    if rules.unverified:
        return Admission(
            is_admitted=True,
            detail=f"It cannot be verified that {address} is a room, because the application may not read what kind "
            f"of mailbox it is; it is treated as one. {remedy} to have it verified.",
        )
    return Admission(
        is_admitted=False,
        detail=f"It cannot be verified that {address} is a room, because the application may not read what kind of "
        f"mailbox it is; nothing is read from it or written to it. {remedy}, or set "
        "ROOMSYNC_ADMITS_UNVERIFIED_MAILBOXES if the application reaches rooms only.",
    )
