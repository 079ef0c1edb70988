"""Rules of series in words."""

from datetime import UTC, datetime

import pytest

from libs.contracts.values import Window
from services.policy.core.recurrence.rfc5545 import parse_rrule
from services.policy.core.recurrence.stored import as_text
from services.policy.core.recurrence.telling import say_recurrence, say_series

FIRST = Window(start=datetime(2027, 3, 1, 9, tzinfo=UTC), end=datetime(2027, 3, 1, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("FREQ=DAILY;COUNT=3", "Every day, 3 times."),
        ("FREQ=WEEKLY;COUNT=1", "Every week on Monday, once."),
        ("FREQ=WEEKLY;INTERVAL=2;UNTIL=20270501", "Every 2 weeks on Monday, until Sat 01 May 2027."),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "Every week on Monday, Wednesday and Friday, without an end."),
        ("FREQ=MONTHLY;COUNT=2", "Every month on day 1, 2 times."),
        ("FREQ=MONTHLY;BYDAY=1MO;COUNT=2", "Every month on the first Monday, 2 times."),
        ("FREQ=YEARLY;COUNT=2", "Every year on day 1 in March, 2 times."),
    ],
)
def test_a_rule_is_said_in_words(rule: str, sentence: str) -> None:
    recurrence = parse_rrule(rule, FIRST, "UTC")

    assert say_recurrence(recurrence) == sentence
    assert say_series(as_text(recurrence), {}, FIRST, "UTC") == sentence


def test_dates_that_are_left_out_are_counted() -> None:
    recurrence = parse_rrule("RRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20270302", FIRST, "UTC")

    assert say_recurrence(recurrence) == "Every day, 3 times. 1 date of that left out."


def test_a_series_of_outlook_is_said_by_its_own_recurrence() -> None:
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}
    recurrence = {
        "pattern": pattern,
        "range": {"type": "numbered", "startDate": "2027-03-01", "numberOfOccurrences": 2},
    }

    assert say_series(None, recurrence, FIRST, "UTC") == "Every week on Monday, 2 times."
    assert say_series(None, {}, FIRST, "UTC") == "It recurs as Outlook has it, which no rule of ours says."
