"""The table of a kind of rule: what holds, what breaks and in which words, what covers what, what is refused.

A kind gets its table by a class of tests that derives from `OfKind`. `conftest` has each test run once for each row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from libs.contracts.values import Window
from services.policy.core.place import Place
from services.policy.core.policies.policy import RULES
from services.policy.core.policies.rule import Asked, Rule
from tests.unit.policy.factories import NOW, window

AURORA = Place("Aurora", "Europe/Berlin")

Json = dict[str, Any]


def asked(at: Window | None = None, **different: Any) -> Asked:
    """Ask for Aurora, by Ada for two people, Tue 02 Mar 2027, 09:00-10:00 in Berlin; now is a day before."""
    usual: dict[str, Any] = {
        "window": at or window(24),
        "people": 2,
        "organizer": "ada@example.org",
        "now": NOW,
        "time_zone": AURORA.time_zone,
        "capacity": 8,
    }
    return Asked(**usual | different)


@dataclass(frozen=True, slots=True)
class Breaks:
    """A rule, what breaks it, and what is told of that: the limit, the value found, and the sentence."""

    rule: Rule
    asked: Asked
    limit: str | None
    actual: str | None
    sentence: str
    needs_approval: bool = False


@dataclass(frozen=True, slots=True)
class Eases:
    """A rule that a booking breaks already, what becomes of the booking, and whether that breaks it no more."""

    rule: Rule
    before: Asked
    now: Asked
    is_eased: bool


@dataclass(frozen=True, slots=True)
class Covers:
    """Two rules of a kind, and whether the one covers the other, in this order."""

    one: Rule
    other: Rule
    covers: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Parameters that make no rule, and what is said of them."""

    parameters: Json
    said: str


def refused_numbers(name: str, *, least: int, most: int, **others: Any) -> Iterator[Refused]:
    """Refuse a number below its least or above its most, and what only looks like a number."""
    yield Refused({**others, name: least - 1}, f"greater than or equal to {least}")
    yield Refused({**others, name: -5}, f"greater than or equal to {least}")
    yield Refused({**others, name: most + 1}, f"less than or equal to {most}")
    yield Refused({**others, name: True}, "valid integer")
    yield Refused({**others, name: "30"}, "valid integer")
    yield Refused({**others, name: 30.5}, "valid integer")


def refused_flags(name: str, **others: Any) -> Iterator[Refused]:
    """Refuse what only looks like true or false."""
    yield Refused({**others, name: "true"}, "valid boolean")
    yield Refused({**others, name: 1}, "valid boolean")


class OfKind:
    """Tests of one kind of rule, each with a table of its own."""

    kind: ClassVar[type[Rule]]
    holds: ClassVar[Sequence[tuple[Rule, Asked]]]
    breaks: ClassVar[Sequence[Breaks]]
    eases: ClassVar[Sequence[Eases]]
    covers: ClassVar[Sequence[Covers]]
    refused: ClassVar[Sequence[Refused]]

    def test_what_keeps_to_the_rule_does_not_break_it(self, holds_row: tuple[Rule, Asked]) -> None:
        rule, kept = holds_row

        assert rule.find_breach(kept) is None

    def test_what_breaks_the_rule_is_told_with_limit_value_and_sentence(self, breaks_row: Breaks) -> None:
        breach = breaks_row.rule.find_breach(breaks_row.asked)

        assert breach is not None
        assert breaks_row.rule.figures(breach) == (breaks_row.limit, breaks_row.actual)
        assert breaks_row.rule.say(breach, AURORA) == breaks_row.sentence
        assert breach.needs_approval == breaks_row.needs_approval

    def test_a_breach_is_eased_where_it_has_not_grown(self, eases_row: Eases) -> None:
        before, now = eases_row.rule.find_breach(eases_row.before), eases_row.rule.find_breach(eases_row.now)

        assert before is not None
        assert now is not None
        assert eases_row.rule.is_eased(before, now) == eases_row.is_eased

    def test_a_rule_covers_what_is_no_stricter(self, covers_row: Covers) -> None:
        assert covers_row.one.covers(covers_row.other) == covers_row.covers

    def test_what_cannot_be_meant_is_refused_with_a_message(self, refused_row: Refused) -> None:
        kind = self.kind.model_fields["kind"].default

        with pytest.raises(ValidationError) as refused:
            RULES.validate_python({"kind": kind, **refused_row.parameters})

        assert refused_row.said in "; ".join(each["msg"] for each in refused.value.errors())


def rules_of(table: type[OfKind]) -> list[Rule]:
    """Return every rule that a table mentions."""
    return [
        *(rule for rule, _ in table.holds),
        *(each.rule for each in table.breaks),
        *(each.rule for each in table.eases),
        *(rule for each in table.covers for rule in (each.one, each.other)),
    ]
