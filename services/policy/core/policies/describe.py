"""Say what a policy asks for, for whom it does not hold and what breaking it leads to, to whoever sets policies.

What people are told whose booking breaks one is the rule's own `say`.
"""

from typing import assert_never

from services.policy.core.naming import as_sentence
from services.policy.core.policies.approval import Approval, ApprovalConditions
from services.policy.core.policies.dates import AdvanceWindow, Blackout, BookingDates, ChangeCutOff, LeadTime
from services.policy.core.policies.durations import AllDay, MaximumDuration, MinimumDuration, TimeGrid
from services.policy.core.policies.hours import Hours, OpeningHours
from services.policy.core.policies.parameters import WEEKDAYS
from services.policy.core.policies.people import Capacity, WhoMayBook
from services.policy.core.policies.phrases import join_and, join_or, say_count, say_every, say_minutes, say_people
from services.policy.core.policies.policy import AnyRule, Dates, Effect, Exemptions, Scope
from services.policy.core.policies.resolve import Exempted, OutsideDates, WhyNot, YieldsTo
from services.policy.core.policies.series import Series
from services.policy.core.policies.usage import Concurrency, Quota
from services.policy.core.times import say_date, say_instant

MOST_NAMED = 5
"""How many addresses, domains or lengths a sentence names."""

EFFECTS: dict[Effect, str] = {
    "deny": "A booking that breaks it is declined, and the organizer is told the limit and what was asked for.",
    "approve": "A booking that breaks it is answered tentatively, and waits for an administrator.",
    "warn": "A booking that breaks it is accepted, and the answer says what to note.",
    "shadow": "Nothing changes in Outlook; it is only recorded which bookings would have broken it.",
}
"""What breaking a policy leads to in Outlook."""


def describe_rule(rule: AnyRule) -> str:  # noqa: C901, PLR0911, PLR0912 - one sentence for each kind
    """Say in a sentence what a rule asks for."""
    match rule:
        case MaximumDuration(minutes=minutes):
            return f"A booking lasts {say_minutes(minutes)} at most."
        case MinimumDuration(minutes=minutes):
            return f"A booking lasts {say_minutes(minutes)} at least."
        case LeadTime(minutes=minutes):
            return f"A booking is made at least {say_minutes(minutes)} before it starts."
        case ChangeCutOff():
            return _describe_cut_off(rule)
        case AdvanceWindow(days=days, opens_at=opens_at):
            ahead = f"{say_count(days, 'day')} ahead at most" if days else "on the day itself only"
            return f"A booking is made {ahead}{f', from {opens_at} on' if opens_at else ''}."
        case BookingDates(from_=from_, until=until):
            starts = f" from {say_date(from_)}" if from_ else ""
            return f"A booking lies on dates{starts}{f' until {say_date(until)}' if until else ''}."
        case OpeningHours(weekly=weekly):
            return f"A booking lies within the opening hours: {_say_hours(weekly)}."
        case Blackout(from_=from_, to=to, title=title):
            return (
                f"Nothing is booked from {say_instant(from_, 'UTC')} to {say_instant(to, 'UTC')} (UTC): "
                + as_sentence(title)
            )
        case TimeGrid(minutes=minutes, lengths=lengths):
            lasts = f" and lasts {join_or(_some([say_minutes(each) for each in lengths]))}" if lengths else ""
            return f"A booking starts {say_every(minutes)}, counted from midnight{lasts}."
        case AllDay(allowed=allowed, most_days=most):
            return (
                f"A booking covers {say_count(most or 0, 'whole day')} at most."
                if allowed
                else "No whole day is booked."
            )
        case Capacity():
            return _describe_capacity(rule)
        case WhoMayBook():
            return _describe_who(rule)
        case Quota():
            return _describe_quota(rule)
        case Concurrency(spaces=spaces):
            return f"One organizer has {say_count(spaces, 'room')} at a time at most."
        case Series():
            return _describe_series(rule)
        case Approval():
            return _describe_approval(rule)
        case _:
            assert_never(rule)


def describe_exemptions(exempt: Exemptions) -> str | None:
    """Say for whom a policy does not hold; None if it holds for everybody."""
    people = [*_some(exempt.addresses), *_domains(exempt.domains)]
    callers = [f"callers with the role {each}" for each in exempt.roles]
    ways = [f"what comes in by {each}" for each in exempt.channels]
    named = [*people, *callers, *ways]
    return f"It does not hold for {join_and(named)}." if named else None


def describe_dates(dates: Dates) -> str | None:
    """Say on which dates a policy holds; None if on all."""
    if dates.from_ is None and dates.until is None:
        return None
    from_ = f" from {say_date(dates.from_)}" if dates.from_ else ""
    until = f" until {say_date(dates.until)}" if dates.until else ""
    return f"It holds for what starts{from_}{until}."


def _some(named: list[str] | tuple[str, ...]) -> list[str]:
    more = len(named) - MOST_NAMED
    return [*named[:MOST_NAMED], *([f"{more:,} more"] if more > 0 else [])]


def _domains(named: tuple[str, ...]) -> list[str]:
    return [f"everybody of {each}" for each in _some(named)]


def _say_hours(weekly: Hours) -> str:
    spans = {day: ", ".join(f"{opens}-{closes}" for opens, closes in weekly[day]) for day in WEEKDAYS if day in weekly}
    return "; ".join(f"{day.title()} {said}" for day, said in spans.items())


def _describe_cut_off(rule: ChangeCutOff) -> str:
    limits = [("changed", rule.change_minutes), ("cancelled", rule.cancel_minutes)]
    said = [f"{done} until {say_minutes(minutes)}" for done, minutes in limits if minutes is not None]
    return f"A booking is {join_and(said)} before it starts."


def _describe_capacity(rule: Capacity) -> str:
    margin = f", and {rule.margin:,} more" if rule.margin else ""
    least = f", and {say_people(rule.at_least)} at least" if rule.at_least else ""
    return f"As many people come as the room holds{margin}{least}."


def _describe_who(rule: WhoMayBook) -> str:
    listed = [*_some(rule.addresses), *_domains(rule.domains)]
    outside = {
        "yes": None,
        "no": "People from outside do not book.",
        "approval": "People from outside book if an administrator approves.",
    }[rule.external]
    sentences = [f"Only {join_and(listed)} may book." if listed else None, outside]
    return " ".join(each for each in sentences if each is not None)


def _describe_quota(rule: Quota) -> str:
    amount = (
        say_count(rule.limit, "booking") if rule.measure == "bookings" else f"{say_minutes(rule.limit)} of bookings"
    )
    period = "to come" if rule.per == "future" else f"a {rule.per}"
    peak = f", counted only within {_say_hours(rule.peak)}" if rule.peak is not None else ""
    return f"One organizer has {amount} {period} at most{peak}."


def _describe_series(rule: Series) -> str:
    if not rule.allowed:
        return "No recurring meeting is booked."
    most = f" {say_count(rule.most_occurrences, 'time')} at most" if rule.most_occurrences else ""
    end = "" if rule.open_ended else ", and has an end"
    conflict = {
        "all_or_nothing": "One conflict declines all of it.",
        "skip_conflicts": "A conflict declines only its own date.",
    }[rule.on_conflict]
    return f"A recurring meeting is booked{most}{end}. {conflict}"


def _describe_approval(rule: Approval) -> str:
    if rule.when == "never":
        return "No booking needs approval."
    asked = f"{join_or(_some(rule.approvers))} is asked."
    if rule.when == "always":
        return f"Every booking needs approval; {asked}"
    return f"A booking needs approval if it {join_or(_conditions(rule.when))}; {asked}"


def _conditions(when: ApprovalConditions) -> list[str]:
    said = [
        f"lasts more than {say_minutes(when.minutes_over)}" if when.minutes_over is not None else None,
        f"is for more than {say_people(when.people_over)}" if when.people_over is not None else None,
        f"starts more than {say_count(when.days_ahead_over, 'day')} ahead"
        if when.days_ahead_over is not None
        else None,
        "lies outside the opening hours" if when.outside_opening_hours else None,
        "is made by people from outside" if when.external else None,
    ]
    return [each for each in said if each is not None]


_HOLDS_IN: dict[Scope, str] = {
    "all": "all spaces",
    "group": "a group of spaces",
    "space": "this space",
}


def say_why_not(why_not: WhyNot) -> str:
    """Say why a policy does not judge."""
    match why_not:
        case Exempted(what):
            return f"It exempts {what}."
        case OutsideDates(policy):
            return f"It holds from {policy.dates.from_ or 'ever'} until {policy.dates.until or 'further notice'}."
        case YieldsTo(other):
            name = f"{other.name} ({other.id})" if other.name else str(other.id)
            return f"It yields to the policy {name}, which is attached to {_HOLDS_IN[other.attach.scope]}."
        case _:
            assert_never(why_not)
