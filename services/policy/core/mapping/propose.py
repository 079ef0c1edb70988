"""Pair spaces that are not mapped with rooms that no space is mapped to.

What counts, from the strongest to the weakest: the same name, an address that says the name, a name within the other;
then the building and the capacity, which support a pair or speak against it. Each space and each room is proposed once.
Where two pairs are as good as each other, neither is proposed: a person has to look.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.policy.core.mapping.known import KnownRoom, MappingProposal, SpaceToMap
from services.policy.core.mapping.naming import words_of, words_of_address

_SAME_NAME, _IN_ADDRESS, _IN_NAME = 60, 45, 30
_SAME_BUILDING, _OTHER_BUILDING = 25, -40
_SAME_CAPACITY, _OTHER_CAPACITY = 10, -10
_LEAST = 30
_SIMILAR = 0.25
"""By which part capacities may differ without speaking against a pair."""

MOST_ROOMS_OF_A_WORD = 200
"""A word that more rooms have than this tells none of them from the others."""


@dataclass(frozen=True, slots=True)
class _Pair:
    space: SpaceToMap
    room: KnownRoom
    score: int
    why: tuple[str, ...]
    is_certain: bool


def propose(spaces: Sequence[SpaceToMap], rooms: Sequence[KnownRoom]) -> list[MappingProposal]:
    """Return at most one proposal for each space and each room, in the order of the spaces' names."""
    by_word = _index(rooms)
    pairs = [pair for space in spaces for room in _rooms_like(space, by_word) if (pair := _judge(space, room))]
    best = _choose(pairs)
    return sorted((_as_proposal(each) for each in best), key=lambda each: (each.space.name, str(each.space.id)))


def _index(rooms: Iterable[KnownRoom]) -> Mapping[str, Sequence[KnownRoom]]:
    by_word: defaultdict[str, list[KnownRoom]] = defaultdict(list)
    for room in rooms:
        for word in words_of(room.name) | words_of_address(room.address):
            by_word[word].append(room)
    return {word: found for word, found in by_word.items() if len(found) <= MOST_ROOMS_OF_A_WORD}


def _rooms_like(space: SpaceToMap, by_word: Mapping[str, Sequence[KnownRoom]]) -> Iterable[KnownRoom]:
    found = {
        (room.connection_id, room.place_id): room for word in words_of(space.name) for room in by_word.get(word, ())
    }
    return found.values()


def _judge(space: SpaceToMap, room: KnownRoom) -> _Pair | None:
    """Return how well a room fits a space; None if nothing says that it does."""
    names = _judge_names(space, room)
    if names is None:
        return None
    score, told = names
    is_certain = score >= _IN_ADDRESS
    why = [told]
    if space.building is not None and room.building is not None:
        is_same = words_of(space.building) == words_of(room.building)
        score += _SAME_BUILDING if is_same else _OTHER_BUILDING
        is_certain = is_certain and is_same
        why.append(f"both are in {room.building}" if is_same else f"but it is in {room.building}, not {space.building}")
    if room.capacity is not None:
        is_same, is_close = room.capacity == space.capacity, _are_close(room.capacity, space.capacity)
        score += _SAME_CAPACITY if is_same else 0 if is_close else _OTHER_CAPACITY
        is_certain = is_certain and is_close
        if is_same:
            why.append(f"both take {_people(room.capacity)}")
        else:
            why.append(f"but it takes {_people(room.capacity)}, not {space.capacity}")
    return _Pair(space, room, score, tuple(why), is_certain) if score >= _LEAST else None


def _judge_names(space: SpaceToMap, room: KnownRoom) -> tuple[int, str] | None:
    own, theirs, address = words_of(space.name), words_of(room.name), words_of_address(room.address)
    building = words_of(space.building or "") | words_of(room.building or "")
    if own in (theirs, theirs - building) or own - building == theirs:
        return _SAME_NAME, f"the room is called {room.name}"
    if own == address or own == address - building:
        return _IN_ADDRESS, f"its address is {room.address}"
    if own and theirs and (own < theirs or theirs < own):
        return _IN_NAME, f"the room is called {room.name}"
    return None


def _are_close(one: int, other: int) -> bool:
    return abs(one - other) <= _SIMILAR * max(one, other)


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _choose(pairs: Iterable[_Pair]) -> list[_Pair]:
    """Choose pairs, the best first; of those that are as good as each other and share a side, none."""
    chosen: list[_Pair] = []
    spaces: set[object] = set()
    rooms: set[object] = set()
    of_score: defaultdict[int, list[_Pair]] = defaultdict(list)
    for each in pairs:
        of_score[each.score].append(each)
    for score in sorted(of_score, reverse=True):
        free = [each for each in of_score[score] if _space(each) not in spaces and _room(each) not in rooms]
        of_space, of_room = _count(map(_space, free)), _count(map(_room, free))
        chosen += [each for each in free if of_space[_space(each)] == 1 and of_room[_room(each)] == 1]
        spaces |= {_space(each) for each in free}
        rooms |= {_room(each) for each in free}
    return chosen


def _space(pair: _Pair) -> object:
    return pair.space.id


def _room(pair: _Pair) -> object:
    return pair.room.connection_id, pair.room.place_id


def _count(values: Iterable[object]) -> Mapping[object, int]:
    counted: defaultdict[object, int] = defaultdict(int)
    for each in values:
        counted[each] += 1
    return counted


def _as_proposal(pair: _Pair) -> MappingProposal:
    return MappingProposal(
        space=pair.space,
        connection_id=pair.room.connection_id,
        room_mailbox=pair.room.address,
        room=pair.room,
        sureness="certain" if pair.is_certain else "likely",
        why=pair.why,
    )
