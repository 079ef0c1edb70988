"""Rules about how far ahead something can be booked or changed, and on which dates."""

from datetime import timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from services.policy.core.naming import as_sentence
from services.policy.core.place import Place
from services.policy.core.policies.clocks import first_shown
from services.policy.core.policies.parameters import Date, Days, Minutes, Moment, OpensAt, Title
from services.policy.core.policies.phrases import say_count, say_minutes, say_until_start
from services.policy.core.policies.rule import A_MINUTE, Asked, Breach, Facet, Rule
from services.policy.core.times import say_date, say_instant, say_window

_A_MOMENT = timedelta(microseconds=1)
_START = frozenset({Facet.START})
_TIME = frozenset({Facet.START, Facet.END})


class LeadTime(Rule):
    """A booking is made at least so many minutes before it starts; so is an edit that moves the start."""

    kind: Literal["lead_time"] = "lead_time"
    minutes: Minutes = Field(description="The shortest time before the start in minutes; exactly as long is enough.")

    looks_at: ClassVar = _START
    another_time_helps: ClassVar = True
    help: ClassVar = "Please choose a later time."

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find a start that is too soon."""
        ahead = asked.window.start - asked.now
        if ahead >= timedelta(minutes=self.minutes):
            return None
        return Breach(limit=self.minutes, actual=ahead // A_MINUTE, at=asked.window.start)

    def say(self, breach: Breach, place: Place) -> str:
        """Say how far ahead it has to be booked, and how far ahead this is."""
        starts = say_until_start(breach.actual or 0)
        return f"{place.called} has to be booked at least {say_minutes(self.minutes)} ahead, and this {starts}."

    def covers(self, other: Rule) -> bool:
        """Whether the other rule asks for no more time."""
        return isinstance(other, LeadTime) and self.minutes >= other.minutes


class ChangeCutOff(Rule):
    """A booking is changed or cancelled at least so many minutes before it starts.

    A cancellation in Outlook always frees the space, and one that comes too late is recorded as late.
    """

    kind: Literal["change_cut_off"] = "change_cut_off"
    change_minutes: Minutes | None = Field(
        None,
        description="The shortest time in minutes from a change to the start that the booking had until then; exactly "
        "as long is enough. Changes are not limited, if left out.",
    )
    cancel_minutes: Minutes | None = Field(
        None,
        description="The shortest time in minutes from the cancellation to the start; exactly as long is enough. "
        "Cancellations are not limited, if left out.",
    )

    looks_at: ClassVar = frozenset(Facet)
    help: ClassVar = "Please leave it as it is, or ask an administrator."

    @model_validator(mode="after")
    def _has_an_effect(self) -> "ChangeCutOff":
        if self.change_minutes is None and self.cancel_minutes is None:
            raise ValueError("change_minutes or cancel_minutes is given, or both")
        return self

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find a change or a cancellation that comes too late; making a booking breaks nothing."""
        limit = self.cancel_minutes if asked.is_cancellation else self.change_minutes
        if asked.standing is None or limit is None:
            return None
        ahead = asked.standing.start - asked.now
        if ahead >= timedelta(minutes=limit):
            return None
        about = "cancel" if asked.is_cancellation else "change"
        return Breach(limit=limit, actual=ahead // A_MINUTE, about=about, at=asked.standing.start)

    def say(self, breach: Breach, place: Place) -> str:
        """Say until when it can be changed or cancelled, and how soon it starts."""
        done = "cancelled" if breach.about == "cancel" else "changed"
        starts = say_until_start(breach.actual or 0)
        before = f"until {say_minutes(breach.limit or 0)} before it starts"
        return f"A booking of {place.called} can be {done} {before}, and this one {starts}."

    def covers(self, other: Rule) -> bool:
        """Whether the other rule asks for no more time, neither for changes nor for cancellations."""
        return (
            isinstance(other, ChangeCutOff)
            and (self.change_minutes or 0) >= (other.change_minutes or 0)
            and (self.cancel_minutes or 0) >= (other.cancel_minutes or 0)
        )


class AdvanceWindow(Rule):
    """A date can be booked from so many days before it on, from midnight or from `opens_at` of that day."""

    kind: Literal["advance_window"] = "advance_window"
    days: Days = Field(
        description="How many dates before the date itself booking opens, in the space's zone; 0 is on the date itself."
    )
    opens_at: OpensAt | None = Field(
        None,
        description="Time of day, in the space's zone, at which the date opens on that day; midnight, if left out.",
    )

    looks_at: ClassVar = _START
    more_is_worse: ClassVar = True
    help: ClassVar = "Please choose an earlier date, or ask again when it is nearer."

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find a date that cannot be booked yet."""
        zone = ZoneInfo(asked.time_zone)
        date, today = asked.window.start.astimezone(zone).date(), asked.now.astimezone(zone).date()
        opens = first_shown(date - timedelta(days=self.days), self.opens_at or "00:00", asked.time_zone)
        if asked.now >= opens:
            return None
        return Breach(limit=self.days, actual=(date - today).days, at=opens)

    def say(self, breach: Breach, place: Place) -> str:
        """Say how far ahead it can be booked, how far ahead this is, and from when on this date can be booked."""
        most = f"{say_count(self.days, 'day')} ahead at most" if self.days else "on the day itself only"
        from_ = f", from {self.opens_at} on" if self.opens_at is not None else ""
        this_is = f"{say_count(breach.actual, 'day')} ahead" if breach.actual else "today"
        opens = say_instant(breach.at, place.time_zone) if breach.at is not None else "a later time"
        limit = f"{place.called} can be booked {most}{from_}"
        return f"{limit}, and this is {this_is}: it can be booked from {opens} ({place.time_zone}) on."

    def covers(self, other: Rule) -> bool:
        """Whether every date opens no earlier than by the other rule."""
        if not isinstance(other, AdvanceWindow):
            return False
        return (-self.days, self.opens_at or "") >= (-other.days, other.opens_at or "")


class BookingDates(Rule):
    """A booking lies within these dates, such as a term; both are included, and either may be left out."""

    kind: Literal["booking_dates"] = "booking_dates"
    from_: Date | None = Field(
        None, description="The first date, in the space's zone, that can be booked; no first one, if left out."
    )
    until: Date | None = Field(
        None,
        description="The last date, in the space's zone, that can be booked, all of it; no last one, if left out.",
    )

    looks_at: ClassVar = _TIME
    another_time_helps: ClassVar = True
    help: ClassVar = "Please choose another date."

    @model_validator(mode="after")
    def _is_in_order(self) -> "BookingDates":
        if self.from_ is None and self.until is None:
            raise ValueError("from or until is given, or both")
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise ValueError("until lies on or after from")
        return self

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find a booking of which some day lies outside the dates."""
        zone = ZoneInfo(asked.time_zone)
        first = asked.window.start.astimezone(zone).date()
        last = max(asked.window.start, asked.window.end - _A_MOMENT).astimezone(zone).date()
        is_within = (self.from_ is None or first >= self.from_) and (self.until is None or last <= self.until)
        return None if is_within else Breach(window=asked.window)

    def say(self, breach: Breach, place: Place) -> str:
        """Say the dates, and the time asked for."""
        from_ = f" from {say_date(self.from_)}" if self.from_ is not None else ""
        until = f" until {say_date(self.until)}" if self.until is not None else ""
        asked = say_window(breach.window, place.time_zone) if breach.window is not None else "another time"
        return f"{place.called} can be booked on dates{from_}{until}, and this is {asked}."

    def figures(self, breach: Breach) -> tuple[str | None, str | None]:
        """Return the dates, and the window asked for."""
        return f"{self.from_ or '..'}/{self.until or '..'}", iso_window(breach)

    def covers(self, other: Rule) -> bool:
        """Whether these dates lie within the other's."""
        if not isinstance(other, BookingDates):
            return False
        starts = other.from_ is None or (self.from_ is not None and self.from_ >= other.from_)
        return starts and (other.until is None or (self.until is not None and self.until <= other.until))


class Blackout(Rule):
    """Nothing is booked from an instant until another; several blackouts hold beside each other."""

    kind: Literal["blackout"] = "blackout"
    from_: Moment = Field(description="From this instant on nothing is booked; a booking may end at it.")
    to: Moment = Field(description="Until this instant nothing is booked; a booking may start at it.")
    title: Title = Field(description="What is going on; everybody who is refused reads it.")

    looks_at: ClassVar = _TIME
    stacks: ClassVar = True
    another_time_helps: ClassVar = True
    help: ClassVar = "Please choose another time."

    @model_validator(mode="after")
    def _is_in_order(self) -> "Blackout":
        if self.to <= self.from_:
            raise ValueError("to lies after from")
        return self

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find a booking that overlaps the blackout."""
        overlaps = asked.window.start < self.to and asked.window.end > self.from_
        return Breach(window=asked.window) if overlaps else None

    def say(self, breach: Breach, place: Place) -> str:  # noqa: ARG002 - every rule says it of a breach
        """Say from when until when the space is closed, and why."""
        from_, to = say_instant(self.from_, place.time_zone), say_instant(self.to, place.time_zone)
        return f"{place.called} is closed from {from_} to {to} ({place.time_zone}): {as_sentence(self.title)}"

    def figures(self, breach: Breach) -> tuple[str | None, str | None]:
        """Return the blackout, and the window asked for."""
        return f"{self.from_.isoformat()}/{self.to.isoformat()}", iso_window(breach)


def iso_window(breach: Breach) -> str | None:
    """Write the window of a breach as ISO 8601 does."""
    window = breach.window
    return f"{window.start.isoformat()}/{window.end.isoformat()}" if window is not None else None
