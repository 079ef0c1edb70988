"""What every kind of rule has in common, and what rules look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from pydantic import ConfigDict, SerializerFunctionWrapHandler, model_serializer

from libs.contracts.values import Instant, Value, Window
from services.policy.core.place import Place
from services.policy.core.times import whole_days

A_MINUTE = timedelta(minutes=1)
MINUTES_OF_A_DAY = 24 * 60


class Facet(StrEnum):
    """A side of a booking that a rule looks at. An edit is judged only by rules that look at what it changes."""

    START = "start"
    END = "end"
    LENGTH = "length"
    PEOPLE = "people"
    ORGANIZER = "organizer"


@dataclass(frozen=True, slots=True)
class Booking:
    """A live booking of an organizer, in whatever space, without buffers."""

    reservation_id: UUID
    space_id: UUID
    group_ids: frozenset[UUID]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class AskedSeries:
    """What is asked for is a series: without an end, or with so many occurrences."""

    occurrences: int | None = None

    @property
    def is_open_ended(self) -> bool:
        """Whether the series has no end."""
        return self.occurrences is None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule judges: a booking that is asked for, where, and what its organizer has booked besides.

    `people` counts everybody who comes, the organizer included. `organizer` is an address in lower case. `standing` is
    the window that the booking has by now, if this is a change of it. `others` are the organizer's other live bookings
    in the spaces that the rule is attached to. `is_outside_hours` tells whether the opening hours in force are broken,
    whatever effect that has by itself.
    """

    window: Window
    people: int
    organizer: str | None
    now: datetime
    time_zone: str
    capacity: int
    own_domains: frozenset[str] = frozenset()
    standing: Window | None = None
    is_cancellation: bool = False
    series: AskedSeries | None = None
    others: Sequence[Booking] = field(default=())
    is_outside_hours: bool = False

    @property
    def domain(self) -> str | None:
        """Return the organizer's mail domain."""
        return self.organizer.rpartition("@")[2] if self.organizer else None

    @property
    def is_external(self) -> bool:
        """Whether the organizer is outside the connection's own domains; nobody is where none is told."""
        return bool(self.own_domains) and self.domain not in self.own_domains

    @property
    def minutes(self) -> int:
        """Return the length, rounded up; a whole day counts 24 hours, also where the clock is changed on it."""
        return length_in_minutes(self.window, self.time_zone)


class Breach(Value):
    """What a rule found that breaks it: its limit and the value, in its own unit, and what its sentence tells besides.

    `about` says which of several parameters of the rule is broken.
    """

    limit: int | None = None
    actual: int | None = None
    about: str | None = None
    window: Window | None = None
    at: Instant | None = None
    needs_approval: bool = False


class Rule(Value):
    """A rule with its parameters. `kind`, which every kind of rule declares as a literal, tells the kinds apart.

    `looks_at` are the facets of a booking that can break it. `more_is_worse` is True if a larger value breaks it more,
    False if a smaller one does, None if values cannot be compared. `stacks` has every rule of the kind judge, instead
    of the most specific one. `help` says what would mend a breach; another time does if `another_time_helps`.
    """

    model_config = ConfigDict(
        extra="forbid", alias_generator=lambda name: name.rstrip("_"), populate_by_name=True, hide_input_in_errors=True
    )

    looks_at: ClassVar[frozenset[Facet]]
    help: ClassVar[str]
    more_is_worse: ClassVar[bool | None] = None
    stacks: ClassVar[bool] = False
    counts_others: ClassVar[bool] = False
    another_time_helps: ClassVar[bool] = False

    @model_serializer(mode="wrap")
    def _write(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write the parameters under the names that the API gives them, and none that says nothing."""
        return {name.rstrip("_"): value for name, value in write(self).items() if value is not None}

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find what breaks the rule; None if it holds."""
        raise NotImplementedError

    def say(self, breach: Breach, place: Place) -> str:
        """Say in one sentence what the rule asks for, and what was asked instead."""
        raise NotImplementedError

    def figures(self, breach: Breach) -> tuple[str | None, str | None]:
        """Return the limit and the value found, as they are shown beside the sentence."""
        return _shown(breach.limit), _shown(breach.actual)

    def covers(self, other: "Rule") -> bool:
        """Whether whatever breaks the other rule, of the same kind, breaks this one too: it is at least as strict."""
        return self == other

    def is_eased(self, before: Breach, now: Breach) -> bool:
        """Whether a booking that broke the rule already breaks it no more than before."""
        if self.more_is_worse is None or before.actual is None or now.actual is None or before.about != now.about:
            return False
        return now.actual <= before.actual if self.more_is_worse else now.actual >= before.actual


def length_in_minutes(window: Window, time_zone: str) -> int:
    """Return a length in minutes, rounded up; each of several whole days counts 24 hours."""
    days = whole_days(window, time_zone)
    if days is not None:
        return ((days[1] - days[0]).days + 1) * MINUTES_OF_A_DAY
    return -((window.start - window.end) // A_MINUTE)


def _shown(figure: int | None) -> str | None:
    return None if figure is None else str(figure)
