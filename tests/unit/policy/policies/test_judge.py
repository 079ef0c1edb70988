"""Which policies hold, what breaks the others, and that an edit is judged by what it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from libs.contracts.values import Window
from services.policy.core.policies.approval import Approval, ApprovalConditions
from services.policy.core.policies.dates import AdvanceWindow, Blackout, ChangeCutOff, LeadTime
from services.policy.core.policies.durations import AllDay, MaximumDuration, MinimumDuration, TimeGrid
from services.policy.core.policies.hours import OpeningHours
from services.policy.core.policies.judge import Before, Judgement, count_in, judge
from services.policy.core.policies.people import Capacity, WhoMayBook
from services.policy.core.policies.policy import AnyRule, Attachment, Effect, Policy
from services.policy.core.policies.rule import Asked, Rule
from services.policy.core.policies.series import Series
from services.policy.core.policies.usage import Concurrency, Quota
from services.policy.core.times import days_window
from tests.unit.policy.factories import NOW, SPACE, window
from tests.unit.policy.policies.factories import EVERYWHERE, GROUP, HERE, IN_GROUP, IN_OTHER_GROUP, booking, policy
from tests.unit.policy.policies.tables import asked

ADA, BEN = "ada@example.org", "ben@example.org"
HOUR = MaximumDuration(minutes=60)
FEW = Capacity()


def approval(**when: Any) -> Approval:
    return Approval(when=ApprovalConditions(**when), approvers=(BEN,))


def broken(judgement: Judgement) -> list[str]:
    return [each.policy.kind for each in judgement.broken]


def judged(judgement: Judgement) -> list[str]:
    return [each.kind for each in judgement.judged_by]


def test_every_policy_in_force_judges_a_request_and_those_that_it_breaks_are_told() -> None:
    short, few = policy(HOUR, version=3), policy(FEW)

    found = judge([short, few], asked(window(24, 90)))

    assert [(each.policy_id, each.version, each.kind, each.effect, each.held) for each in found.judged_by] == [
        (short.id, 3, "maximum_duration", "deny", False),
        (few.id, 1, "capacity", "deny", True),
    ]
    assert [(each.policy, each.breach) for each in found.broken] == [(short, found.judged_by[0].breach)]


def test_all_that_is_broken_is_found_and_not_only_the_first() -> None:
    found = judge([policy(HOUR), policy(FEW), policy(LeadTime(minutes=60))], asked(window(0.5, 90), people=9))

    assert broken(found) == ["maximum_duration", "capacity", "lead_time"]


@pytest.mark.parametrize("effect", ["deny", "approve", "warn", "shadow"])
def test_a_broken_policy_has_its_effect(effect: Effect) -> None:
    found = judge([policy(HOUR, effect=effect)], asked(window(24, 90)))

    assert [each.effect for each in found.broken] == [each.effect for each in found.judged_by] == [effect]


@pytest.mark.parametrize(
    ("effect", "leads_to"), [("deny", "approve"), ("approve", "approve"), ("warn", "warn"), ("shadow", "shadow")]
)
@pytest.mark.parametrize(
    "rule", [Approval(when="always", approvers=(BEN,)), WhoMayBook(external="approval")], ids=lambda rule: rule.kind
)
def test_a_rule_that_asks_for_approval_does_not_deny(rule: Rule, effect: Effect, leads_to: Effect) -> None:
    found = judge([policy(rule, effect=effect)], asked(own_domains=frozenset({"contoso.example"})))

    assert [each.effect for each in found.broken] == [each.effect for each in found.judged_by] == [leads_to]


@pytest.mark.parametrize(("attach", "counted"), [(EVERYWHERE, 3), (IN_GROUP, 2), (IN_OTHER_GROUP, 0), (HERE, 1)])
def test_bookings_count_in_the_spaces_that_a_policy_is_attached_to(attach: Attachment, counted: int) -> None:
    bookings = [
        booking(26),
        booking(28, group_ids=frozenset({GROUP})),
        booking(30, group_ids=frozenset({GROUP}), space_id=SPACE),
    ]
    daily = Quota(limit=counted, measure="bookings", per="day")

    [found] = judge([policy(daily, attach)], asked(others=bookings)).broken

    assert len(count_in(attach, bookings)) == counted
    assert found.breach.actual == counted + 1


@pytest.mark.parametrize("effect", ["deny", "approve", "warn"])
@pytest.mark.parametrize(("at", "needs_approval"), [(window(24), False), (window(34), True)])
def test_approval_outside_opening_hours_goes_by_the_hours_in_force(
    effect: Effect, at: Window, needs_approval: bool
) -> None:
    hours = policy(OpeningHours(weekly={"tuesday": [("08:00", "18:00")]}), effect=effect)

    found = judge([policy(approval(outside_opening_hours=True)), hours], asked(at))

    assert ("approval" in broken(found)) == needs_approval


def test_where_no_opening_hours_are_in_force_nothing_is_outside_of_them() -> None:
    assert broken(judge([policy(approval(outside_opening_hours=True))], asked())) == []


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit of Ada's booking, which she made for two people, Tue 02 Mar 2027, 09:00-10:00 in Berlin."""

    to: Window | None = None
    standing: Window | None = None
    people: tuple[int, int] = (2, 2)
    organizer: str = ADA
    others: Sequence[Any] = ()

    def judge(self, *rules: Rule) -> Judgement:
        before, now = self.people
        standing = self.standing or window(24)
        changed = asked(
            self.to or standing, people=now, organizer=self.organizer, standing=standing, others=self.others
        )
        return judge([policy(each) for each in rules], changed, Before(before, ADA))


EVERY_KIND: list[AnyRule] = [
    MaximumDuration(minutes=1),
    MinimumDuration(minutes=1440),
    LeadTime(minutes=2880),
    ChangeCutOff(change_minutes=2880),
    AdvanceWindow(days=0),
    OpeningHours(weekly={"sunday": [("08:00", "09:00")]}),
    Blackout(from_=NOW, to=NOW + timedelta(days=9), title="Painting"),
    TimeGrid(minutes=1440),
    AllDay(allowed=False),
    Capacity(at_least=8),
    WhoMayBook(addresses=(BEN,)),
    Quota(limit=0, measure="bookings", per="day"),
    Concurrency(spaces=1),
    Series(allowed=False),
    Approval(when="always", approvers=(BEN,)),
]


def test_another_title_is_judged_by_nothing() -> None:
    assert Edit().judge(*EVERY_KIND) == Judgement()


@pytest.mark.parametrize(
    ("edit", "not_by"),
    [
        (Edit(to=window(25)), {"maximum_duration", "minimum_duration", "capacity", "who_may_book", "series"}),
        (Edit(to=window(24, 90)), {"lead_time", "advance_window", "capacity", "who_may_book", "series"}),
        (Edit(people=(2, 3)), {each.kind for each in EVERY_KIND} - {"capacity", "change_cut_off", "approval"}),
        (
            Edit(organizer=BEN),
            {each.kind for each in EVERY_KIND} - {"who_may_book", "quota", "concurrency", "change_cut_off", "approval"},
        ),
    ],
    ids=["moved", "longer", "more people", "another organizer"],
)
def test_an_edit_is_judged_by_what_looks_at_what_it_changes(edit: Edit, not_by: set[str]) -> None:
    assert set(judged(edit.judge(*EVERY_KIND))) == {each.kind for each in EVERY_KIND} - not_by


LONG, LONGER = window(24, 120), window(24, 180)
CLOSED = OpeningHours(weekly={"friday": [("08:00", "18:00")]})
ONE_ROOM = Concurrency(spaces=1)
TWO_BESIDE = [booking(24, 180), booking(24, 180)]
WEEKLY_HOUR = Quota(limit=60, measure="minutes", per="week")
NO_DAYS = AllDay(allowed=False)


def day(number: int, last: int | None = None) -> Window:
    return days_window(date(2027, 3, number), date(2027, 3, last or number), "Europe/Berlin")


@pytest.mark.parametrize(
    ("rule", "edit", "is_broken"),
    [
        (HOUR, Edit(standing=LONGER, to=LONG), False),
        (HOUR, Edit(standing=LONG, to=LONGER), True),
        (HOUR, Edit(standing=window(24), to=LONG), True),
        (HOUR, Edit(standing=LONG, to=window(48, 120)), False),
        (HOUR, Edit(standing=LONG, to=window(48, 90)), False),
        (HOUR, Edit(standing=LONGER, to=LONG, organizer=BEN), False),
        (MinimumDuration(minutes=60), Edit(standing=window(24, 30), to=window(24, 45)), False),
        (MinimumDuration(minutes=60), Edit(standing=window(24, 30), to=window(24, 15)), True),
        (MaximumDuration(minutes=1), Edit(standing=day(27), to=day(28)), False),
        (FEW, Edit(people=(12, 12), to=window(48)), False),
        (FEW, Edit(people=(12, 11)), False),
        (FEW, Edit(people=(12, 13)), True),
        (FEW, Edit(people=(8, 9)), True),
        (FEW, Edit(people=(12, 11), organizer=BEN), False),
        (Capacity(at_least=4), Edit(people=(2, 3)), False),
        (Capacity(at_least=4), Edit(people=(2, 1)), True),
        (WhoMayBook(addresses=(BEN,)), Edit(to=window(48)), False),
        (WhoMayBook(addresses=(ADA,)), Edit(organizer=BEN), True),
        (WhoMayBook(addresses=(BEN,)), Edit(organizer=BEN), False),
        (LeadTime(minutes=60), Edit(standing=window(0.5), to=window(0.5, 30)), False),
        (LeadTime(minutes=60), Edit(standing=window(0.5), to=window(0.75)), True),
        (AdvanceWindow(days=1), Edit(standing=window(96), to=window(72)), False),
        (AdvanceWindow(days=1), Edit(standing=window(72), to=window(96)), True),
        (AdvanceWindow(days=1), Edit(standing=window(72), to=window(72, 90)), False),
        (ChangeCutOff(change_minutes=60), Edit(standing=window(0.5), people=(2, 3)), True),
        (ChangeCutOff(change_minutes=60), Edit(standing=window(24), to=window(0.5)), False),
        (CLOSED, Edit(people=(2, 3)), False),
        (CLOSED, Edit(standing=LONG, to=window(24)), True),
        (ONE_ROOM, Edit(to=LONG, others=TWO_BESIDE), False),
        (ONE_ROOM, Edit(to=window(26, 120), others=[booking(26), booking(26), booking(24)]), True),
        (ONE_ROOM, Edit(organizer=BEN, others=TWO_BESIDE), True),
        (WEEKLY_HOUR, Edit(standing=LONGER, to=LONG), False),
        (WEEKLY_HOUR, Edit(standing=LONG, to=LONGER), True),
        (WEEKLY_HOUR, Edit(standing=LONGER, to=LONG, organizer=BEN), True),
        (NO_DAYS, Edit(standing=day(4), to=day(5)), False),
        (NO_DAYS, Edit(standing=day(4), to=day(4, 5)), True),
        (NO_DAYS, Edit(standing=window(24), to=day(4)), True),
    ],
)
def test_what_a_booking_broke_already_is_held_against_it_only_if_it_breaks_it_more(
    rule: Rule, edit: Edit, is_broken: bool
) -> None:
    assert bool(edit.judge(rule).broken) == is_broken


def test_a_breach_that_is_eased_is_recorded_as_held() -> None:
    [found] = Edit(standing=LONGER, to=LONG).judge(HOUR).judged_by

    assert found.held


def test_what_an_organizer_has_elsewhere_does_not_excuse_more_where_the_policy_holds() -> None:
    """The booking broke no quota of the group before: what is booked outside the group does not count there."""
    daily = policy(Quota(limit=60, measure="minutes", per="day"), IN_GROUP)
    elsewhere = [booking(26, 300)]
    longer = asked(window(24, 90), standing=window(24), others=elsewhere)

    assert broken(judge([daily], longer, Before(2, ADA))) == ["quota"]


def test_a_booking_of_which_nothing_stood_is_judged_like_a_new_one() -> None:
    request: Asked = asked(window(24, 120))
    policies: list[Policy] = [policy(HOUR), policy(FEW)]

    assert judge(policies, request, Before(2, ADA)) == judge(policies, request)
