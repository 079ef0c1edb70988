"""Ids as Exchange makes them: long, opaque, case-sensitive, with `-`, `_` and `=` in them.

One id in ten differs from its forerunner in a single such character, so that whoever folds case or swaps characters
is found out.

Source: https://learn.microsoft.com/en-us/graph/outlook-immutable-id
"""

import base64
import re
from datetime import date
from random import Random

DEFAULT_PREFIX = "AAMkAD"
IMMUTABLE_PREFIX = "AAkALgAA"
# How every iCalUId of Exchange begins; four bytes of a date follow, which are zero unless it is one of an occurrence.
GLOBAL_OBJECT_ID = "040000008200E00074C5B7101A82E008"
NO_DATE = "00000000"
OF_AN_OCCURRENCE = re.compile(r"(.+)OCC([0-9A-F]{4})(\d{8})\Z")
WELL_FORMED = re.compile(r"AA[MkA][A-Za-z0-9_\-=.]{10,}\Z")


class Ids:
    """Makes ids that never repeat; the same seed gives the same ids."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._last_default = ""
        self._may_have_twin = False

    def default(self) -> str:
        """An id that a move within the mailbox may replace."""
        # A twin gets none itself, since its twin would be the first again.
        twin = self._twin(self._last_default) if self._may_have_twin and self._chance.random() < 0.1 else None
        self._may_have_twin = twin is None
        self._last_default = twin or DEFAULT_PREFIX + self._noise(54)
        return self._last_default

    def immutable(self) -> str:
        """An id that stays for the item's whole life in its mailbox."""
        return IMMUTABLE_PREFIX + self._noise(42)

    def change_key(self) -> str:
        return base64.b64encode(self._chance.randbytes(16)).decode()

    def ical_uid(self) -> str:
        """A Global Object Id of Exchange, in hexadecimal.

        Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/1d3aac05-a7b9-45cc-a213-47f0a0a2c5c1
        """
        return GLOBAL_OBJECT_ID + NO_DATE + self._chance.randbytes(28).hex().upper()

    def _noise(self, size: int) -> str:
        return base64.urlsafe_b64encode(self._chance.randbytes(size - 2)).decode()

    def _twin(self, ident: str) -> str | None:
        """The same id with one `-` and `_`, or the case of one letter, exchanged."""
        for position in range(len(ident) - 2, len(DEFAULT_PREFIX), -1):
            swapped = {"-": "_", "_": "-"}.get(ident[position], ident[position].swapcase())
            if swapped != ident[position]:
                return ident[:position] + swapped + ident[position + 1 :]
        return None


def of_occurrence(master_id: str, generation: int, day: date) -> str:
    """The id of one occurrence; it changes with its series' pattern, which is what `generation` counts.

    Real ids hold the original start in the same way.
    Source: https://github.com/AvengeMedia/dankcalendar/issues/95
    """
    return f"{master_id}OCC{generation:04X}{day:%Y%m%d}"


def read_occurrence_id(event_id: str) -> tuple[str, int, date] | None:
    """Master's id, generation and day, if the id is one of an occurrence."""
    match = OF_AN_OCCURRENCE.match(event_id)
    if match is None:
        return None
    try:
        return match[1], int(match[2], 16), date.fromisoformat(match[3])
    except ValueError:
        return None


def dated_uid(ical_uid: str, day: date) -> str:
    """The iCalUId of one occurrence: its original date stands in the series' own; a foreign iCalUId stays.

    Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/1d3aac05-a7b9-45cc-a213-47f0a0a2c5c1
    Source: https://github.com/microsoftgraph/microsoft-graph-docs/issues/4294 (as Graph shows it)
    """
    if not ical_uid.startswith(GLOBAL_OBJECT_ID):
        return ical_uid
    end = len(GLOBAL_OBJECT_ID)
    return f"{ical_uid[:end]}{day.year:04X}{day.month:02X}{day.day:02X}{ical_uid[end + 8 :]}"


def clean_uid(ical_uid: str) -> str:
    """The iCalUId of the series that an occurrence's belongs to; any other is returned as it is.

    Source: https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/ (section 2.2.1.28)
    """
    if not ical_uid.startswith(GLOBAL_OBJECT_ID):
        return ical_uid
    end = len(GLOBAL_OBJECT_ID)
    return ical_uid[:end] + NO_DATE + ical_uid[end + 8 :]
