"""Judge a change of a group: all of its dates in one pass, on what they and those before them leave.

A date that cannot be booked stays where it is, if that is allowed, and then it is in the way of others. So what is left
is judged again until no more are refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.policy.core.back_office import ReservationChange, request_of_change
from services.policy.core.evaluate import evaluate
from services.policy.core.groups.cancel import group_in
from services.policy.core.groups.dates import ask_for_date, request_of
from services.policy.core.groups.plan import asked_series
from services.policy.core.groups.planned_change import ChangedGroup, GroupChange
from services.policy.core.ledger import Reservation, Slice
from services.policy.core.recurring.asked import UNKNOWN, slice_of
from services.policy.core.recurring.judge import AskedDate, JudgedDate, judge_dates
from services.policy.core.recurring.judged import JudgedSeries
from services.policy.core.request import Request
from services.policy.core.verdict import Accept, Refuse


def judge_change(changed: ChangedGroup, change: GroupChange, ledger: Slice) -> JudgedSeries:
    """Judge a group as it would be: as such, if it recurs otherwise, and each date that is new or changes."""
    as_such = evaluate(request_as_such(changed, change), ledger) if change.recurs is not None else Accept()
    asked = _asked_dates(changed, change, ledger)
    # What is held for a change that was asked about before is the group's own.
    given_up = {group_in(ledger).id, *(each.id for each in changed.gone), *(each.reservation_id for each in asked)}
    judged = judge_dates(asked, ledger, given_up)
    if changed.after.on_conflict == "skip_conflicts":
        judged = _judge_what_is_left(judged, asked, ledger, given_up)
    return JudgedSeries({}, as_such, judged, may_wait=True, is_change=True)


def is_as_it_was(changed: ChangedGroup) -> bool:
    """Whether nothing changes that rules look at."""
    stays = all(after.judged == before.judged for before, after in changed.kept.values())
    return stays and not changed.gone and not changed.new


def request_as_such(changed: ChangedGroup, change: GroupChange) -> Request:
    """Return what a group asks for as such, as it is to be."""
    asked, wanted = request_of(changed.after, changed.after.window), change.of_dates
    return replace(asked, channel=wanted.channel, roles=wanted.roles, series=asked_series(changed.recurrence))


def _judge_what_is_left(
    judged: Mapping[date, JudgedDate], asked: Sequence[AskedDate], ledger: Slice, given_up: set[UUID]
) -> Mapping[date, JudgedDate]:
    """Judge again what could be booked, as long as there are dates that could not, and so stay where they are."""
    refused: dict[date, JudgedDate] = {}
    while found := {day: each for day, each in judged.items() if isinstance(each.verdict, Refuse)}:
        refused |= found
        given_up = given_up - {each.asked.reservation_id for each in found.values()}
        judged = judge_dates([each for each in asked if each.original_date not in refused], ledger, given_up)
    return {**judged, **refused}


def _asked_dates(changed: ChangedGroup, change: GroupChange, ledger: Slice) -> list[AskedDate]:
    """Return what is to be judged: the dates that are new, and those that change in what rules look at."""
    asked = [
        AskedDate(day, _request(before, after, change.of_dates, ledger), before.id)
        for day, (before, after) in changed.kept.items()
        if after.judged != before.judged
    ]
    return [*asked, *(ask_for_date(changed.after, each, ledger.now) for each in changed.new)]


def _request(before: Reservation, after: Reservation, change: ReservationChange, ledger: Slice) -> Request:
    day = before.original_date
    own = slice_of(ledger, ledger.dates.get(day, UNKNOWN) if day is not None else UNKNOWN)
    return request_of_change(before, after, change, own)
