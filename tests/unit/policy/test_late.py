"""A cancellation in Outlook frees the room whatever the time, and is recorded as late where the policies say so."""

from uuid import UUID

import pytest

from services.policy.core.late import is_late_cancellation
from services.policy.core.policies.dates import ChangeCutOff
from services.policy.core.policies.policy import Attachment, Effect, Policy
from tests.unit.policy.factories import booked, decided, meeting, recorded, saved


def cut_off(minutes: int, effect: Effect = "deny") -> Policy:
    rule = ChangeCutOff(cancel_minutes=minutes)
    return Policy(id=UUID(int=6), version=1, rule=rule, attach=Attachment(scope="all"), effect=effect)


@pytest.mark.parametrize(
    ("policy", "is_late"),
    [
        (cut_off(60 * 24), False),
        (cut_off(60 * 24 + 1), True),
        (cut_off(60 * 24 + 1, "warn"), True),
        (cut_off(60 * 24 + 1, "shadow"), False),
    ],
)
def test_a_late_cancellation_frees_the_room_and_is_said_to_be_late(policy: Policy, is_late: bool) -> None:
    for seen in (meeting(is_cancelled=True), None):
        decision = decided(booked(policies=(policy,)), seen)

        [ended], [record] = saved(decision), recorded(decision)
        assert ended.status == "cancelled"
        assert [is_late_cancellation(each) for each in ended.warnings] == [True] * is_late
        assert record.warnings == ended.warnings
