"""What a policy asks for, in words for whoever sets it."""

import pytest

from services.policy.core.policies.describe import EFFECTS, describe_dates, describe_exemptions, describe_rule
from services.policy.core.policies.policy import KINDS, RULES, Dates, Effect, Exemptions, Policy
from services.policy_listing import example
from tests.unit.policy.policies.factories import policy

HOURS = {"monday": [["08:00", "12:00"], ["13:00", "18:00"]], "friday": [["08:00", "24:00"]]}
APPROVERS = ["a@b.org"]


def described(kind: str, **parameters: object) -> str:
    made: Policy = policy(RULES.validate_python({"kind": kind, **parameters}))
    return describe_rule(made.rule)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_said_in_sentences(kind: str) -> None:
    said = described(kind, **example(kind)["parameters"])

    assert said[0].isupper()
    assert said.endswith(".")
    assert "_" not in said
    assert "None" not in said


@pytest.mark.parametrize(
    ("kind", "parameters", "said"),
    [
        ("maximum_duration", {"minutes": 90}, "A booking lasts 1 hour 30 minutes at most."),
        ("minimum_duration", {"minutes": 15}, "A booking lasts 15 minutes at least."),
        ("lead_time", {"minutes": 60}, "A booking is made at least 1 hour before it starts."),
        (
            "change_cut_off",
            {"change_minutes": 60, "cancel_minutes": 1440},
            "A booking is changed until 1 hour and cancelled until 1 day before it starts.",
        ),
        ("advance_window", {"days": 0}, "A booking is made on the day itself only."),
        (
            "advance_window",
            {"days": 14, "opens_at": "08:00"},
            "A booking is made 14 days ahead at most, from 08:00 on.",
        ),
        (
            "opening_hours",
            {"weekly": HOURS},
            "A booking lies within the opening hours: Monday 08:00-12:00, 13:00-18:00; Friday 08:00-24:00.",
        ),
        ("time_grid", {"minutes": 30}, "A booking starts every 30 minutes, counted from midnight."),
        (
            "time_grid",
            {"minutes": 60, "lengths": [60, 120]},
            "A booking starts every hour, counted from midnight and lasts 1 hour or 2 hours.",
        ),
        ("all_day", {"allowed": False}, "No whole day is booked."),
        ("all_day", {"allowed": True, "most_days": 2}, "A booking covers 2 whole days at most."),
        ("capacity", {}, "As many people come as the room holds."),
        (
            "capacity",
            {"margin": 2, "at_least": 4},
            "As many people come as the room holds, and 2 more, and 4 people at least.",
        ),
        ("who_may_book", {"domains": ["example.org"]}, "Only everybody of example.org may book."),
        ("who_may_book", {"external": "no"}, "People from outside do not book."),
        ("quota", {"limit": 3, "measure": "bookings", "per": "week"}, "One organizer has 3 bookings a week at most."),
        (
            "quota",
            {"limit": 120, "measure": "minutes", "per": "future", "peak": {"monday": [["08:00", "12:00"]]}},
            "One organizer has 2 hours of bookings to come at most, counted only within Monday 08:00-12:00.",
        ),
        ("concurrency", {"spaces": 1}, "One organizer has 1 room at a time at most."),
        ("series", {"allowed": False}, "No recurring meeting is booked."),
        (
            "series",
            {"allowed": True, "open_ended": False, "most_occurrences": 10, "on_conflict": "skip_conflicts"},
            "A recurring meeting is booked 10 times at most, and has an end. A conflict declines only its own date.",
        ),
        ("approval", {"when": "never", "approvers": APPROVERS}, "No booking needs approval."),
        (
            "approval",
            {"when": {"people_over": 9, "external": True}, "approvers": APPROVERS},
            (
                "A booking needs approval if it is for more than 9 people or is made by people from outside; a@b.org "
                "is asked."
            ),
        ),
    ],
)
def test_a_rule_is_said_in_plain_words(kind: str, parameters: dict[str, object], said: str) -> None:
    assert described(kind, **parameters) == said


def test_a_long_list_is_cut_with_how_many_there_are_besides() -> None:
    domains = [f"d{number}.example" for number in range(8)]

    assert described("who_may_book", domains=domains).endswith("d4.example and everybody of 3 more may book.")


def test_exemptions_name_whom_and_what_they_are_for() -> None:
    exempt = Exemptions(
        addresses=("ada@example.org",), domains=("board.example.org",), roles=("admin",), channels=("api",)
    )

    assert describe_exemptions(Exemptions()) is None
    assert describe_exemptions(exempt) == (
        "It does not hold for ada@example.org, everybody of board.example.org, callers with the role admin and "
        "what comes in by api."
    )


def test_dates_are_said_only_where_they_limit() -> None:
    assert describe_dates(Dates()) is None
    assert (
        describe_dates(Dates.model_validate({"from": "2027-03-01"})) == "It holds for what starts from Mon 01 Mar 2027."
    )


@pytest.mark.parametrize("effect", ["deny", "approve", "warn", "shadow"])
def test_every_effect_says_what_outlook_shows(effect: Effect) -> None:
    assert EFFECTS[effect].endswith(".")
