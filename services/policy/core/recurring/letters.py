"""Tell the organizer of a recurring meeting about its dates: of the first ones in full, of the others by name."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from services.policy.core.advice import advise
from services.policy.core.alternatives import NO_ALTERNATIVES
from services.policy.core.answers.kinds import AnswerKind, Variables
from services.policy.core.explanations import Explanation, OnDate, is_conflict
from services.policy.core.naming import as_sentence
from services.policy.core.notices import (
    SeriesApproved,
    SeriesAwaitsApproval,
    SeriesBooked,
    SeriesChangeAwaitsApproval,
    SeriesDeclined,
    SeriesEditRefused,
    SeriesMoveWanted,
    SeriesMoveWithdrawn,
    SeriesTakenAway,
)
from services.policy.core.place import Place
from services.policy.core.policies.phrases import join_and, say_count
from services.policy.core.times import say_date, say_day_of, say_moment, say_window_plainly
from services.policy.core.wording import organizers_in_the_way, state_reason

MOST_DATES_EXPLAINED = 3
MOST_DATES_NAMED = 12
_LEAVE_OUT = "Please leave these dates out, or choose another time or another room."
_MOVE_SERIES = "Move the series in your calendar, or these dates one by one, and the room accepts them there."
_MOVE_DATES = "Move these dates in your calendar, one by one or with all that follow, and the room accepts them there."


AnySeriesNotice = (
    SeriesBooked
    | SeriesAwaitsApproval
    | SeriesChangeAwaitsApproval
    | SeriesApproved
    | SeriesDeclined
    | SeriesEditRefused
    | SeriesMoveWanted
    | SeriesMoveWithdrawn
    | SeriesTakenAway
)


def tell_of_series(notice: AnySeriesNotice, place: Place) -> tuple[AnswerKind, Variables]:  # noqa: PLR0911 - one each
    """Return the kind of answer that a notice about a series becomes, and the variables of its own."""
    match notice:
        case SeriesBooked() | SeriesApproved():
            return AnswerKind.SERIES_ACCEPT, _tell_what_is_booked(notice, place)
        case SeriesAwaitsApproval():
            return AnswerKind.SERIES_TENTATIVE, _tell_what_is_asked(notice, place)
        case SeriesChangeAwaitsApproval():
            return AnswerKind.SERIES_EDIT_TENTATIVE, _tell_what_is_asked(notice, place)
        case SeriesDeclined(reasons=reasons):
            return AnswerKind.SERIES_DECLINE, {**_tell_why(notice, place), "advice": _advise(reasons, place)}
        case SeriesEditRefused():
            return AnswerKind.SERIES_EDIT_REFUSED, _tell_why(notice, place)
        case SeriesMoveWanted():
            return AnswerKind.SERIES_MOVE_WANTED, _tell_what_is_to_move(notice, place)
        case SeriesMoveWithdrawn(dates=dates):
            return AnswerKind.SERIES_MOVE_WITHDRAWN, {"dates": say_count(dates, "date")}
        case SeriesTakenAway(comment=comment, since=since):
            return AnswerKind.SERIES_CANCELLED, {
                "dates": say_count(notice.dates, "date"),
                "since": _say_day(since, place),
                "comment": as_sentence(comment) if comment else "",
            }
        case _:
            assert_never(notice)


def _tell_what_is_booked(notice: SeriesBooked | SeriesApproved, place: Place) -> Variables:
    booked = notice if isinstance(notice, SeriesBooked) else None
    return {
        "dates": say_count(notice.dates, "date"),
        "until": _say_day(notice.until, place),
        "skipped_dates": say_count(len(booked.skipped), "date") if booked is not None and booked.skipped else "",
        "skipped": _state_dates(booked.skipped, place) if booked is not None else [],
        "warnings": _state_dates(booked.warnings, place) if booked is not None else [],
        "approval": state_reason(notice.why, place).message if isinstance(notice, SeriesApproved) else "",
    }


def _tell_what_is_asked(notice: SeriesAwaitsApproval | SeriesChangeAwaitsApproval, place: Place) -> Variables:
    return {
        "dates": say_count(notice.dates, "date"),
        "until": _say_day(notice.until, place),
        "reasons": _state_dates(notice.reasons, place),
        "deadline": say_moment(notice.deadline, place.time_zone) if notice.deadline is not None else "",
    }


def _tell_what_is_to_move(notice: SeriesMoveWanted, place: Place) -> Variables:
    zone, more = place.time_zone, notice.dates - len(notice.first)
    moves = [(say_window_plainly(one.booked, zone), say_window_plainly(one.proposed, zone)) for one in notice.first]
    named = [say_count(more, "more date")] if more > 0 else []
    named += ["all dates that follow"] if notice.goes_on else []
    how = _MOVE_SERIES if notice.is_all else _MOVE_DATES
    return {
        "dates": say_count(notice.dates, "date"),
        "moves": [f"{booked} to {proposed}" for booked, proposed in moves],
        "others": f"Likewise: {join_and(named)}." if named else "",
        "deadline": say_moment(notice.until, zone),
        "how_to_move": [how],
    }


def _tell_why(notice: SeriesDeclined | SeriesEditRefused, place: Place) -> Variables:
    return {
        "dates": say_count(notice.dates, "date"),
        "refused_dates": _say_how_many(notice.reasons, notice.dates),
        "reasons": _state_dates(notice.reasons, place),
        "taken_by": organizers_in_the_way(notice.reasons, place),
    }


def _say_day(moment: datetime | None, place: Place) -> str:
    return say_date(moment.astimezone(ZoneInfo(place.time_zone)).date()) if moment is not None else ""


def _say_how_many(reasons: Sequence[Explanation], dates: int) -> str:
    refused = len({each.window for each in reasons if isinstance(each, OnDate)})
    return f"{refused} of its {say_count(dates, 'date')}" if refused else ""


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
