import pytest

from services.policy.core.mapping.naming import words_of, words_of_address


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Aurora", "AURORA"),
        ("Conference Room 07", "7"),
        ("Salle Été", "ete"),
        ("A-101", "101 (A)"),
        ("North_Hall", "hall north"),
        ("Raum Größe", "grosse"),
    ],
)
def test_names_that_say_the_same_have_the_same_words(one: str, other: str) -> None:
    assert words_of(one) == words_of(other)


@pytest.mark.parametrize(("one", "other"), [("A-101", "A-110"), ("Hall", "Half"), ("Room 1", "Room 11"), ("000", "7")])
def test_names_that_differ_have_other_words(one: str, other: str) -> None:
    assert words_of(one) != words_of(other)


def test_a_name_of_nothing_but_its_kind_keeps_it() -> None:
    assert words_of("The Meeting Room") == {"the", "meeting", "room"}


def test_a_name_without_words_has_none() -> None:
    assert words_of("?!") == frozenset()


@pytest.mark.parametrize("address", ["room-aurora@x.example", "roomAurora@x.example", "aurora.room@x.example"])
def test_an_address_says_the_name_before_the_at(address: str) -> None:
    assert words_of_address(address) == words_of("Aurora")
