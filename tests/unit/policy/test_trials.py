"""What a policy on trial would have done, told by what the decisions recorded of it."""

import pytest

from services.policy.core.trials import MOST_PEOPLE, BrokenOnTrial, CountedOnTrial, TrialSummary, WouldHave, summarise

ADA, BEN = "ada@example.org", "ben@example.org"


@pytest.mark.parametrize(
    ("broken", "would_have"),
    [
        (BrokenOnTrial("accept", needs_approval=False), "declined"),
        (BrokenOnTrial("tentative", needs_approval=False), "declined"),
        (BrokenOnTrial("cancelled", needs_approval=False), "declined"),
        (BrokenOnTrial("accept", needs_approval=True), "asked"),
        (BrokenOnTrial("tentative", needs_approval=True), None),
        (BrokenOnTrial("decline", needs_approval=False), None),
        (BrokenOnTrial("decline", needs_approval=True), None),
        (BrokenOnTrial("accept", needs_approval=False, is_overridden=True), None),
        (BrokenOnTrial("accept", needs_approval=False, is_decided=True), None),
        (BrokenOnTrial("accept", needs_approval=False, is_approved=True), "declined"),
        (BrokenOnTrial("accept", needs_approval=True, is_approved=True), None),
    ],
)
def test_what_a_request_would_have_come_to_follows_from_what_is_on_record(
    broken: BrokenOnTrial, would_have: WouldHave | None
) -> None:
    assert broken.would_have == would_have


def test_people_are_those_of_whose_requests_something_else_would_have_become() -> None:
    declined, asked = BrokenOnTrial("accept", needs_approval=False), BrokenOnTrial("accept", needs_approval=True)
    same = BrokenOnTrial("decline", needs_approval=False)

    found = summarise(
        [
            CountedOnTrial(ADA, declined, 1),
            CountedOnTrial(BEN, declined, 2),
            CountedOnTrial(BEN, asked, 1),
            CountedOnTrial(ADA, same, 5),
            CountedOnTrial(None, declined, 4),
        ]
    )

    assert found == TrialSummary(broken=13, declined=7, asked=1, people=((BEN, 3), (ADA, 1)))


def test_no_more_people_are_named_than_a_page_has_room_for() -> None:
    broken = BrokenOnTrial("accept", needs_approval=False)

    found = summarise(CountedOnTrial(f"{number}@example.org", broken, 1 + number) for number in range(MOST_PEOPLE + 1))

    assert len(found.people) == MOST_PEOPLE
    assert found.people[0] == (f"{MOST_PEOPLE}@example.org", MOST_PEOPLE + 1)
    assert found.declined == sum(range(1, MOST_PEOPLE + 2))
