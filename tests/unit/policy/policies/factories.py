"""Policies that show only what a test is about."""

from itertools import count
from typing import Any
from uuid import UUID

from services.policy.core.policies.policy import Attachment, Policy
from services.policy.core.policies.rule import Booking, Rule
from tests.unit.policy.factories import SPACE, window

GROUP, OTHER_GROUP = UUID(int=21), UUID(int=22)

EVERYWHERE = Attachment(scope="all")
IN_GROUP = Attachment(scope="group", id=GROUP)
IN_OTHER_GROUP = Attachment(scope="group", id=OTHER_GROUP)
HERE = Attachment(scope="space", id=SPACE)

_ids = count(100)


def policy(rule: Rule, attach: Attachment = EVERYWHERE, **different: Any) -> Policy:
    """Make a policy; of two that are made one after the other the first has the lower id."""
    return Policy(**{"id": UUID(int=next(_ids)), "version": 1, "rule": rule, "attach": attach, **different})


def booking(hours_from_now: float, minutes: int = 60, **different: Any) -> Booking:
    """Make a booking of the organizer in another space, which is in no group."""
    at = window(hours_from_now, minutes)
    usual: dict[str, Any] = {
        "reservation_id": UUID(int=next(_ids)),
        "space_id": UUID(int=7),
        "group_ids": frozenset(),
        "starts_at": at.start,
        "ends_at": at.end,
    }
    return Booking(**usual | different)
