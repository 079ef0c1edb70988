"""The rule that an administrator has to approve a booking."""

from typing import Any

from services.policy.core.policies.approval import Approval
from tests.unit.policy.factories import window
from tests.unit.policy.policies.tables import Breaks, Covers, Eases, OfKind, Refused, asked, refused_numbers

ADA = "ada@example.org"
EXAMPLE_ORG = frozenset({"example.org"})
EXTERNAL = asked(own_domains=frozenset({"contoso.example"}))


def approval(when: Any, **different: Any) -> Approval:
    return Approval(when=when, approvers=(ADA,), **different)


class TestApproval(OfKind):
    kind = Approval
    holds = (
        (approval("never"), EXTERNAL),
        (approval({"minutes_over": 60}), asked(window(24, 60))),
        (approval({"people_over": 10}), asked(people=10)),
        (approval({"days_ahead_over": 1}), asked(window(24))),
        (approval({"outside_opening_hours": True}), asked()),
        (approval({"outside_opening_hours": False, "people_over": 9}), asked(is_outside_hours=True)),
        (approval({"external": True}), asked(own_domains=EXAMPLE_ORG)),
        (approval({"external": True}), asked()),
    )
    breaks = (
        Breaks(
            approval("always"),
            asked(),
            None,
            "always",
            "An administrator has to approve every booking of Aurora.",
            needs_approval=True,
        ),
        Breaks(
            approval({"minutes_over": 60}),
            asked(window(24, 61)),
            None,
            "minutes_over",
            "An administrator has to approve bookings of Aurora of more than 1 hour.",
            needs_approval=True,
        ),
        Breaks(
            approval({"people_over": 1}),
            asked(),
            None,
            "people_over",
            "An administrator has to approve bookings of Aurora for more than 1 person.",
            needs_approval=True,
        ),
        Breaks(
            approval({"days_ahead_over": 1}),
            asked(window(25)),
            None,
            "days_ahead_over",
            "An administrator has to approve bookings of Aurora more than 1 day ahead.",
            needs_approval=True,
        ),
        Breaks(
            approval({"outside_opening_hours": True}),
            asked(is_outside_hours=True),
            None,
            "outside_opening_hours",
            "An administrator has to approve bookings of Aurora outside its opening hours.",
            needs_approval=True,
        ),
        Breaks(
            approval({"external": True}),
            EXTERNAL,
            None,
            "external",
            "An administrator has to approve bookings of Aurora by people from outside.",
            needs_approval=True,
        ),
        Breaks(
            approval({"minutes_over": 30, "people_over": 1, "days_ahead_over": 0, "external": True}),
            asked(own_domains=EXAMPLE_ORG),
            None,
            "minutes_over,people_over,days_ahead_over",
            "An administrator has to approve bookings of Aurora of more than 30 minutes, for more than 1 person or "
            "more than 0 days ahead.",
            needs_approval=True,
        ),
    )
    eases = (Eases(approval({"people_over": 1}), asked(people=9), asked(people=3), False),)
    covers = (
        Covers(approval("always"), approval("always"), True),
        Covers(approval("always"), approval("never"), False),
        Covers(approval("always"), approval("always", mode="compete"), False),
    )
    refused = (
        Refused({"when": "always"}, "Field required"),
        Refused({"when": "always", "approvers": []}, "at least 1 item"),
        Refused({"when": "always", "approvers": ["ada"]}, "name@example.org"),
        Refused({"when": "sometimes", "approvers": [ADA]}, "'always' or 'never'"),
        Refused({"when": {}, "approvers": [ADA]}, "At least one condition is given"),
        Refused({"when": {"external": False}, "approvers": [ADA]}, "At least one condition is given"),
        Refused({"when": {"weather": "bad"}, "approvers": [ADA]}, "Extra inputs are not permitted"),
        Refused({"when": {"minutes_over": -1}, "approvers": [ADA]}, "greater than or equal to 1"),
        Refused({"when": {"people_over": "10"}, "approvers": [ADA]}, "valid integer"),
        Refused({"when": {"days_ahead_over": True}, "approvers": [ADA]}, "valid integer"),
        Refused({"when": {"external": "yes"}, "approvers": [ADA]}, "valid boolean"),
        Refused({"when": "always", "approvers": [ADA], "mode": "race"}, "'hold' or 'compete'"),
        Refused({"when": "always", "approvers": [ADA], "at_deadline": "shrug"}, "'reject', 'approve' or 'leave'"),
        *refused_numbers("deadline_minutes", least=1, most=366 * 1440, when="always", approvers=[ADA]),
        *refused_numbers("before_start_minutes", least=1, most=366 * 1440, when="always", approvers=[ADA]),
    )
