"""Compare the names of spaces and rooms by their words, in whatever order, case and script they are written."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_KIND = frozenset({"room", "rm", "meeting", "conference", "the", "raum", "besprechungsraum", "salle", "sala"})
"""Words that tell what a thing is and not which one."""


def words_of(name: str) -> frozenset[str]:
    """Return the words that tell one room from another: without accents, and zeros before a number.

    A name that has no other words keeps those that tell what it is.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    words = [each.lstrip("0") or "0" for each in _WORD.findall(plain)]
    return frozenset(each for each in words if each not in _KIND) or frozenset(words)


def words_of_address(address: str) -> frozenset[str]:
    """Return the words of an address before the `@`, with `camelCase` and `room12` taken apart."""
    local = address.partition("@")[0]
    parted = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[0-9])(?=[A-Za-z])", " ", local)
    return words_of(parted)
