"""Keys, under which a room calendar and the ledger agree on a meeting, or on what is reserved and no invitation holds.

Keys are compared as values and stored as columns; only this module converts between the two. Event ids are not keys,
because they differ per mailbox and change.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, assert_never
from uuid import UUID

from pydantic import Field


@dataclass(frozen=True, slots=True)
class MeetingKey:
    """A meeting in a space: a single meeting, a whole series, or the occurrence first planned for `original_date`.

    `ical_uid` is that of the single meeting or of the series' master; the date is in the series' own zone.
    """

    space_id: UUID
    ical_uid: str
    original_date: date | None = None
    of: Literal["meeting"] = "meeting"


@dataclass(frozen=True, slots=True)
class ReservationKey:
    """A reservation of a space that a hold shows in Outlook, or a reservation group that a recurring hold shows.

    `reservation_id` is the id of either; no group has that of a reservation.
    """

    space_id: UUID
    reservation_id: UUID
    of: Literal["reservation"] = "reservation"


Key = Annotated[MeetingKey | ReservationKey, Field(discriminator="of")]


class KeyColumns(NamedTuple):
    """A key as columns of a table; exactly one of `ical_uid` and `reservation_id` is not None."""

    space_id: UUID
    ical_uid: str | None
    original_date: date | None
    reservation_id: UUID | None


KEY_COLUMNS = ("space_id", "key_ical_uid", "key_original_date", "key_reservation_id")
"""How the tables and views of every service name these columns."""


def columns_of(key: Key) -> KeyColumns:
    """Return a key as columns."""
    match key:
        case MeetingKey():
            return KeyColumns(key.space_id, key.ical_uid, key.original_date, None)
        case ReservationKey():
            return KeyColumns(key.space_id, None, None, key.reservation_id)
        case _:
            assert_never(key)


def name_key(key: Key) -> dict[str, str]:
    """Return the fields of a key, to name in a log what a line is about."""
    return {name: str(value) for name, value in columns_of(key)._asdict().items() if value is not None}


def key_of_columns(
    space_id: UUID, ical_uid: str | None, original_date: date | None, reservation_id: UUID | None
) -> Key:
    """Return the key that was stored as these columns. Raises ValueError if they are not exactly one key."""
    if ical_uid is not None and reservation_id is None:
        return MeetingKey(space_id, ical_uid, original_date)
    if reservation_id is not None and ical_uid is None and original_date is None:
        return ReservationKey(space_id, reservation_id)
    raise ValueError(
        "a key has either an iCalUId, perhaps with an original date, or a reservation; "
        f"found iCalUId {ical_uid!r}, original date {original_date!r}, reservation {reservation_id!r}"
    )


def key_of_row(row: Any) -> Key:  # noqa: ANN401 - whatever gives a column by its name, as database drivers' rows do
    """Return the key in a row that has `KEY_COLUMNS`."""
    return key_of_columns(*(row[name] for name in KEY_COLUMNS))
