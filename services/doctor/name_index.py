"""Find known names in a text, however many names there are.

A name stands by itself: no letter, digit or hyphen is beside it. So the places at which one may begin are few, and at
each of them only texts of the lengths are looked up that names with this first letter have.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

_MAY_BEGIN = re.compile(r"(?<![\w-])")
_GOES_ON = re.compile(r"[\w-]")

Replace = Callable[[str, str], str]
"""Returns what stands for a name, given its kind and the name as it was written."""


class NameIndex:
    """Names with their kinds. Those of the `folded` kinds are found in capital and small letters."""

    def __init__(self, names: Iterable[tuple[str, str]], folded: frozenset[str]) -> None:
        self._exact: dict[str, str] = {}
        self._folded: dict[str, str] = {}
        lengths = defaultdict[str, set[int]](set)
        for name, kind in names:
            if kind in folded:
                self._folded.setdefault(name.lower(), kind)
            else:
                self._exact.setdefault(name, kind)
            lengths[name[0].lower()].add(len(name))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def replace(self, text: str, by: Replace) -> str:
        """Return the text with every name replaced, the longest where several begin at one place."""
        parts: list[str] = []
        copied = 0
        for place in _MAY_BEGIN.finditer(text):
            start = place.start()
            if start < copied or (found := self._find(text, start)) is None:
                continue
            name, kind = found
            parts += [text[copied:start], by(kind, name)]
            copied = start + len(name)
        return "".join([*parts, text[copied:]])

    def _find(self, text: str, start: int) -> tuple[str, str] | None:
        for length in self._lengths.get(text[start : start + 1].lower(), ()):
            name = text[start : start + length]
            kind = self._exact.get(name) or self._folded.get(name.lower())
            if kind is not None and not _GOES_ON.match(text, start + length):
                return name, kind
        return None
