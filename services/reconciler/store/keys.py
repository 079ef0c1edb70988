"""Keys as the columns of a table or view."""

from typing import Any

from libs.contracts.keys import Key, key_of_columns


def key_of(row: Any) -> Key:  # noqa: ANN401 - asyncpg's records are untyped
    """Return the key that a record has."""
    return key_of_columns(row["space_id"], row["key_ical_uid"], row["key_original_date"], row["key_reservation_id"])
