"""What Outlook makes of a subject is a form that it leaves alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.shown import LONGEST_SUBJECT, shown_subject


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(st.text(max_size=400) | st.text("🎉 ab\u00e9", min_size=200, max_size=400))
def test_a_shown_subject_fits_and_is_shown_the_same_again(wanted: str) -> None:
    shown = shown_subject(wanted)

    assert units(shown) <= LONGEST_SUBJECT
    assert shown_subject(shown) == shown


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("  Plan\r\nning ", "Plan ning"),
        ("x" * 300, "x" * 255),
        ("🎉" * 140, "🎉" * 127),
        ("x" + "🎉" * 127, "x" + "🎉" * 127),
        ("x" * 254 + " y", "x" * 254),
        ("", ""),
    ],
)
def test_a_subject_is_trimmed_and_cut_between_characters(wanted: str, shown: str) -> None:
    assert shown_subject(wanted) == shown
