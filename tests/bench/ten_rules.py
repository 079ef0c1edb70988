"""Ten rules that what the benchmark asks for keeps to: of ten kinds, each for all spaces, each refusing what breaks it.

Eight of them look at a request alone. Those that count what the organizer has besides take a lock on the organizer and
one more query, so they are in a set of their own.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from deploy.local.tenant import DOMAIN
from services.policy.core.policies.dates import AdvanceWindow, Blackout, LeadTime
from services.policy.core.policies.durations import AllDay, MaximumDuration, MinimumDuration, TimeGrid
from services.policy.core.policies.hours import OpeningHours
from services.policy.core.policies.parameters import WEEKDAYS
from services.policy.core.policies.people import Capacity, WhoMayBook
from services.policy.core.policies.rule import Rule
from services.policy.core.policies.usage import Concurrency, Quota

OPENS, CLOSES = 7, 19
"""The hours between which every space can be booked, on every day of the week."""

_EIGHT: Sequence[Rule] = (
    MaximumDuration(minutes=480),
    LeadTime(minutes=30),
    AdvanceWindow(days=3000, opens_at="00:00"),
    OpeningHours(weekly=dict.fromkeys(WEEKDAYS, ((f"{OPENS:02}:00", f"{CLOSES:02}:00"),))),
    Blackout(from_=datetime(2199, 12, 24, tzinfo=UTC), to=datetime(2199, 12, 27, tzinfo=UTC), title="Holidays"),
    TimeGrid(minutes=15),
    Capacity(),
    WhoMayBook(domains=(DOMAIN,), external="no"),
)

TEN: Sequence[Rule] = (*_EIGHT, MinimumDuration(minutes=15), AllDay(allowed=False))
"""Ten rules, none of which counts what else the organizer has."""

TEN_THAT_COUNT: Sequence[Rule] = (*_EIGHT, Quota(limit=100, measure="bookings", per="week"), Concurrency(spaces=10))
"""Ten rules, two of which count what else the organizer has: in a week, and at a time."""
