"""What speaks against a request, and the next time nothing does."""

from datetime import timedelta

import pytest

from libs.contracts.values import Window
from services.policy.core.evaluate import Request, evaluate, next_free
from services.policy.core.ledger import Space, Taken
from tests.unit.policy.factories import NOW, OTHER, RESERVATION, space, taken, window

BUFFERED = space(setup=timedelta(minutes=15), cleanup=timedelta(minutes=30))


def asked(at: Window, **different: object) -> Request:
    return Request(**{"window": at, "people": 2, **different})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "rules"),
    [
        (asked(window(24)), []),
        (asked(window(24), people=9), ["capacity"]),
        (asked(window(24), people=9, is_overridden=True), []),
        (asked(window(26), is_overridden=True), ["availability"]),
        (asked(window(26), own=OTHER), []),
        (asked(window(-2)), ["not_in_the_past"]),
        (asked(window(-1)), ["not_in_the_past"]),
        (asked(window(-0.5)), []),
        (asked(window(24, 60 * 24 * 366)), ["availability"]),
        (asked(window(24, 60 * 24 * 366 + 1)), ["maximum_duration", "availability"]),
        (asked(window(24, 0)), ["minimum_duration"]),
        (asked(window(24 * 3653)), []),
        (asked(window(24 * 3653 + 1)), ["advance_window"]),
        (asked(window(26), is_series=True, people=100), ["series"]),
    ],
)
def test_every_reason_against_a_request_is_found(request_: Request, rules: list[str]) -> None:
    reasons = evaluate(request_, space(), (taken(window(26)),), NOW)

    assert [reason.rule for reason in reasons] == rules
    assert all(reason.message for reason in reasons)


def test_every_conflict_is_a_reason_the_earliest_first() -> None:
    later, earlier = taken(window(25), title="Later"), taken(window(24), title="Earlier")

    reasons = evaluate(asked(window(24, 120)), space(), (later, earlier), NOW)

    assert ["Earlier" in reasons[0].message, "Later" in reasons[1].message] == [True, True]


def test_a_conflict_is_told_in_the_time_of_the_space() -> None:
    reasons = evaluate(asked(window(24)), space(time_zone="America/New_York"), (taken(window(24)),), NOW)

    assert "03:00-04:00 (America/New_York)" in reasons[0].message


@pytest.mark.parametrize(
    ("at", "room", "others", "free"),
    [
        (window(24), space(), [], None),
        (window(24), space(), [taken(window(30))], None),
        (window(24), space(), [taken(window(24))], window(25)),
        (window(24), space(), [taken(window(24)), taken(window(25))], window(26)),
        (window(24), space(), [taken(window(25, 30)), taken(window(24))], window(25.5)),
        (window(24), space(), [taken(window(24)), taken(window(25.5))], window(26.5)),
        (window(24), space(), [taken(window(23.5)), taken(window(24.75))], window(25.75)),
        (window(24), BUFFERED, [taken(window(24))], window(25.25)),
        (window(24), BUFFERED, [taken(window(24)), taken(window(26.5))], window(27.75)),
        (window(24), BUFFERED, [taken(window(24)), taken(window(26.75))], window(25.25)),
        (window(24), space(), [taken(window(24, 60 * 24))], window(48)),
        (window(24), space(), [taken(window(24, 60 * 24 + 1))], None),
        (window(24), space(), [taken(window(24), reservation_id=RESERVATION)], None),
        (window(-1, 120), space(), [taken(window(-1, 30))], window(0, 120)),
    ],
)
def test_the_next_free_time_is_the_first_that_fits(
    at: Window, room: Space, others: list[Taken], free: Window | None
) -> None:
    assert next_free(asked(at, own=RESERVATION), room, others, NOW) == free
