"""What speaks against a request."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.contracts.values import Window
from services.policy.core.evaluate import evaluate
from services.policy.core.explanations import Explanation
from services.policy.core.policies.counting import find_counted_range
from services.policy.core.policies.policy import RULES
from services.policy.core.request import Request
from services.policy.core.verdict import Accept, Refuse, Verdict
from services.policy_listing import EXAMPLES
from tests.unit.policy.factories import BOOKED, CAPACITY, NOW, OTHER, ledger, rules_of, space, stated, taken, window

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def _reasons(verdict: Verdict) -> tuple[Explanation, ...]:
    return () if isinstance(verdict, Accept) else verdict.reasons


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
    verdict = evaluate(request_, ledger(taken=(taken(window(26)),), policies=(CAPACITY,)))

    assert isinstance(verdict, Refuse if rules else Accept)
    assert rules_of(_reasons(verdict)) == rules
    assert all(reason.message for reason in stated(_reasons(verdict)))


def test_every_conflict_is_a_reason_the_earliest_first() -> None:
    later, earlier = taken(window(25), organizer_name="Eve"), taken(window(24), organizer_name="Ben")

    reasons = stated(_reasons(evaluate(asked(window(24, 120)), ledger(taken=(later, earlier)))))

    assert ["by Ben" in reasons[0].message, "by Eve" in reasons[1].message] == [True, True]


@pytest.mark.parametrize(
    ("at", "is_said"),
    [
        (window(23), "taken by Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin), and this room needs 50 minutes"),
        (window(25), "taken by Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin), and this room needs 25 minutes"),
        (window(24.5), "taken by Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin)."),
    ],
)
def test_what_only_buffers_keep_apart_says_how_long_they_are(at: Window, is_said: str) -> None:
    """The other meeting has the buffers of the day on which it was booked, here 20 minutes before and 10 after it."""
    room = space(setup=timedelta(minutes=15), cleanup=timedelta(minutes=30))
    booked = window(24)
    other = taken(booked, starts_at=booked.start - timedelta(minutes=20), ends_at=booked.end + timedelta(minutes=10))

    [reason] = stated(_reasons(evaluate(asked(at), ledger(space=room, taken=(other,)))), room)

    assert is_said in reason.message
    assert reason.limit == ("free" if at == window(24.5) else is_said.rpartition("needs ")[2] + " between two bookings")


def test_a_conflict_is_told_in_the_time_of_the_space() -> None:
    room = space(time_zone="America/New_York")

    reasons = stated(_reasons(evaluate(asked(window(24)), ledger(space=room, taken=(taken(window(24)),)))), room)

    assert "03:00-04:00 (America/New_York)" in reasons[0].message


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (FIRST, FIRST + timedelta(hours=1)),
        (LAST - timedelta(hours=1), LAST),
        (BOOKED.start, LAST),
        (LAST.replace(hour=0), LAST.replace(hour=22)),
    ],
)
def test_a_time_that_no_rule_could_allow_is_refused_whatever_the_rules(
    start: datetime, end: datetime, zone: str
) -> None:
    at = Window(start=start, end=end)
    rules = tuple(
        CAPACITY.model_copy(update={"rule": RULES.validate_python({**each["parameters"], "kind": kind})})
        for kind, each in EXAMPLES.items()
    )
    an_hour = timedelta(hours=1)
    buffered = space(time_zone=zone, setup=an_hour, cleanup=an_hour)
    room = ledger(space=buffered, policies=rules, taken=(taken(),))

    verdict = evaluate(asked(at, organizer="ada@example.org"), room)

    assert isinstance(verdict, Refuse)
    assert verdict.judged_by == ()
    assert find_counted_range(rules, at, NOW, zone) is None
