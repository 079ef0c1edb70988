"""What people read."""

from datetime import UTC, datetime

import pytest

from libs.contracts.values import Reason, Window
from services.policy.core import wording
from tests.unit.policy.factories import window

ZONE = "Europe/Berlin"
CONFLICT = Reason(rule="availability", message="It is taken.")
CROWD = Reason(rule="capacity", message="It is too small.")


def test_a_time_is_said_in_the_zone_of_the_space_across_a_change_of_clocks() -> None:
    before, after = datetime(2027, 3, 27, 23, 30, tzinfo=UTC), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)

    said = wording.span(Window(start=before, end=after), ZONE)

    assert said == "Sun 28 Mar 2027, 00:30-03:30 (Europe/Berlin)"


def test_a_time_that_ends_on_another_day_says_which() -> None:
    assert wording.span(window(14, 120), ZONE) == "Mon 01 Mar 2027, 23:00-Tue 02 Mar 2027, 01:00 (Europe/Berlin)"


@pytest.mark.parametrize(
    ("reasons", "free", "advice"),
    [
        ((CONFLICT,), window(25), "The next free time of this room is Tue 02 Mar 2027, 10:00-11:00"),
        ((CONFLICT,), None, "no free time of that length within a day"),
        ((CROWD,), None, "choose another room"),
        ((CROWD, CONFLICT), window(25), "next free time"),
    ],
)
def test_a_refusal_says_what_why_and_what_would_work(
    reasons: tuple[Reason, ...], free: Window | None, advice: str
) -> None:
    refused = wording.declined("Aurora", reasons, free, ZONE)
    kept = wording.edit_refused("Aurora", reasons, window(24), free, ZONE)

    assert refused.startswith("Aurora could not be booked.")
    assert kept.startswith("Aurora could not follow your change.")
    assert "stays booked for you at the original time, Tue 02 Mar 2027, 09:00-10:00" in kept
    for text in (refused, kept):
        assert all(reason.message in text for reason in reasons)
        assert advice in text


@pytest.mark.parametrize(("count", "rest"), [(3, None), (4, "One more booking is"), (6, "3 more bookings are")])
def test_of_many_conflicts_a_few_are_named(count: int, rest: str | None) -> None:
    many = [Reason(rule="availability", message=f"It is taken by Talk {number}.") for number in range(count)]

    text = wording.declined("Aurora", [*many, CROWD], None, ZONE)

    assert text.count("It is taken by") == 3
    assert CROWD.message in text
    assert rest is None or rest in text


@pytest.mark.parametrize("comment", [None, "A pipe burst."])
def test_who_cancelled_is_said_and_why_if_it_is_known(comment: str | None) -> None:
    text = wording.cancelled_by_administrator("Aurora", comment)

    assert "cancelled by its administrator" in text
    assert comment is None or text.endswith(comment)
