"""What the directory of places says of rooms, however little that is."""

import pytest

from libs.graph.directory import RoomPlace, room_places, user_address
from libs.graph.vendor import Json


def test_a_room_is_read_with_the_id_that_stays() -> None:
    row = {
        "id": "directory id",
        "placeId": "place id",
        "displayName": " Aurora ",
        "emailAddress": "aurora@contoso.example",
        "capacity": 8,
        "building": "Main",
        "floorNumber": 2,
        "floorLabel": None,
    }

    assert room_places({"value": [row]}) == (
        [RoomPlace("place id", "aurora@contoso.example", "Aurora", 8, "Main", "2")],
        1,
    )


@pytest.mark.parametrize(
    "row",
    [{}, {"id": "x"}, {"emailAddress": "a@b.example"}, {"id": "", "emailAddress": "a@b.example"}, None, 7],
)
def test_a_row_without_an_id_or_an_address_is_left_out_and_counted(row: object) -> None:
    assert room_places({"value": [row]}) == ([], 1)


@pytest.mark.parametrize(
    ("capacity", "read"), [(None, None), (0, None), (-1, None), (2**40, None), ("8", None), (1, 1)]
)
def test_a_capacity_that_is_none_is_not_known(capacity: object, read: int | None) -> None:
    [found], _ = room_places({"value": [{"id": "x", "emailAddress": "a@b.example", "capacity": capacity}]})

    assert (found.capacity, found.name, found.building, found.floor) == (read, "a@b.example", None, None)


def test_a_text_that_the_database_cannot_take_is_made_one() -> None:
    row = {"id": "x", "emailAddress": "a@b.example", "displayName": "A\0u" + "r" * 1000}

    [found], _ = room_places({"value": [row]})

    assert found.name == ("Au" + "r" * 1000)[:400]


@pytest.mark.parametrize("page", [{}, {"value": None}, {"value": {}}])
def test_an_answer_without_rows_is_the_end(page: Json) -> None:
    assert room_places(page) == ([], 0)


@pytest.mark.parametrize(
    ("user", "address"),
    [
        ({"mail": "a@b.example", "userPrincipalName": "u@b.example"}, "a@b.example"),
        ({"mail": None, "userPrincipalName": "u@b.example"}, "u@b.example"),
        ({}, None),
    ],
)
def test_the_address_of_a_user_is_its_mail_or_its_principal_name(user: Json, address: str | None) -> None:
    assert user_address(user) == address
