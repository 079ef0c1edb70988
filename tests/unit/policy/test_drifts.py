"""Drifts in words."""

import pytest

from libs.contracts.messages import DriftKind
from services.policy.core.drifts import CONFLICT, say_cause, say_kind, say_time_to_heal


@pytest.mark.parametrize("kind", [*DriftKind, CONFLICT])
def test_every_kind_of_drift_is_said_in_a_sentence(kind: str) -> None:
    said = say_kind(kind)

    assert said[0].isupper()
    assert "_" not in said
    assert len(said.split()) > 3


def test_what_another_version_calls_a_drift_is_told_as_it_is() -> None:
    assert say_kind("odd_kind") == "Odd_kind"
    assert say_cause("odd_cause") == "odd_cause"


def test_where_no_cause_is_known_a_notification_was_missing() -> None:
    assert say_cause(None) == "The room was watched, and no notification had told of it."


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (0.6, "1 second"),
        (59.4, "59 seconds"),
        (59.9, "1 minute"),
        (60, "1 minute"),
        (90 * 60, "1 hour 30 minutes"),
        (2 * 86400, "2 days"),
    ],
)
def test_how_long_a_drift_was_there_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert say_time_to_heal(seconds) == said
