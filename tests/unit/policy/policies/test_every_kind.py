"""What holds for every kind of rule: it has a table, survives being stored, and covers only what is no stricter."""

import json
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from libs.contracts.values import Window
from services.policy.core.policies.dates import AdvanceWindow, BookingDates, ChangeCutOff, LeadTime
from services.policy.core.policies.durations import AllDay, MaximumDuration, MinimumDuration
from services.policy.core.policies.hours import OpeningHours
from services.policy.core.policies.parameters import WEEKDAYS
from services.policy.core.policies.people import Capacity, WhoMayBook
from services.policy.core.policies.policy import KINDS, RULES
from services.policy.core.policies.rule import Asked, Booking, Rule
from services.policy.core.policies.usage import Concurrency
from tests.unit.policy.factories import NOW, OTHER
from tests.unit.policy.policies.tables import AURORA, OfKind, asked, rules_of

HERE = Path(__file__)

EVERY = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@cache
def tables() -> dict[type[Rule], type[OfKind]]:
    """Return the table of each kind, whichever module of tests it is in."""
    for path in HERE.parent.glob("test_*.py"):
        if path != HERE:
            import_module(f"{__package__}.{path.stem}")
    return {each.kind: each for each in OfKind.__subclasses__()}


@EVERY
def test_every_kind_has_a_table_with_rows_of_each_sort(kind: type[Rule]) -> None:
    assert kind in tables(), f"write a class of tests that derives from OfKind for {kind.__name__}"
    table = tables()[kind]
    assert all((table.holds, table.breaks, table.eases, table.covers, table.refused))
    assert {type(each) for each in rules_of(table)} >= {kind}


@EVERY
def test_a_rule_is_the_same_after_it_was_stored(kind: type[Rule]) -> None:
    for rule in rules_of(tables()[kind]):
        stored = json.loads(json.dumps(rule.model_dump(mode="json")))

        assert RULES.validate_python(stored) == rule
        assert RULES.validate_json(rule.model_dump_json()) == rule
        assert not any(name.endswith("_") or value is None for name, value in stored.items())


@EVERY
def test_a_breach_is_the_same_after_it_was_stored(kind: type[Rule]) -> None:
    for each in tables()[kind].breaks:
        breach = each.rule.find_breach(each.asked)

        assert breach is not None
        assert type(breach).model_validate_json(breach.model_dump_json()) == breach


@EVERY
def test_an_unknown_parameter_is_refused(kind: type[Rule]) -> None:
    rule, _ = tables()[kind].holds[0]

    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        RULES.validate_python({**rule.model_dump(mode="json"), "minuts": 30})


@EVERY
def test_what_would_help_is_a_sentence(kind: type[Rule]) -> None:
    assert kind.help.startswith("Please ")
    assert kind.help.endswith(".")


@EVERY
def test_a_rule_covers_itself_and_no_other_kind(kind: type[Rule]) -> None:
    rules = [rule for table in tables().values() for rule, _ in table.holds]
    for rule, _ in tables()[kind].holds:
        assert rule.covers(rule)
        assert not any(rule.covers(other) for other in rules if type(other) is not kind)


few = st.integers(1, 4)
perhaps_few = st.none() | few
clocks = st.sampled_from(["00:00", "02:30", "03:00", "08:00", "12:00", "18:00", "24:00"])
spans = st.lists(clocks, min_size=2, max_size=4, unique=True).map(
    lambda drawn: tuple(zip(sorted(drawn)[::2], sorted(drawn)[1::2], strict=False))
)
days = st.integers(0, 3).map(lambda number: date(2027, 3, 27) + timedelta(days=number))
domains = st.lists(st.sampled_from(["example.org", "elsewhere.example"]), max_size=2, unique=True)
addresses = st.lists(st.sampled_from(["ada@example.org", "eve@elsewhere.example"]), max_size=2, unique=True)


def drawn(kind: type[Rule], **parameters: st.SearchStrategy[Any]) -> st.SearchStrategy[Rule]:
    """Draw rules of a kind; parameters that make none are left out."""
    name = kind.model_fields["kind"].default

    def made(values: dict[str, Any]) -> Rule | None:
        try:
            return RULES.validate_python({"kind": name, **values})
        except ValidationError:
            return None

    return st.fixed_dictionaries(parameters).map(made).filter(lambda rule: rule is not None)  # type: ignore[return-value]


DRAWN: dict[type[Rule], st.SearchStrategy[Rule]] = {
    MaximumDuration: drawn(MaximumDuration, minutes=few.map(lambda number: number * 480)),
    MinimumDuration: drawn(MinimumDuration, minutes=few.map(lambda number: number * 480)),
    LeadTime: drawn(LeadTime, minutes=few.map(lambda number: number * 720)),
    ChangeCutOff: drawn(ChangeCutOff, change_minutes=perhaps_few, cancel_minutes=perhaps_few),
    AdvanceWindow: drawn(AdvanceWindow, days=few, opens_at=st.none() | clocks),
    BookingDates: drawn(BookingDates, **{"from": st.none() | days, "until": st.none() | days}),
    OpeningHours: drawn(OpeningHours, weekly=st.dictionaries(st.sampled_from(WEEKDAYS[-3:]), spans, min_size=1)),
    AllDay: drawn(AllDay, allowed=st.booleans(), most_days=perhaps_few),
    Capacity: drawn(Capacity, margin=few, at_least=perhaps_few),
    WhoMayBook: drawn(
        WhoMayBook, domains=domains, addresses=addresses, external=st.sampled_from(["yes", "no", "approval"])
    ),
    Concurrency: drawn(Concurrency, spaces=few),
}
"""The kinds with an order of strictness of their own; a rule of any other covers only its equal."""

MIDNIGHT = NOW + timedelta(days=25, hours=15)
"""Sat 27 Mar 2027, 00:00 in Berlin; the clock is put forward the night after."""

quarters = st.integers(-96, 3 * 96).map(lambda number: MIDNIGHT + timedelta(minutes=15 * number))
windows = st.tuples(quarters, st.integers(1, 300)).map(
    lambda at: Window(start=at[0], end=at[0] + timedelta(minutes=15 * at[1]))
)
requests = st.builds(
    asked,
    windows,
    people=st.integers(1, 14),
    organizer=st.sampled_from(["ada@example.org", "ben@example.org", "eve@elsewhere.example", "kim@elsewhere.example"]),
    now=st.integers(-96, 96).map(lambda number: MIDNIGHT + timedelta(minutes=15 * number + 1)),
    own_domains=st.sampled_from([frozenset[str](), frozenset({"example.org"})]),
    standing=st.none() | windows,
    is_cancellation=st.booleans(),
    others=st.lists(windows.map(lambda at: Booking(OTHER, UUID(int=7), frozenset(), at.start, at.end)), max_size=3),
)


@EVERY
def test_every_order_of_strictness_is_tried(kind: type[Rule]) -> None:
    assert (kind.covers is not Rule.covers) == (kind in DRAWN)


@pytest.mark.parametrize("kind", DRAWN, ids=lambda kind: kind.__name__)
@given(data=st.data(), request_=requests)
def test_whatever_breaks_a_rule_breaks_one_that_covers_it(
    kind: type[Rule], data: st.DataObject, request_: Asked
) -> None:
    one, other = data.draw(DRAWN[kind]), data.draw(DRAWN[kind])

    breach = other.find_breach(request_)

    if breach is not None and one.covers(other):
        found = one.find_breach(request_)
        assert found is not None
        assert breach.needs_approval or not found.needs_approval
        assert one.say(found, AURORA).endswith((".", ")."))


@pytest.mark.parametrize("kind", DRAWN, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_what_covers_a_rule_covers_what_that_covers(kind: type[Rule], data: st.DataObject) -> None:
    """Otherwise rules could yield to each other in a circle, and none would judge."""
    one, two, three = (data.draw(DRAWN[kind]) for _ in range(3))

    assert one.covers(three) or not (one.covers(two) and two.covers(three))


@pytest.mark.parametrize("kind", DRAWN, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_drawn_rule_is_the_same_after_it_was_stored(kind: type[Rule], data: st.DataObject) -> None:
    rule = data.draw(DRAWN[kind])

    assert RULES.validate_python(rule.model_dump(mode="json")) == rule
