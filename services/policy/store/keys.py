"""Keys in the ledger's tables: the columns they take, and how statements find the row of one.

A comparison by `IS NOT DISTINCT FROM` uses no index. So each branch also compares a column that is never null in its
kind of key, and requires the columns that come before it in the index to be null.
"""

from typing import Any

from pydantic import TypeAdapter

from libs.contracts.keys import KEY_COLUMNS, Key, KeyColumns, columns_of, key_of_columns

OF_KEY = """
    space_id = $1 AND (
        key_ical_uid = $2 AND key_original_date IS NOT DISTINCT FROM $3
        OR key_ical_uid IS NULL AND key_original_date IS NULL AND key_reservation_id = $4
    )
"""
"""The rows of the key whose columns are the first four parameters."""

OF_RESERVATION_OR_GROUP = """
    i.key_reservation_id = ANY(ARRAY[r.id, CASE WHEN r.ical_uid IS NULL THEN r.group_id END])
    AND i.space_id IS NOT DISTINCT FROM r.space_id
"""
"""The intents `i` of the holds of a reservation `r`: its own, or the one of the group that it is a date of.

They are found by their reservation, because a space may have thousands of intents. Where a table is new, PostgreSQL has
no statistics of it and takes an index by space for as good; so the space is compared in a way that no index serves.
"""

_COLUMNS_IN_JSON = TypeAdapter(KeyColumns)


def key_of_json(row: dict[str, Any]) -> Key:
    """Return the key in a row that came as JSON."""
    return key_of_columns(*_COLUMNS_IN_JSON.validate_python(tuple(row[name] for name in KEY_COLUMNS)))


def as_columns(key: Key) -> dict[str, Any]:
    """Return a key's columns by name, without its space."""
    _, ical_uid, original_date, reservation_id = columns_of(key)
    return {"key_ical_uid": ical_uid, "key_original_date": original_date, "key_reservation_id": reservation_id}
