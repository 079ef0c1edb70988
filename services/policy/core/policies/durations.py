"""Rules about how long a booking lasts, and how it lies on the clock."""

from datetime import timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from services.policy.core.place import Place
from services.policy.core.policies.parameters import Days, Flag, Lengths, Minutes
from services.policy.core.policies.phrases import join_or, say_count, say_every, say_minutes
from services.policy.core.policies.rule import MINUTES_OF_A_DAY, Asked, Breach, Facet, Rule
from services.policy.core.times import say_instant, whole_days

_LENGTH = frozenset({Facet.LENGTH})


class MaximumDuration(Rule):
    """A booking lasts at most so many minutes."""

    kind: Literal["maximum_duration"] = "maximum_duration"
    minutes: Minutes = Field(description="The longest length, itself allowed, in minutes; buffers do not count.")

    looks_at: ClassVar = _LENGTH
    more_is_worse: ClassVar = True
    help: ClassVar = "Please ask for a shorter time."

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find a booking that is too long."""
        return Breach(limit=self.minutes, actual=asked.minutes) if asked.minutes > self.minutes else None

    def say(self, breach: Breach, place: Place) -> str:
        """Say the longest time, and the one asked for."""
        lasts = say_minutes(breach.actual or 0)
        return f"{place.called} can be booked for {say_minutes(self.minutes)} at most, and this lasts {lasts}."

    def covers(self, other: Rule) -> bool:
        """Whether the other rule allows no less."""
        return isinstance(other, MaximumDuration) and self.minutes <= other.minutes


class MinimumDuration(Rule):
    """A booking lasts at least so many minutes."""

    kind: Literal["minimum_duration"] = "minimum_duration"
    minutes: Minutes = Field(description="The shortest length, itself allowed, in minutes; buffers do not count.")

    looks_at: ClassVar = _LENGTH
    more_is_worse: ClassVar = False
    help: ClassVar = "Please ask for a longer time."

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find a booking that is too short."""
        return Breach(limit=self.minutes, actual=asked.minutes) if asked.minutes < self.minutes else None

    def say(self, breach: Breach, place: Place) -> str:
        """Say the shortest time, and the one asked for."""
        lasts = say_minutes(breach.actual or 0)
        return f"{place.called} can be booked for {say_minutes(self.minutes)} at least, and this lasts {lasts}."

    def covers(self, other: Rule) -> bool:
        """Whether the other rule asks for no more."""
        return isinstance(other, MinimumDuration) and self.minutes >= other.minutes


class TimeGrid(Rule):
    """A booking starts on a grid of so many minutes since midnight, and has one of the permitted lengths, if any."""

    kind: Literal["time_grid"] = "time_grid"
    minutes: int = Field(
        strict=True,
        ge=1,
        le=MINUTES_OF_A_DAY,
        description="Minutes from one start to the next, counted from each midnight in the space's zone.",
    )
    lengths: Lengths | None = Field(None, description="The permitted lengths in minutes; any length, if left out.")

    looks_at: ClassVar = frozenset({Facet.START, Facet.LENGTH})
    another_time_helps: ClassVar = True
    help: ClassVar = "Please choose a start and a length that fit."

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find a start beside the grid, or a length that is not permitted."""
        start = asked.window.start.astimezone(ZoneInfo(asked.time_zone))
        into_the_day = timedelta(hours=start.hour, minutes=start.minute, seconds=start.second)
        if into_the_day % timedelta(minutes=self.minutes):
            return Breach(limit=self.minutes, about="start", at=asked.window.start)
        if self.lengths is not None and asked.minutes not in self.lengths:
            return Breach(actual=asked.minutes, about="length")
        return None

    def say(self, breach: Breach, place: Place) -> str:
        """Say the grid or the lengths, and what was asked for."""
        if breach.about == "start" and breach.at is not None:
            starts = say_instant(breach.at, place.time_zone)
            return (
                f"Bookings of {place.called} start {say_every(self.minutes)}, counted from midnight, and this "
                f"one starts on {starts} ({place.time_zone})."
            )
        lengths = join_or([say_minutes(each) for each in self.lengths or ()])
        return f"Bookings of {place.called} last {lengths}, and this one lasts {say_minutes(breach.actual or 0)}."

    def figures(self, breach: Breach) -> tuple[str | None, str | None]:
        """Return the grid in minutes and the start, or the lengths and the length, in minutes."""
        if breach.about == "start" and breach.at is not None:
            return str(self.minutes), breach.at.isoformat()
        return ", ".join(map(str, self.lengths or ())), str(breach.actual)


class AllDay(Rule):
    """Whether whole days can be booked, and how many at most."""

    kind: Literal["all_day"] = "all_day"
    allowed: Flag = Field(description="Whether bookings from midnight to midnight, in the space's zone, are allowed.")
    most_days: Days | None = Field(
        None,
        ge=1,
        description="Most whole days in a row, as many included; given where whole days are allowed, and only there.",
    )

    looks_at: ClassVar = frozenset({Facet.START, Facet.LENGTH})
    more_is_worse: ClassVar = True
    help: ClassVar = "Please ask for certain hours, or for fewer days."

    @model_validator(mode="after")
    def _has_an_effect(self) -> "AllDay":
        if self.allowed and self.most_days is None:
            raise ValueError("Whole days that are allowed need most_days to be limited; otherwise no rule is needed")
        if not self.allowed and self.most_days is not None:
            raise ValueError("most_days goes with whole days that are allowed")
        return self

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find whole days, where these are not allowed or too many."""
        found = whole_days(asked.window, asked.time_zone)
        days = (found[1] - found[0]).days + 1 if found is not None else 0
        most = 0 if not self.allowed else self.most_days
        return Breach(limit=most, actual=days) if most is not None and days > most else None

    def say(self, breach: Breach, place: Place) -> str:
        """Say how many whole days are allowed, and how many are asked for."""
        if not self.allowed:
            return f"{place.called} cannot be booked for whole days."
        most, asked = say_count(self.most_days or 0, "whole day"), say_count(breach.actual or 0, "day")
        return f"{place.called} can be booked for {most} at most, and this lasts {asked}."

    def covers(self, other: Rule) -> bool:
        """Whether the other rule allows no fewer whole days."""
        return isinstance(other, AllDay) and (self.most_days or 0) <= (other.most_days or 0)
