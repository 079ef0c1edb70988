"""What a mail server said, as it may be logged."""

import time

import pytest

from libs.mail.errors import LONGEST_SAYING, in_short


@pytest.mark.parametrize(
    ("said", "short"),
    [
        ("5.1.1 <ada@example.org>: no such user", "5.1.1 <…>: no such user"),
        ("ada@example.org and\r\nben@example.org are unknown", "… and … are unknown"),
        ("no\tsuch \x07user", "no such user"),
        ("@ alone", "… alone"),
        ("x" * 300, "x" * LONGEST_SAYING),
    ],
)
def test_a_saying_is_one_short_line_without_addresses(said: str, short: str) -> None:
    assert in_short(said) == short


def test_a_saying_of_a_megabyte_takes_no_longer_than_reading_it() -> None:
    before = time.process_time()
    in_short("x" * 1_000_000)
    assert time.process_time() - before < 5
