"""Keys as the columns of a table or view."""

from collections.abc import Iterable
from typing import Any

from libs.contracts.keys import Key, columns_of, key_of_columns

COLUMNS = ("space_id", "key_ical_uid", "key_original_date", "key_reservation_id")


def key_of(row: Any) -> Key:  # noqa: ANN401 - asyncpg's records are untyped
    """Return the key in a record."""
    return key_of_columns(row["space_id"], row["key_ical_uid"], row["key_original_date"], row["key_reservation_id"])


def as_arrays(keys: Iterable[Key]) -> tuple[list[object], list[object], list[object]]:
    """Return the columns of keys of one space as arrays, without the space."""
    columns = [columns_of(key) for key in keys]
    return (
        [each.ical_uid for each in columns],
        [each.original_date for each in columns],
        [each.reservation_id for each in columns],
    )
