"""A rule as the fields of a form, and back."""

import pytest

from services.policy.console.recurring_forms import BY_RULE, read_rule, write_rule
from services.policy.core.recurrence.rfc5545 import parse_rrule
from tests.unit.policy.recurrence.asking import BERLIN, by_rule, window


@pytest.mark.parametrize(
    ("rule", "chosen", "interval", "times", "until"),
    [
        ("FREQ=DAILY;COUNT=3", "daily", "1", "3", ""),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20270401", "weekdays", "1", "", "2027-04-01"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=9", "weekdays", "1", "9", ""),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4", "weekly", "2", "4", ""),
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=4", "weekly", "1", "4", ""),
        ("FREQ=MONTHLY;COUNT=4", "monthly", "1", "4", ""),
        ("FREQ=YEARLY;COUNT=4", "yearly", "1", "4", ""),
    ],
)
def test_a_rule_that_a_choice_says_is_shown_as_that(
    rule: str, chosen: str, interval: str, times: str, until: str
) -> None:
    found = by_rule(rule)

    written = write_rule(found, window(), BERLIN)

    assert written == {"repeats": chosen, "interval": interval, "times": times, "until": until, "rrule": ""}
    assert parse_rrule(read_rule(written) or "", window(), BERLIN) == found


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY;BYDAY=1MO;COUNT=4",
        "RRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20270302",
        "RRULE:FREQ=WEEKLY;COUNT=3\nRRULE:FREQ=MONTHLY;COUNT=3",
    ],
)
def test_a_rule_that_no_choice_says_is_shown_as_it_is_written(rule: str) -> None:
    found = by_rule(rule)

    written = write_rule(found, window(), BERLIN)

    assert (written["repeats"], written["interval"], written["times"], written["until"]) == (BY_RULE, "", "", "")
    assert "DTSTART" not in written["rrule"]
    assert parse_rrule(read_rule(written) or "", window(), BERLIN) == found
