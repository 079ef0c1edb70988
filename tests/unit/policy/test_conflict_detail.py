"""What is told of the meeting in the way, wherever somebody is told of it."""

import pytest

from services.policy.core.explanations import Explanation, OnDate, SlotTaken, Stated
from services.policy.core.notices import Declined, Written
from services.policy.core.place import ConflictDetail, Place
from services.policy.core.wording import organizers_in_the_way, state_reason
from tests.unit.policy.factories import answer, ledger, space, window, written

AT = window(24)
BEN = SlotTaken(reserved=AT, is_private=False, organizer="Ben")
SECRET = SlotTaken(reserved=AT, is_private=True, organizer="Ben")
LONG_AGO = Stated(rule="availability", message='It is taken by "Board" of Ben, Tue 02 Mar 2027, 09:00-10:00 (UTC).')
NAMED_LONG_AGO = Stated(rule="availability", message="It is taken by Ben, Tue 02 Mar 2027, 09:00-10:00 (UTC).")


def place(detail: ConflictDetail) -> Place:
    return Place("Aurora", "Europe/Berlin", detail)


@pytest.mark.parametrize(
    ("why", "detail", "is_named"),
    [
        (BEN, "organizer", True),
        (BEN, "time", False),
        (SECRET, "organizer", False),
        (SECRET, "time", False),
        (OnDate(window=AT, why=BEN), "organizer", True),
        (OnDate(window=AT, why=BEN), "time", False),
        (LONG_AGO, "organizer", True),
        (LONG_AGO, "time", False),
        (NAMED_LONG_AGO, "organizer", True),
        (NAMED_LONG_AGO, "time", False),
    ],
)
def test_who_has_the_room_is_named_only_as_far_as_the_connection_and_privacy_allow(
    why: Explanation, detail: ConflictDetail, is_named: bool
) -> None:
    said = state_reason(why, place(detail)).message

    assert ("Ben" in said) == is_named
    assert "Board" not in said
    assert "Tue 02 Mar 2027, 09:00-10:00" in said


def test_an_answer_names_nobody_where_only_the_time_is_told() -> None:
    aurora = space(conflict_detail="time")

    for notice in (Declined(reasons=(BEN,)), Written(text=f"No. {LONG_AGO.message}")):
        said = written(answer(at=AT, notice=notice), ledger(space=aurora))
        assert "Ben" not in said
        assert "It is taken, Tue 02 Mar 2027, 09:00-10:00" in said


def test_those_in_the_way_are_listed_once_and_only_if_they_may_be_named() -> None:
    cy = BEN.model_copy(update={"organizer": "Cy"})
    reasons = (BEN, OnDate(window=AT, why=BEN), SECRET, cy, LONG_AGO)

    assert organizers_in_the_way(reasons, place("organizer")) == ["Ben", "Cy"]
    assert organizers_in_the_way(reasons, place("time")) == []
