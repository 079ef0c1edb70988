"""Targets, ratios and what the report says of them."""

import io

import pytest
from rich.console import Console

from tests.bench.figures import Line, Peer, Target
from tests.bench.report import as_json, closing, table


def line(target: Target, reached: float, peer: Peer | None = None, *, unit: str = "ms") -> Line:
    return Line("webhook", "batch of 20", reached, unit, target, peer, "3 rounds")


@pytest.mark.parametrize(
    ("target", "reached", "is_met"),
    [
        (Target("below", 50), 49.9, True),
        (Target("below", 50), 50, False),
        (Target("at_least", 300), 300, True),
        (Target("at_least", 300), 299, False),
        (Target("exactly", 1), 1, True),
        (Target("exactly", 1), 2, False),
    ],
)
def test_a_target_is_met_or_missed(target: Target, reached: float, is_met: bool) -> None:
    assert line(target, reached).is_met is is_met


@pytest.mark.parametrize(
    ("target", "reached", "peer", "ratio"),
    [(Target("below", 50), 10, 200, 20), (Target("at_least", 300), 900, 300, 3), (Target("times", 5), 2, 8, 4)],
)
def test_a_ratio_says_how_many_times_better_than_the_peer_we_are(
    target: Target, reached: float, peer: float, ratio: float
) -> None:
    assert line(target, reached, Peer("somebody", peer)).ratio == ratio


@pytest.mark.parametrize(
    ("peer", "is_met"), [(Peer("somebody", 10), True), (Peer("somebody", 9.9), False), (None, False)]
)
def test_times_a_peer_needs_the_peer(peer: Peer | None, is_met: bool) -> None:
    assert line(Target("times", 5), 2, peer).is_met is is_met


def test_the_table_says_what_was_missed_and_beside_whom() -> None:
    shown = io.StringIO()
    lines = [line(Target("below", 50), 70, Peer("somebody", 140)), line(Target("at_least", 300), 1200, unit="/s")]
    Console(file=shown, width=150).print(table(lines))
    missed, met = (text for text in shown.getvalue().splitlines() if "batch of 20" in text)
    assert missed.split()[-9:] == ["<", "50", "ms", "70", "ms", "140", "ms", "2x", "missed"]
    assert met.split()[-5:] == ["300", "/s", "1,200", "/s", "ok"]
    assert "peer: somebody; 3 rounds" in shown.getvalue()


def test_the_closing_sentence_names_each_missed_target() -> None:
    met, missed = line(Target("below", 50), 40), line(Target("below", 50), 70)
    assert closing([met]) == "All 1 targets were met."
    assert closing([met, missed]) == "1 of 2 targets were missed: batch of 20 (70 ms, target < 50 ms)"


def test_machines_get_numbers() -> None:
    [shown] = as_json([line(Target("times", 5), 2, Peer("somebody", 8))])
    assert shown == {
        "figure": "webhook",
        "what": "batch of 20",
        "unit": "ms",
        "target": "≥ 5 times peer",
        "reached": 2,
        "peer": "somebody",
        "peer_reached": 8,
        "ratio": 4,
        "met": False,
        "note": "3 rounds",
    }
