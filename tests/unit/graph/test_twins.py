"""Events with one iCalUId have identities of their own, and the same ones at every look."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.graph import translate
from libs.graph.twins import tell_apart
from libs.graph.types import Event

PLAIN = orjson.loads((Path(__file__).parents[2] / "samples/unanswered_invitation/graph.json").read_bytes())


def event(event_id: str, uid: str = "U", **different: Any) -> Event:
    return translate.event({**PLAIN, "id": event_id, "iCalUId": uid, **different})


def identities(*events: Event, kept_by: Mapping[str, str] | None = None, by_id: tuple[str, ...] = ()) -> list[str]:
    return [each.ical_uid for each in tell_apart(events, kept_by or {}, by_id)]


@pytest.mark.parametrize(
    ("found", "known", "expected"),
    [
        ("a", {}, ["U"]),
        ("ba", {}, ["roomsync-event:b", "U"]),
        ("ba", {"kept_by": {"U": "b"}}, ["U", "roomsync-event:a"]),
        ("ba", {"kept_by": {"U": "gone"}}, ["roomsync-event:b", "U"]),
        ("a", {"by_id": ("a",)}, ["roomsync-event:a"]),
        ("ba", {"by_id": ("a",)}, ["U", "roomsync-event:a"]),
        ("ba", {"by_id": ("a", "b")}, ["roomsync-event:b", "roomsync-event:a"]),
    ],
)
def test_one_keeps_the_ical_uid_and_each_other_is_known_by_its_id(
    found: str, known: dict[str, Any], expected: list[str]
) -> None:
    assert identities(*map(event, found), **known) == expected


def test_series_and_cancelled_copies_share_an_ical_uid_rightly() -> None:
    occurrences = [event(each, type="occurrence", seriesMasterId="m") for each in "ab"]
    cancelled = event("c", isCancelled=True)

    assert identities(*occurrences, cancelled, event("d")) == ["U"] * 4


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.lists(st.sampled_from("abcdef"), unique=True, max_size=3))
def test_the_next_look_tells_them_apart_in_the_same_way(first: list[str], more: list[str]) -> None:
    seen = tell_apart(map(event, first), {}, ())
    kept_by = {each.ical_uid: each.event_id for each in seen if each.ical_uid == "U"}
    by_id = [each.event_id for each in seen if each.ical_uid != "U"]

    again = tell_apart(map(event, [*more, *(each for each in first if each not in more)]), kept_by, by_id)

    assert {each.event_id: each.ical_uid for each in seen}.items() <= {e.event_id: e.ical_uid for e in again}.items()
    assert len({each.ical_uid for each in again}) == len(again)
