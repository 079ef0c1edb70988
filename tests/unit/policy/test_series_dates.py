"""The dates of a series are judged in one pass: each on what those before it leave."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from libs.contracts.values import Window
from services.policy.core.ledger import Slice
from services.policy.core.policies.policy import Attachment, Policy
from services.policy.core.policies.usage import Concurrency, Quota
from services.policy.core.recurring.judge import AskedDate, JudgedDate, judge_dates
from services.policy.core.request import Request
from services.policy.core.verdict import Accept
from tests.unit.policy.factories import OTHER, ledger, space, taken, weekly, window

ADA = "ada@example.org"


def asked(*windows: Window) -> list[AskedDate]:
    return [
        AskedDate(date(2027, 3, 1) + timedelta(days=number), Request(each, 2, ADA), UUID(int=100 + number))
        for number, each in enumerate(windows)
    ]


def granted(judged: dict[date, JudgedDate]) -> list[bool]:
    return [isinstance(each.verdict, Accept) for _, each in sorted(judged.items())]


def judge(slice_: Slice, *windows: Window, given_up: tuple[UUID, ...] = ()) -> list[bool]:
    return granted(dict(judge_dates(asked(*windows), slice_, given_up)))


def test_each_date_is_judged_by_what_is_taken_around_it() -> None:
    third = taken(weekly(2))

    assert judge(ledger(taken=(third,)), *map(weekly, range(4))) == [True, True, False, True]


def test_what_the_series_gives_up_is_free_for_it() -> None:
    third = taken(weekly(2))

    assert judge(ledger(taken=(third,)), *map(weekly, range(4)), given_up=(OTHER,)) == [True] * 4


def test_a_date_that_overlaps_the_one_before_it_is_refused_buffers_included() -> None:
    buffered = ledger(space=space(setup=timedelta(minutes=15)))

    assert judge(ledger(), window(24), window(24.5), window(25)) == [True, False, True]
    assert judge(buffered, window(24), window(25), window(26.5)) == [True, False, True]


def test_dates_are_judged_in_the_order_of_their_time_whatever_their_order_was() -> None:
    assert judge(ledger(), window(25), window(24.5), window(48)) == [False, True, True]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Quota(limit=2, measure="bookings", per="future"), [True, True, False, False]),
        (Quota(limit=1, measure="bookings", per="month"), [True, False, False, False]),
        (Concurrency(spaces=1), [True] * 4),
    ],
)
@pytest.mark.parametrize("attach", [Attachment(scope="all"), Attachment(scope="group", id=UUID(int=77))])
def test_a_policy_that_counts_counts_the_dates_before(
    rule: Quota | Concurrency, expected: list[bool], attach: Attachment
) -> None:
    policy = Policy(id=UUID(int=9), version=1, rule=rule, attach=attach)

    assert judge(ledger(policies=(policy,)), *map(weekly, range(4))) == expected


def test_a_date_is_judged_on_a_slice_of_its_own() -> None:
    around = (taken(weekly(0)), taken(weekly(3)))

    judged = judge_dates(asked(*map(weekly, range(4))), ledger(taken=around), ())

    assert [len(each.ledger.taken) for _, each in sorted(judged.items())] == [1, 0, 0, 1]


def test_a_time_of_thousands_of_years_is_refused_like_any_other() -> None:
    endless = replace(asked(window(24))[0], request=Request(window(24, 60 * 24 * 366 * 5000), 2))

    judged = judge_dates([endless], ledger(taken=(taken(weekly(0)),)), ())

    assert granted(dict(judged)) == [False]
