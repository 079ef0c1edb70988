"""SQL made from a value's fields, and values made from rows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from libs.common.rows import Rows, assigned, columns, listed, placed, set_to, values
from libs.contracts.values import Reason


@dataclass(frozen=True, slots=True)
class Thing:
    """A row of `things`."""

    id: UUID
    seen_at: datetime
    reasons: tuple[Reason, ...]


THING = Thing(UUID(int=1), datetime(2027, 3, 1, tzinfo=UTC), (Reason(rule="capacity", message="Too many."),))


def test_columns_are_listed_placed_and_assigned_in_the_order_of_the_fields() -> None:
    changed = columns(Thing, but=["id"])

    assert columns(Thing) == ("id", "seen_at", "reasons")
    assert listed(columns(Thing)) == "id, seen_at, reasons"
    assert listed(changed, "t") == "t.seen_at, t.reasons"
    assert placed(columns(Thing)) == "$1, $2, $3"
    assert assigned(changed) == "seen_at = excluded.seen_at, reasons = excluded.reasons"
    assert set_to(changed, 2) == "seen_at = $2, reasons = $3"
    assert values(THING, changed) == [THING.seen_at, THING.reasons]


def test_a_value_comes_back_from_the_json_it_was_written_as_and_from_a_record() -> None:
    rows = Rows(Thing)
    record = {"id": UUID(int=1), "seen_at": THING.seen_at, "reasons": [{"rule": "capacity", "message": "Too many."}]}

    assert rows.read(rows.as_json(THING)) == THING
    assert rows.read({**record, "another_column": 1}) == THING
    assert rows.read_one(None) is None


def test_a_row_that_lacks_a_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="seen_at"):
        Rows(Thing).read({"id": UUID(int=1), "reasons": []})
