"""docs/answers.md lists every kind of answer as it is."""

from pathlib import Path

from services.answer_listing import answers_page
from services.cli.documents import ANSWERS

PAGE = Path(__file__).parents[3] / ANSWERS


def test_the_page_is_as_the_code_makes_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == answers_page(), "write it anew: make documents"
