"""Keys travel and are stored without becoming others."""

from datetime import date
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from libs.contracts.keys import Key, KeyColumns, MeetingKey, ReservationKey, columns_of, key_of_columns
from libs.contracts.values import Observation
from tests.contract.messages.test_bodies import AT

SPACE, RESERVATION = UUID(int=1), UUID(int=2)
FIRST = date(2027, 3, 1)
KEYS: list[Key] = [
    MeetingKey(SPACE, "u"),
    MeetingKey(SPACE, "u", FIRST),
    MeetingKey(SPACE, "meeting:u"),
    ReservationKey(SPACE, RESERVATION),
    ReservationKey(RESERVATION, SPACE),
]
JSON: TypeAdapter[Key] = TypeAdapter(Key)


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_a_key_comes_back_from_its_columns_and_from_json(key: Key) -> None:
    assert key_of_columns(*columns_of(key)) == key
    assert JSON.validate_json(JSON.dump_json(key)) == key


def test_keys_that_differ_in_anything_are_different() -> None:
    assert len(set(KEYS)) == len(KEYS)


@pytest.mark.parametrize(
    "columns",
    [
        KeyColumns(SPACE, None, None, None),
        KeyColumns(SPACE, "u", None, RESERVATION),
        KeyColumns(SPACE, None, FIRST, RESERVATION),
    ],
)
def test_columns_that_name_no_one_thing_are_refused(columns: KeyColumns) -> None:
    with pytest.raises(ValueError, match="a key has either an iCalUId"):
        key_of_columns(*columns)


@pytest.mark.parametrize("body", [{"space_id": str(SPACE)}, {"of": "meeting", "space_id": str(SPACE)}, "meeting:u"])
def test_a_key_that_names_nothing_is_refused(body: object) -> None:
    with pytest.raises(ValidationError):
        JSON.validate_python(body)


def test_an_observation_knows_its_key() -> None:
    seen = Observation(space_id=SPACE, room_mailbox="r@example.org", ical_uid="u", observed_at=AT, meeting=None)

    assert seen.key == MeetingKey(SPACE, "u")
