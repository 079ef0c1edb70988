"""Make what Graph sends storable: PostgreSQL takes no NUL, and UTF-8 and strict JSON no half of a surrogate pair.

Text that people read loses such a character to U+FFFD. An identity must stay different from every other, so one that
cannot be stored is escaped, and restored when Graph is asked for it. Everything of our own making begins with
`_RESERVED`; an identity of Graph's that does so too is escaped like one that cannot be stored.

Source: https://www.postgresql.org/docs/current/datatype-character.html,
https://www.rfc-editor.org/rfc/rfc8259#section-8.2
"""

import re
from urllib.parse import quote, unquote

LONGEST_IDENTITY = 1024
"""In bytes: PostgreSQL indexes no key of more than about 2,700."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ADDRESS = re.compile(r"(?<![^\s<>'\"()])[^\s<>'\"()]*@[^\s<>'\"()]*")
"""What holds an @. It is looked for from the beginning of each word only, so that a long text takes no longer."""
_RESERVED = "roomsync-"
_ESCAPED = f"{_RESERVED}escaped:"
_BY_EVENT = f"{_RESERVED}event:"


def storable_text(found: object) -> str:
    """Return a text that can be stored; nothing if it is no text."""
    if not isinstance(found, str):
        return ""
    return found if _is_storable(found) else _UNSTORABLE.sub("\ufffd", found)


def without_addresses(text: str) -> str:
    """Return a sentence of Graph's without the mail addresses in it, for the log: it quotes whom a call was about."""
    return _ADDRESS.sub("…", text)


def storable_id(found: object) -> str:
    """Return an identity that can be stored and that no other identity is mapped to. Raises ValueError if it is none.

    Identities are opaque and never normalised: ids that differ in one `-` or `_` are two ids.
    Source: https://github.com/OfficeDev/office-js/issues/4729
    """
    if not isinstance(found, str) or not found:
        raise ValueError("an identity is missing")
    if not _is_plain(found):
        found = _ESCAPED + quote(found, safe="", errors="surrogatepass")
    if len(found.encode()) > LONGEST_IDENTITY:
        raise ValueError("an identity is longer than any that can be stored")
    return found


def original_id(stored: str) -> str:
    """Return an identity as Graph spells it."""
    return unquote(stored.removeprefix(_ESCAPED), errors="surrogatepass") if stored.startswith(_ESCAPED) else stored


def storable_ical_uid(found: object, event_id: str) -> str:
    """Return the iCalUId by which a meeting is known; by its event id if it has none that can be stored and asked for.

    An event that was copied into a calendar may have none.
    """
    is_one = isinstance(found, str) and found and _is_plain(found) and len(found.encode()) <= LONGEST_IDENTITY
    return found if is_one and isinstance(found, str) else ical_uid_by_event(event_id)


def ical_uid_by_event(event_id: str) -> str:
    """Return what stands for the iCalUId of an event that is known by its event id only: ``roomsync-event:{id}``."""
    return _BY_EVENT + event_id


def event_known_by(ical_uid: str) -> str | None:
    """Return the event id that stands for an iCalUId; None if it is an iCalUId."""
    return ical_uid.removeprefix(_BY_EVENT) if ical_uid.startswith(_BY_EVENT) else None


def _is_plain(identity: str) -> bool:
    return _is_storable(identity) and not identity.startswith(_RESERVED)


def _is_storable(text: str) -> bool:
    return "\x00" not in text and (text.isascii() or _UNSTORABLE.search(text) is None)
