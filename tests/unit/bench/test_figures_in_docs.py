"""What the documentation says is measured, is measured."""

import re
from pathlib import Path

import pytest

from tests.bench.__main__ import FIGURES

PROMISES = Path(__file__).parents[3] / "docs" / "promises.md"
NAMED = [
    name
    for figures in re.findall(r"`make bench`, figures? ((?:`\w+`(?:, | and )?)+)", PROMISES.read_text())
    for name in re.findall(r"`(\w+)`", figures)
]


def test_the_promises_name_figures() -> None:
    assert NAMED


@pytest.mark.parametrize("name", NAMED)
def test_each_figure_that_proves_a_promise_is_measured(name: str) -> None:
    assert name in FIGURES
