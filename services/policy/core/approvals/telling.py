"""Write the mails that tell people of a question: what is asked for, why, until when it can be decided, and where.

Everything that people wrote is made one line of visible characters and cut to what a sentence can bear. One rule: of a
private meeting nothing is told but its time and its organizer.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from jinja2 import Environment, StrictUndefined

from libs.contracts.approvals import MailKind
from libs.contracts.values import Window
from services.policy.core.approvals.question import Question
from services.policy.core.naming import cut
from services.policy.core.place import Place
from services.policy.core.policies.phrases import join_and, say_count, say_people
from services.policy.core.times import say_day_of, say_moment, say_window
from services.policy.core.wording import state_reason

MOST_REASONS, MOST_NAMED = 5, 10

_HTML = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
    """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ subject }}</title></head>
<body>
{% for paragraph in paragraphs %}
<p>{{ paragraph }}</p>
{% endfor %}
{% if link is not none %}
<p><a href="{{ link }}">Decide about it</a></p>
{% endif %}
</body>
</html>
"""
)


@dataclass(frozen=True, slots=True)
class ToldQuestion(Question):
    """A question with what mails tell of its space and of what it is about.

    `booked_start` and `booked_end` are those of a booking of which a change is asked for.
    """

    space_name: str
    space_time_zone: str
    title: str
    is_private: bool
    organizer_name: str | None
    booked_start: datetime | None
    booked_end: datetime | None

    @property
    def place(self) -> Place:
        """Return the space as sentences name it."""
        return Place(_visible(self.space_name), self.space_time_zone)

    @property
    def asker_name(self) -> str | None:
        """Return how the organizer is called for whom it is asked."""
        return self.asked.organizer_name if self.asked.names_organizer else self.organizer_name

    @property
    def booked(self) -> tuple[Window, ...]:
        """Return for when it is booked already, by start, if only a change is asked for."""
        if self.change is not None:
            return self.change.booked
        if self.booked_start is None or self.booked_end is None:
            return ()
        return (Window(start=self.booked_start, end=self.booked_end),)


@dataclass(frozen=True, slots=True)
class WrittenMail:
    """A mail in words, plain and as HTML."""

    subject: str
    text: str
    html: str


def write_mail(told: ToldQuestion, kind: MailKind, link: str | None) -> WrittenMail:
    """Write the mail of a kind about a question; with a link to the page where its recipient may decide it."""
    subject = _subject(told, kind)
    said = [*_open(told, kind), *_describe(told), *_say_why(told), say_until(told)]
    where = _say_where(told) if link is None else "To decide, open this page. It asks before anything is done:"
    personal = "" if link is None else "The link is for you alone: whoever has it can decide in your name."
    text = "\n\n".join(each for each in (*said, where, link or "", personal) if each) + "\n"
    html = _HTML.render(subject=subject, paragraphs=[each for each in (*said, where, personal) if each], link=link)
    return WrittenMail(subject, text, html)


def _subject(told: ToldQuestion, kind: MailKind) -> str:
    what = f"{told.place.called}, {say_window(told.asked.window, told.place.time_zone)}"
    match kind:
        case "asked" | "asked_instead":
            return f"Please decide: {what}"
        case "reminder":
            return f"Reminder, please decide: {what}"
        case "stand_in":
            return f"Nobody has decided yet: {what}"
        case _:
            assert_never(kind)


def _open(told: ToldQuestion, kind: MailKind) -> Iterator[str]:
    match kind:
        case "asked":
            pass
        case "asked_instead":
            yield "This replaces an earlier question about the same booking, which cannot be decided any more."
        case "reminder":
            yield "Nobody has decided yet about what you were asked before."
        case "stand_in":
            asked = f" {_list(told.approvers)} {'was' if len(told.approvers) == 1 else 'were'} asked before."
            yield f"You are asked as a stand-in, because nobody has decided yet.{asked if told.approvers else ''}"
        case _:
            assert_never(kind)


def _describe(told: ToldQuestion) -> Iterator[str]:
    """Say who asks for what."""
    yield f"{_say_who(told)} asks {_say_what(told)}."
    if told.is_private:
        yield "The meeting is private, so nothing else of it is told."
        return
    yield f'It is about "{_name(told.title)}", and {_say_expected(told.asked.people)}.'


def _say_who(told: ToldQuestion) -> str:
    name, address = _name(told.asker_name or ""), _name(told.asked.organizer or "")
    who = f"{name} ({address})" if name and address else name or address
    if told.moves is not None:
        return f"The back office, for a meeting of {who}," if who else "The back office"
    return who or "The back office"


def _say_what(told: ToldQuestion) -> str:
    place, asked = told.place, told.asked.windows
    times, booked = _say_times(asked, place), told.booked
    if told.change is not None:
        was = f", booked for {_say_times(booked, place)}," if booked else ""
        return f"to change a recurring meeting in {place.called}{was} to {times}"
    if booked:
        return f"to change a booking of {place.called}, {_say_times(booked, place)}, to {times}"
    return f"for {place.called}{f' for a recurring meeting on {times}' if len(asked) > 1 else f', {times}'}"


def _say_times(windows: Sequence[Window], place: Place) -> str:
    """Say a time, or how many there are, and which is the first and which the last."""
    first = say_window(windows[0], place.time_zone)
    if len(windows) == 1:
        return first
    last = say_day_of(windows[-1], place.time_zone)
    return f"{say_count(len(windows), 'date')}: the first is {first}, the last is on {last}"


def _say_expected(people: int) -> str:
    return f"{say_people(people)} {'is' if people == 1 else 'are'} expected"


def _say_why(told: ToldQuestion) -> Iterator[str]:
    """Say why an administrator has to decide; of many reasons the first."""
    if told.is_private:
        return
    said = list(dict.fromkeys(_visible(state_reason(each, told.place).message) for each in told.reasons))
    yield " ".join(said[:MOST_REASONS])
    if len(said) > MOST_REASONS:
        yield f"There are {say_count(len(said) - MOST_REASONS, 'more reason')}, which the question lists."


def say_until(told: ToldQuestion) -> str:
    """Say until when it can be decided, and what happens then."""
    zone, ends_at = told.place.time_zone, told.asked.ends_at
    stays = "the booking stays as it is" if told.booked or told.change is not None else "it is declined"
    over = f"until it is over, {say_moment(ends_at, zone)}"
    if told.deadline_at is None or told.deadline_at >= ends_at:
        return f"It can be decided {over}. If nobody has decided by then, {stays}."
    by = f"Please decide by {say_moment(told.deadline_at, zone)}. If nobody has decided by then,"
    match told.at_deadline:
        case "reject":
            return f"{by} {stays}."
        case "approve":
            return f"{by} it is approved."
        case "leave":
            return f"{by} it waits on, and can be decided {over}."
        case _:
            assert_never(told.at_deadline)


def _say_where(told: ToldQuestion) -> str:
    return (
        f"It is decided by the API, at /v1/approvals/{told.id}, or by an operator with "
        f"`roomsync approvals approve {told.id}` or `reject` on the command line."
    )


def _list(addresses: Sequence[str]) -> str:
    more = len(addresses) - MOST_NAMED
    return join_and([*addresses[:MOST_NAMED], *([f"{more:,} more"] if more > 0 else [])])


def _name(text: str) -> str:
    return cut(_visible(text))


def _visible(text: str) -> str:
    """Return a text with a space for whatever is not visible, such as a mark that turns the direction of reading."""
    return "".join(" " if unicodedata.category(each)[0] == "C" else each for each in text)
