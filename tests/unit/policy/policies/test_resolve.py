"""Which policies judge a request, and why the others do not."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.policy.core.policies.dates import Blackout, LeadTime
from services.policy.core.policies.durations import AllDay, MaximumDuration
from services.policy.core.policies.hours import OpeningHours
from services.policy.core.policies.people import Capacity, WhoMayBook
from services.policy.core.policies.policy import Attachment, Dates, Effect, Exemptions, Policy
from services.policy.core.policies.resolve import (
    Asker,
    Exempted,
    OutsideDates,
    Resolved,
    WhyNot,
    YieldsTo,
    find_in_force,
    resolve,
)
from services.policy.core.policies.rule import Rule
from services.policy.core.policies.usage import Quota
from tests.unit.policy.factories import window
from tests.unit.policy.policies.factories import EVERYWHERE, HERE, IN_GROUP, IN_OTHER_GROUP, policy

TODAY = date(2027, 3, 1)
ADA = Asker("ada@example.org", "outlook")

HOUR, TWO_HOURS, THREE_HOURS = (MaximumDuration(minutes=60 * hours) for hours in (1, 2, 3))
MORNINGS = OpeningHours(weekly={"monday": [("08:00", "12:00")]})
AFTERNOONS = OpeningHours(weekly={"monday": [("13:00", "18:00")]})


def in_force(*policies: Policy, asker: Asker = ADA, on: date = TODAY) -> list[Policy]:
    return find_in_force(policies, asker, on)


def why_not(each: Policy, *others: Policy, asker: Asker = ADA, on: date = TODAY) -> WhyNot | None:
    [found] = [found.why_not for found in resolve([each, *others], asker, on) if found.policy is each]
    return found


@pytest.mark.parametrize(
    ("attached", "wins"),
    [
        ([EVERYWHERE], EVERYWHERE),
        ([EVERYWHERE, IN_GROUP], IN_GROUP),
        ([EVERYWHERE, HERE], HERE),
        ([HERE, IN_GROUP, EVERYWHERE], HERE),
        ([IN_GROUP, EVERYWHERE], IN_GROUP),
    ],
)
def test_the_most_specific_policy_of_a_kind_judges_however_lax_it_is(
    attached: Sequence[Attachment], wins: Attachment
) -> None:
    lax_where_it_wins = [policy(THREE_HOURS if attach is wins else HOUR, attach) for attach in attached]

    assert [each.attach for each in in_force(*lax_where_it_wins)] == [wins]


def test_policies_of_different_kinds_judge_beside_each_other() -> None:
    everywhere, here = policy(LeadTime(minutes=60)), policy(HOUR, HERE)

    assert in_force(everywhere, here) == [everywhere, here]


def test_of_two_groups_the_stricter_policy_judges() -> None:
    lax, strict = policy(TWO_HOURS, IN_GROUP), policy(HOUR, IN_OTHER_GROUP)

    assert in_force(lax, strict) == [strict]
    assert why_not(lax, strict) == YieldsTo(strict)


def test_of_equals_attached_alike_the_stricter_judges_and_is_the_one_that_is_named() -> None:
    laxer, lax, strict = policy(THREE_HOURS), policy(TWO_HOURS), policy(HOUR)

    assert in_force(laxer, lax, strict) == [strict]
    assert why_not(laxer, lax, strict) == why_not(lax, laxer, strict) == YieldsTo(strict)


def test_the_most_specific_policy_is_the_one_that_is_named() -> None:
    everywhere, group, here = policy(HOUR), policy(HOUR, IN_GROUP), policy(HOUR, HERE)

    assert why_not(everywhere, group, here) == YieldsTo(here)


def test_of_two_that_ask_for_the_same_the_one_with_the_lower_id_judges() -> None:
    first, second = policy(HOUR, IN_GROUP), policy(HOUR, IN_OTHER_GROUP)

    assert in_force(second, first) == [first]


def test_where_neither_is_stricter_both_judge() -> None:
    mornings, afternoons = policy(MORNINGS), policy(AFTERNOONS)
    own, certain = policy(WhoMayBook(external="no")), policy(WhoMayBook(addresses=("eve@elsewhere.example",)))

    assert in_force(mornings, afternoons) == [mornings, afternoons]
    assert in_force(own, certain) == [own, certain]


@pytest.mark.parametrize(
    ("strict", "lax", "judge"),
    [("deny", "warn", 1), ("deny", "approve", 1), ("approve", "warn", 1), ("warn", "deny", 2), ("approve", "deny", 2)],
)
def test_a_stricter_rule_of_less_effect_does_not_displace_a_laxer_one_of_more(
    strict: Effect, lax: Effect, judge: int
) -> None:
    assert len(in_force(policy(HOUR, effect=strict), policy(TWO_HOURS, effect=lax))) == judge


@pytest.mark.parametrize(
    "rule",
    [
        Quota(limit=1, measure="bookings", per="day"),
        Blackout(from_=window(0).start, to=window(0).end, title="Painting"),
    ],
)
def test_quotas_and_blackouts_all_judge(rule: Rule) -> None:
    everywhere, group, here = policy(rule), policy(rule, IN_GROUP), policy(rule, HERE)

    assert in_force(everywhere, group, here) == [everywhere, group, here]


EXEMPTIONS = [
    ({"addresses": ("Ada@example.org",)}, ADA, "the address ada@example.org"),
    ({"domains": ("example.org",)}, ADA, "the domain example.org"),
    ({"roles": ("admin",)}, Asker(None, "api", frozenset({"admin", "viewer"})), "the role admin"),
    ({"channels": ("outlook",)}, ADA, "the channel outlook"),
    ({"addresses": ("ada@example.org",), "channels": ("outlook",)}, ADA, "the channel outlook"),
    ({"addresses": ("ben@example.org",)}, ADA, None),
    ({"domains": ("mail.example.org",)}, ADA, None),
    ({"roles": ("admin",)}, Asker("ada@example.org", "api", frozenset({"viewer"})), None),
    ({"channels": ("api", "command")}, ADA, None),
    ({"addresses": ("ada@example.org",), "domains": ("example.org",)}, Asker(None, "outlook"), None),
]


@pytest.mark.parametrize(("exempt", "asker", "what"), EXEMPTIONS)
def test_a_policy_does_not_judge_whom_it_exempts(exempt: dict[str, Any], asker: Asker, what: str | None) -> None:
    found = why_not(policy(HOUR, exempt=Exemptions(**exempt)), asker=asker)

    assert found == (Exempted(what) if what is not None else None)


@pytest.mark.parametrize(("exempt", "asker", "what"), EXEMPTIONS)
def test_whom_the_specific_policy_exempts_the_general_one_judges(
    exempt: dict[str, Any], asker: Asker, what: str | None
) -> None:
    general, specific = policy(HOUR), policy(TWO_HOURS, HERE, exempt=Exemptions(**exempt))

    assert in_force(general, specific, asker=asker) == [specific if what is None else general]


@pytest.mark.parametrize(
    ("from_", "until", "judges"),
    [
        (None, None, True),
        (TODAY, TODAY, True),
        (TODAY, None, True),
        (None, TODAY, True),
        (TODAY + timedelta(days=1), None, False),
        (None, TODAY - timedelta(days=1), False),
    ],
)
def test_a_policy_judges_on_its_dates_and_the_general_one_on_others(
    from_: date | None, until: date | None, judges: bool
) -> None:
    general, seasonal = policy(HOUR), policy(TWO_HOURS, HERE, dates=Dates(from_=from_, until=until))

    assert in_force(general, seasonal) == [seasonal if judges else general]
    assert why_not(seasonal, general) == (None if judges else OutsideDates(seasonal))


def test_a_policy_on_trial_displaces_only_what_is_on_trial() -> None:
    binding, trial = policy(TWO_HOURS), policy(HOUR, HERE, effect="shadow")
    wider_trial = policy(HOUR, effect="shadow")

    assert in_force(binding, trial) == [binding, trial]
    assert in_force(wider_trial, trial) == [trial]


def test_a_policy_on_trial_yields_like_any_other() -> None:
    trial, binding = policy(TWO_HOURS, effect="shadow"), policy(HOUR)
    more_specific = policy(THREE_HOURS, HERE)

    assert why_not(trial, binding) == YieldsTo(binding)
    assert why_not(trial, more_specific) == YieldsTo(more_specific)


rules = st.sampled_from(
    [
        HOUR,
        TWO_HOURS,
        MORNINGS,
        AFTERNOONS,
        Capacity(),
        Capacity(margin=1, at_least=2),
        AllDay(allowed=False),
        WhoMayBook(external="no"),
        WhoMayBook(external="approval"),
        WhoMayBook(domains=("example.org",), external="approval"),
        WhoMayBook(domains=("example.org",)),
        Quota(limit=1, measure="bookings", per="day"),
    ]
)
policies = st.builds(
    Policy,
    id=st.integers(1, 10_000).map(lambda number: UUID(int=number)),
    version=st.just(1),
    rule=rules,
    attach=st.sampled_from([EVERYWHERE, IN_GROUP, IN_OTHER_GROUP, HERE]),
    effect=st.sampled_from(["deny", "approve", "warn", "shadow"]),
    exempt=st.sampled_from([Exemptions()] * 3 + [Exemptions(domains=("example.org",)), Exemptions(channels=("api",))]),
    dates=st.sampled_from([Dates()] * 3 + [Dates(until=TODAY), Dates(from_=TODAY + timedelta(days=1))]),
)
several = st.lists(policies, max_size=12, unique_by=lambda each: each.id)
askers = st.sampled_from([ADA, Asker(None, "api", frozenset({"admin"})), Asker("eve@elsewhere.example", "api")])


@given(several, askers, st.randoms(use_true_random=False))
def test_the_order_of_policies_changes_nothing(drawn: list[Policy], asker: Asker, chance: Any) -> None:
    shuffled = chance.sample(drawn, len(drawn))

    one, other = resolve(drawn, asker, TODAY), resolve(shuffled, asker, TODAY)

    assert {each.policy.id: each.why_not for each in one} == {each.policy.id: each.why_not for each in other}


@given(several, askers)
def test_every_policy_comes_back_exactly_once(drawn: list[Policy], asker: Asker) -> None:
    found = resolve(drawn, asker, TODAY)

    assert sorted(each.policy.id for each in found) == sorted(each.id for each in drawn)
    assert [each.policy for each in found if each.why_not is None] == find_in_force(drawn, asker, TODAY)


@given(several, askers)
def test_what_yields_yields_to_one_of_its_kind_that_judges(drawn: list[Policy], asker: Asker) -> None:
    found = resolve(drawn, asker, TODAY)

    judging = {each.policy.id for each in found if each.why_not is None}
    for each in found:
        if isinstance(each.why_not, YieldsTo):
            assert each.why_not.other.id in judging
            assert each.why_not.other.kind == each.policy.kind


@given(several, askers)
def test_what_is_on_trial_takes_no_policy_out_of_force(drawn: list[Policy], asker: Asker) -> None:
    without = [each for each in drawn if each.effect != "shadow"]

    def binding(found: list[Resolved]) -> set[UUID]:
        return {each.policy.id for each in found if each.why_not is None and each.policy.effect != "shadow"}

    assert binding(resolve(drawn, asker, TODAY)) == binding(resolve(without, asker, TODAY))
