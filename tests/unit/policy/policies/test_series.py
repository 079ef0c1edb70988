"""The rule about recurring meetings."""

from services.policy.core.policies.rule import AskedSeries
from services.policy.core.policies.series import Series
from tests.unit.policy.policies.tables import (
    Breaks,
    Covers,
    Eases,
    OfKind,
    Refused,
    asked,
    refused_flags,
    refused_numbers,
)

ENDLESS, TEN, TWELVE = (asked(series=AskedSeries(occurrences=count)) for count in (None, 10, 12))


class TestSeries(OfKind):
    kind = Series
    holds = (
        (Series(allowed=False), asked()),
        (Series(allowed=True), ENDLESS),
        (Series(allowed=True, open_ended=False), TWELVE),
        (Series(allowed=True, most_occurrences=12), TWELVE),
        (Series(allowed=True, most_occurrences=12), ENDLESS),
    )
    breaks = (
        Breaks(
            Series(allowed=False),
            TEN,
            "single meetings",
            "a recurring series",
            "Aurora cannot be booked for recurring meetings.",
        ),
        Breaks(
            Series(allowed=True, open_ended=False),
            ENDLESS,
            "a series with an end",
            "a series without an end",
            "Aurora can only be booked for recurring meetings that have an end.",
        ),
        Breaks(
            Series(allowed=True, most_occurrences=11),
            TWELVE,
            "11",
            "12",
            "A recurring meeting can have Aurora 11 times at most, and this one asks for 12 times.",
        ),
        Breaks(
            Series(allowed=True, most_occurrences=1),
            TEN,
            "1",
            "10",
            "A recurring meeting can have Aurora 1 time at most, and this one asks for 10 times.",
        ),
    )
    eases = (
        Eases(Series(allowed=True, most_occurrences=5), TWELVE, TEN, True),
        Eases(Series(allowed=True, most_occurrences=5), TEN, TWELVE, False),
        Eases(Series(allowed=False), TWELVE, TEN, False),
    )
    covers = (
        Covers(Series(allowed=False), Series(allowed=False), True),
        Covers(Series(allowed=True), Series(allowed=True, on_conflict="skip_conflicts"), False),
    )
    refused = (
        *refused_flags("allowed"),
        *refused_flags("open_ended", allowed=True),
        *refused_numbers("most_occurrences", least=1, most=100_000, allowed=True),
        Refused({"allowed": True, "on_conflict": "retry"}, "'all_or_nothing' or 'skip_conflicts'"),
        Refused({}, "Field required"),
    )
