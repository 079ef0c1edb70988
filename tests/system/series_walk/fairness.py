"""What changes of the organizer may lead to: no refusal without a reason, and no answers that contradict each other.

Only where both sides were quiet before and after one change is it known what led to what. After several changes at
once the last word has to be true.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from deploy.driver.eventually import expect
from deploy.driver.http import Json
from tests.system.series_walk.agreement import REFUSED_EDIT
from tests.system.series_walk.sides import DateKey, Sides, series_of

REFUSALS = ("declined", REFUSED_EDIT)
MOST_MAILS = 1
"""By how many mails a room may answer one change, of all of a series or of one date."""

MailedAbout = tuple[str, str, str | None]
"""To whom a room's answer went, about which series, and about which of its dates if it was about one."""


def check_refusals(before: Sides, after: Sides) -> None:
    """Check after one change that whatever is refused now, and was not before, is in the way of another series."""
    for series in {key.series for key in _newly_refused(before, after)}:
        refused = [key for key in _newly_refused(before, after) if key.series == series]
        windows = [after.asked[key].window for key in refused]
        others = [each.window for key, each in after.booked.items() if key.series != series]
        meets = any(one.start < other.end and other.start < one.end for one in windows for other in others)
        named = ", ".join(f"{key} at {after.asked[key].window}" for key in refused)
        expect(meets, f"{named}: refused, and no other series has that time")


def check_keeping(before: Sides, after: Sides) -> None:
    """Check after one change that a series whose change was refused has the times that it had."""
    for series, answer in after.masters.items():
        if answer == REFUSED_EDIT and before.masters.get(series) == "accepted":
            had = sorted(each.window.start for key, each in before.booked.items() if key.series == series)
            has = sorted(each.window.start for key, each in after.booked.items() if key.series == series)
            expect(had == has, f"a refused change costs ..{series[-6:]} {len(had) - len(has)} of {len(had)} dates")


def check_mails(mails: Sequence[Json]) -> None:
    """Check the answers that a room mailed because of one change."""
    for about, answers in _by_subject(mails).items():
        said = [str(each["response"]) for each in answers]
        expect(len(set(said)) == 1, f"one change was answered to {_in_words(about)} by {said}")
        expect(len(said) <= MOST_MAILS, f"one change was answered to {_in_words(about)} {len(said)} times: {said}")


def check_mails_on_dates(mails: Sequence[Json], before: Sides, after: Sides) -> None:
    """Check that one change is not answered for a date, beside its series, that was accepted with it and is like it."""
    about = _by_subject(mails)
    for (who, series, day), answers in about.items():
        key = next((each for each in after.asked if (each.series, f"{each.day}") == (series, day)), None)
        if key is None or (who, series, None) not in about:
            continue
        was, now = before.asked.get(key), after.asked[key]
        is_alike = was is not None and was.is_plain and now.is_plain and was.answer == now.answer == "accepted"
        expect(
            not is_alike,
            f"one change was answered for {key} beside its series: {_in_words((who, series, day))}, "
            f"{len(answers)} times",
        )


def check_last_mails(mails: Sequence[Json], sides: Sides) -> None:
    """Check that nobody was last mailed an answer that is not true any more."""
    last = {about: answers[-1] for about, answers in _by_subject(mails).items()}
    for about, mail in last.items():
        _, series, day = about
        true = sides.masters.get(series) if day is None else _answer_to(sides, series, day)
        whole = last.get((about[0], series, None))
        is_overtaken = day is not None and whole is not None and whole["at"] > mail["at"]
        is_asked = true is not None and true not in {"none", "not invited"}
        if is_asked and not is_overtaken:
            expect(mail["response"] == true, f"{_in_words(about)} was last answered {mail['response']}, and is {true}")


def _newly_refused(before: Sides, after: Sides) -> Iterator[DateKey]:
    for key, asked in after.asked.items():
        was = before.asked.get(key)
        is_new = was is None or was.answer not in REFUSALS or was.window != asked.window
        if asked.answer in REFUSALS and is_new:
            yield key


def _by_subject(mails: Sequence[Json]) -> Mapping[MailedAbout, Sequence[Json]]:
    found: defaultdict[MailedAbout, list[Json]] = defaultdict(list)
    for each in mails:
        found[each["to"], series_of(each["iCalUId"]), each["occurrence"]].append(each)
    return found


def _answer_to(sides: Sides, series: str, day: str) -> str | None:
    return next(
        (each.answer for key, each in sides.asked.items() if key.series == series and f"{key.day}" == day), None
    )


def _in_words(about: MailedAbout) -> str:
    who, series, day = about
    return f"{who.partition('@')[0]} about ..{series[-6:]}" + (f" on {day}" if day else "")
