"""Whether two clocks tell the same time, as far as a reading over the network can say."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.findings.finding import Finding, FindingCode
from services.findings.registry import fill_in

BEARABLE = timedelta(seconds=30)


def judge_clock(whose: str, there: datetime, here: datetime, *, now: datetime) -> Iterator[Finding]:
    """Tell if a clock differs too much from ours; `here` is our time when it was read."""
    apart = abs(there - here)
    if apart > BEARABLE:
        words = {"whose": whose, "seconds": f"{apart.total_seconds():.0f} s"}
        yield fill_in(FindingCode.CLOCK_IS_WRONG, f"the clock of {whose}", now, words)
