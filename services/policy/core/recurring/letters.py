"""Write what the organizer of a recurring meeting reads: the first dates in full, the others by name."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from services.policy.core.advice import advise
from services.policy.core.alternatives import NO_ALTERNATIVES
from services.policy.core.explanations import Explanation, OnDate, is_conflict
from services.policy.core.notices import (
    SeriesApproved,
    SeriesAwaitsApproval,
    SeriesBooked,
    SeriesDeclined,
    SeriesEditRefused,
)
from services.policy.core.place import Place
from services.policy.core.policies.phrases import join_and, say_count
from services.policy.core.times import say_date, say_day_of, say_moment
from services.policy.core.wording import state_reason

MOST_DATES_EXPLAINED = 3
MOST_DATES_NAMED = 12
_LEAVE_OUT = "Please leave these dates out, or choose another time or another room."


def write_about_series(
    notice: SeriesBooked | SeriesAwaitsApproval | SeriesApproved | SeriesDeclined | SeriesEditRefused,
    room: str,
    place: Place,
) -> Sequence[str]:
    """Return the sentences of a notice about a series."""
    match notice:
        case SeriesBooked():
            return _say_booked(notice, room, place)
        case SeriesAwaitsApproval(dates=dates, reasons=reasons, until=until, deadline=deadline):
            by = f", until {say_moment(deadline, place.time_zone)} at the latest" if deadline is not None else ""
            held = f"{room} is held for this recurring meeting on {say_count(dates, 'date')}"
            return [
                f"{held}, and waits for the approval of an administrator{by}.",
                *_say_until(until, place, "held"),
                *_state_dates(reasons, place),
                "You get another answer as soon as that is decided.",
            ]
        case SeriesApproved(dates=dates, why=why, until=until):
            booked = f"{room} is booked for this recurring meeting on {say_count(dates, 'date')}."
            return [booked, *_say_until(until, place), state_reason(why, place).message]
        case SeriesDeclined(dates=dates, reasons=reasons):
            refused = f"{room} could not be booked for this recurring meeting{_say_how_many(reasons, dates)}."
            return [refused, *_state_dates(reasons, place), *_advise(reasons, place)]
        case SeriesEditRefused(dates=dates, reasons=reasons):
            return [
                f"{room} could not follow your change of this recurring meeting{_say_how_many(reasons, dates)}.",
                *_state_dates(reasons, place),
                f"{room} stays booked for you as it was before.",
                "Undo the change, or make one that fits, and it is accepted again.",
            ]
        case _:
            assert_never(notice)


def _say_booked(notice: SeriesBooked, room: str, place: Place) -> list[str]:
    said = [f"{room} is booked for this recurring meeting on {say_count(notice.dates, 'date')}."]
    said += _say_until(notice.until, place)
    if notice.skipped:
        said += [f"It is not booked, and declines, on {say_count(len(notice.skipped), 'date')}."]
        said += _state_dates(notice.skipped, place)
    if notice.warnings:
        said += ["Please note:", *_state_dates(notice.warnings, place)]
    return said


def _say_until(until: datetime | None, place: Place, how: str = "booked") -> list[str]:
    if until is None:
        return []
    return [f"It is {how} until {_say_day(until, place)} for now; later dates follow as time passes."]


def _say_how_many(reasons: Sequence[Explanation], dates: int) -> str:
    refused = len({each.window for each in reasons if isinstance(each, OnDate)})
    return f", because of {refused} of its {say_count(dates, 'date')}" if refused else ""


def _state_dates(reasons: Sequence[Explanation], place: Place) -> list[str]:
    """Return what is said of the series and of its first dates, and name the other dates."""
    whole = [each for each in reasons if not isinstance(each, OnDate)]
    dated = [each for each in reasons if isinstance(each, OnDate)]
    first, others = dated[:MOST_DATES_EXPLAINED], dated[MOST_DATES_EXPLAINED:]
    named = list(dict.fromkeys(say_day_of(each.window, place.time_zone) for each in others))
    more = len(named) - MOST_DATES_NAMED
    listed = [*named[:MOST_DATES_NAMED], *([f"{more:,} more"] if more > 0 else [])]
    said = [state_reason(each, place).message for each in (*whole, *first)]
    return [*said, *([f"Likewise: {join_and(listed)}."] if listed else [])]


def _advise(reasons: Sequence[Explanation], place: Place) -> list[str]:
    plain = [each.why if isinstance(each, OnDate) else each for each in reasons]
    rules = [each for each in plain if not is_conflict(each)]
    advice = advise(rules, NO_ALTERNATIVES, place)
    return advice if len(rules) == len(plain) else [*advice, _LEAVE_OUT]


def _say_day(instant: datetime, place: Place) -> str:
    return say_date(instant.astimezone(ZoneInfo(place.time_zone)).date())
