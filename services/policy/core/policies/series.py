"""The rule about recurring meetings."""

from typing import ClassVar, Literal

from pydantic import Field

from services.policy.core.place import Place
from services.policy.core.policies.parameters import Count, Flag
from services.policy.core.policies.phrases import say_count
from services.policy.core.policies.rule import Asked, Breach, Rule


class Series(Rule):
    """Whether recurring meetings are booked: without an end, with how many occurrences, and what a conflict does."""

    kind: Literal["series"] = "series"
    allowed: Flag = Field(description="Whether recurring meetings are booked at all.")
    open_ended: Flag = Field(default=True, description="Whether those without an end are booked.")
    most_occurrences: Count | None = Field(
        None,
        description="Most occurrences of one that has an end; exactly as many are allowed. Any number, if left out.",
    )
    on_conflict: Literal["all_or_nothing", "skip_conflicts"] = Field(
        "all_or_nothing", description="Whether one conflict declines all of it, or only its own occurrence."
    )

    looks_at: ClassVar = frozenset()
    more_is_worse: ClassVar = True
    help: ClassVar = "Please invite the room to fewer dates, or to each date separately."

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find a series that is not allowed, has no end, or has too many occurrences."""
        series = asked.series
        if series is None:
            return None
        if not self.allowed:
            return Breach(about="allowed")
        if series.is_open_ended:
            return None if self.open_ended else Breach(about="open_ended")
        if self.most_occurrences is not None and (series.occurrences or 0) > self.most_occurrences:
            return Breach(limit=self.most_occurrences, actual=series.occurrences, about="most_occurrences")
        return None

    def say(self, breach: Breach, place: Place) -> str:
        """Say which series can be booked."""
        match breach.about:
            case "allowed":
                return f"{place.called} cannot be booked for recurring meetings."
            case "open_ended":
                return f"{place.called} can only be booked for recurring meetings that have an end."
            case _:
                most = say_count(self.most_occurrences or 0, "time")
                takes = say_count(breach.actual or 0, "time")
                return f"A recurring meeting can have {place.called} {most} at most, and this one asks for {takes}."

    def figures(self, breach: Breach) -> tuple[str | None, str | None]:
        """Return what is allowed, and what is asked for."""
        match breach.about:
            case "allowed":
                return "single meetings", "a recurring series"
            case "open_ended":
                return "a series with an end", "a series without an end"
            case _:
                return super().figures(breach)
