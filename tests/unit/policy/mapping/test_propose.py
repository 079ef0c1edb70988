"""Which spaces are proposed for which rooms, and how sure that is."""

import pytest

from services.policy.core.mapping.known import KnownRoom, MappingProposal, SpaceToMap
from services.policy.core.mapping.propose import MOST_ROOMS_OF_A_WORD, propose
from tests.unit.policy.mapping.rooms import room, space


def paired(spaces: list[SpaceToMap], rooms: list[KnownRoom]) -> list[tuple[str, str, str]]:
    return [(each.space.name, each.room_mailbox, each.sureness) for each in propose(spaces, rooms)]


@pytest.mark.parametrize(
    ("of", "to", "sureness"),
    [
        (space("Aurora"), room("AURORA"), "certain"),
        (space("Aurora", 8, "Main"), room("Main Aurora", capacity=8, building="main"), "certain"),
        (space("Aurora", 8), room("Aurora", capacity=9), "certain"),
        (space("Aurora"), room("Room 1", "room-aurora@contoso.example"), "certain"),
        (space("Aurora"), room("Aurora with a view"), "likely"),
        (space("Aurora", 8), room("Aurora", capacity=20), "likely"),
    ],
)
def test_a_room_that_is_named_like_a_space_is_proposed(of: SpaceToMap, to: KnownRoom, sureness: str) -> None:
    assert paired([of], [to]) == [(of.name, to.address, sureness)]


@pytest.mark.parametrize(
    ("of", "to"),
    [
        (space("Aurora"), room("Borealis")),
        (space("Room 1"), room("Room 11")),
        (space("Aurora", 8, "North"), room("Aurora", building="South")),
        (space("?!"), room("?!")),
    ],
)
def test_a_room_that_says_something_else_is_not(of: SpaceToMap, to: KnownRoom) -> None:
    assert paired([of], [to]) == []


def test_of_several_rooms_the_best_is_proposed_and_each_only_once() -> None:
    north, south = space("101", 8, "North"), space("101", 8, "South")
    rooms = [room("101", "n@x.example", building="North"), room("101", "s@x.example", building="South")]

    assert paired([north, south], rooms) == [("101", "n@x.example", "certain"), ("101", "s@x.example", "certain")]


def test_two_rooms_that_fit_as_well_are_left_to_a_person() -> None:
    assert paired([space("Aurora")], [room("Aurora"), room("Aurora")]) == []


def test_a_room_that_two_spaces_fit_as_well_is_left_to_a_person() -> None:
    assert paired([space("Aurora"), space("Aurora")], [room("Aurora")]) == []


def test_a_worse_room_does_not_take_the_place_of_two_that_fit_as_well() -> None:
    rooms = [room("Aurora"), room("Aurora"), room("Aurora with a view")]

    assert paired([space("Aurora")], rooms) == []


def test_it_says_what_speaks_for_it_and_what_against() -> None:
    [proposal] = propose([space("Aurora", 8, "Main")], [room("Aurora", capacity=20, building="Main")])

    assert proposal.why == ("the room is called Aurora", "both are in Main", "but it takes 20 people, not 8")


def test_ten_thousand_spaces_are_paired_with_as_many_rooms() -> None:
    rooms = [room(f"Floor {number % 7} Desk {number}", capacity=4) for number in range(10_000)]
    spaces = [space(f"Desk {number} Floor {number % 7}", 4) for number in range(10_000)]

    found: list[MappingProposal] = propose(spaces, rooms)

    assert len(found) > 9_900
    assert all(each.room is not None and each.room.name.split()[-1] == each.space.name.split()[1] for each in found)


def test_a_word_that_most_rooms_have_proposes_nothing() -> None:
    rooms = [room(f"Lab {number}") for number in range(MOST_ROOMS_OF_A_WORD + 1)]

    assert paired([space("Lab")], rooms) == []
