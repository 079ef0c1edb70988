"""When a space is free: told for whatever is taken, and the next time a meeting fits."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.values import Window
from services.policy.core.availability import Buffers, Taken, find_free_stretches, find_left, find_next_free, find_own
from services.policy.core.space import Space
from tests.unit.policy.factories import NOW, OTHER, RESERVATION, SPACE, space, taken, window

BUFFERED = space(setup=timedelta(minutes=15), cleanup=timedelta(minutes=30))
START = datetime(2027, 3, 1, tzinfo=UTC)
LENGTH = 600

buffers = st.integers(0, 60)
edges = st.lists(st.integers(-120, LENGTH + 120), unique=True, max_size=12).map(sorted)


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


@given(edges, buffers, buffers)
def test_a_meeting_fits_exactly_where_its_buffers_meet_nothing(edges: list[int], setup: int, cleanup: int) -> None:
    taken = list(zip(edges[::2], edges[1::2], strict=False))
    around = [(opens, closes) for opens, closes in taken if closes > -setup and opens < LENGTH + cleanup]
    room = Buffers(timedelta(minutes=setup), timedelta(minutes=cleanup))
    whole = Window(start=START, end=minute(LENGTH))
    free = find_free_stretches(whole, room, [(minute(opens), minute(closes)) for opens, closes in around])
    for number in range(LENGTH):
        fits = all(number + 1 + cleanup <= opens or number - setup >= closes for opens, closes in taken)
        shown = any(opens <= minute(number) and minute(number + 1) <= closes for opens, closes in free)
        assert shown == fits


@pytest.mark.parametrize(
    ("at", "room", "others", "free"),
    [
        (window(24), space(), [], window(24)),
        (window(24), space(), [taken(window(30))], window(24)),
        (window(24), space(), [taken(window(24))], window(25)),
        (window(24), space(), [taken(window(24)), taken(window(25))], window(26)),
        (window(24), space(), [taken(window(25, 30)), taken(window(24))], window(25.5)),
        (window(24), space(), [taken(window(24)), taken(window(25.5))], window(26.5)),
        (window(24), space(), [taken(window(23.5)), taken(window(24.75))], window(25.75)),
        (window(24), BUFFERED, [taken(window(24))], window(25.25)),
        (window(24), BUFFERED, [taken(window(24)), taken(window(26.5))], window(27.75)),
        (window(24), BUFFERED, [taken(window(24)), taken(window(26.75))], window(25.25)),
        (window(24), space(), [taken(window(24, 60 * 24 * 7))], window(24 * 8)),
        (window(24), space(), [taken(window(24, 60 * 24 * 7 + 1))], None),
        (window(24), space(), [taken(window(24), reservation_id=RESERVATION)], window(24)),
        (window(-1, 120), space(), [taken(window(-1, 30))], window(0, 120)),
    ],
)
def test_the_next_free_time_is_the_first_that_fits(
    at: Window, room: Space, others: list[Taken], free: Window | None
) -> None:
    assert find_next_free(at, room.buffers, others, RESERVATION, NOW) == free


@given(edges, st.booleans(), buffers, buffers)
def test_what_is_left_and_what_others_take_make_the_whole(
    edges: list[int], is_backwards: bool, setup: int, cleanup: int
) -> None:
    others = [
        taken(Window(start=minute(opens), end=minute(closes)))
        for opens, closes in zip(edges[::2], edges[1::2], strict=False)
    ]
    room = Buffers(timedelta(minutes=setup), timedelta(minutes=cleanup))
    whole = Window(start=START, end=minute(LENGTH))

    found = find_left(whole, room, others[::-1] if is_backwards else others, [SPACE], None)

    left = found.get(SPACE, [])
    assert all(opens < closes for opens, closes in left)
    assert all(one[1] < two[0] for one, two in pairwise(left))
    for number in range(-setup - 1, LENGTH + cleanup + 1):
        is_left = any(opens <= minute(number) < closes for opens, closes in left)
        is_taken = any(each.starts_at <= minute(number) < each.ends_at for each in others)
        assert is_left == (-setup <= number < LENGTH + cleanup and not is_taken)


LEFT_HALF, RIGHT_HALF = UUID(int=11), UUID(int=12)


def test_what_is_left_is_found_for_each_part_and_its_own_stretches_are_left_too() -> None:
    others = [
        taken(window(24), part_ids={LEFT_HALF}),
        taken(window(25), part_ids={LEFT_HALF}),
        taken(window(25), part_ids={LEFT_HALF, RIGHT_HALF}, reservation_id=RESERVATION),
        taken(window(24, 30), part_ids={RIGHT_HALF}),
    ]
    whole, (_, until), room = window(24, 120), _edges(window(24, 120)), space().buffers

    left = find_left(whole, room, others, [LEFT_HALF, RIGHT_HALF], RESERVATION)

    assert left == {RIGHT_HALF: [(window(24.5).start, until)]}
    assert find_own(others, RESERVATION) == {part: [_edges(window(25))] for part in (LEFT_HALF, RIGHT_HALF)}
    assert find_own(others, OTHER)[RIGHT_HALF] == [_edges(window(24, 30))]


def _edges(at: Window) -> tuple[datetime, datetime]:
    return at.start, at.end
