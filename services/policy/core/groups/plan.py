"""Which dates of a group are booked now: as many as the limits allow, and later ones as time passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from libs.contracts.values import Window
from services.policy.core.policies.rule import AskedSeries
from services.policy.core.recurrence.expand import Planned, dates, expand
from services.policy.core.recurrence.rule import Recurrence
from services.policy.core.times import later

MOST_COUNTED = 10_000
"""More dates than these are not counted; no recurrence that ends has as many."""


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """How many dates of a group are booked at a time, and how far ahead."""

    occurrences: int = 150
    ahead: timedelta = timedelta(days=366)


BY_DEFAULT = PlanLimits()


@dataclass(frozen=True, slots=True)
class Plan:
    """The dates of a group that are to be booked now; later ones, if any, start at `booked_until` or after it."""

    dates: Sequence[Planned]
    booked_until: datetime | None


def plan_dates(recurrence: Recurrence, first: Window, time_zone: str, limits: PlanLimits, now: datetime) -> Plan:
    """Return the dates of a group that are to come, within the limits.

    A group that begins far ahead is looked at from its beginning.
    """
    horizon = later(max(now, first.start), limits.ahead)
    to_come = (each for each in expand(recurrence, first, time_zone) if each.window.end > now)
    found = list(islice(to_come, limits.occurrences + 1))
    booked = [each for each in found[: limits.occurrences] if each.window.start < horizon]
    if len(booked) == len(found):
        return Plan(booked, None)
    return Plan(booked, min(horizon, found[len(booked)].window.start) if len(booked) < len(found) else horizon)


def asked_series(recurrence: Recurrence) -> AskedSeries:
    """Return what a rule about series looks at: how many dates it has, if it has an end."""
    if any(rule.count is None and rule.until is None for rule in recurrence.rules):
        return AskedSeries(None)
    return AskedSeries(sum(1 for _ in islice(dates(recurrence), MOST_COUNTED)))
