"""The registry of findings and docs/findings.md have the same codes, and each code is found by something."""

import inspect
import re
from pathlib import Path
from string import Formatter

from services.finding_listing import findings_page
from services.findings.finding import PAGE, FindingCode
from services.findings.registry import REGISTRY
from services.policy.core.findings import credentials, find
from services.policy.core.own_answers import ENOUGH_UNANSWERED

CHECKS = Path(__file__).parents[3] / "services" / "doctor" / "checks"
TEXT = (Path(__file__).parents[3] / PAGE).read_text(encoding="utf-8")


def test_the_page_is_as_the_code_makes_it() -> None:
    assert findings_page() == TEXT, "write it anew: make documents"


def test_every_code_has_an_entry_and_a_section_and_the_other_way_round() -> None:
    sections = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)

    assert sections == [code.value for code in FindingCode]
    assert set(REGISTRY) == set(FindingCode)


def test_no_code_is_without_something_that_finds_it() -> None:
    standing = inspect.getsource(find) + inspect.getsource(credentials)
    looked_for = "".join(path.read_text(encoding="utf-8") for path in CHECKS.glob("*.py"))

    def is_found(code: FindingCode) -> bool:
        return f"FindingCode.{code.name}" in (standing if code.is_standing else looked_for)

    assert [code for code in FindingCode if not is_found(code)] == []


def test_the_page_says_how_many_unanswered_invitations_end_a_finding() -> None:
    assert f"once {ENOUGH_UNANSWERED} invitations" in REGISTRY[FindingCode.ANSWERS_BY_ITSELF].ends


def test_every_word_in_braces_of_a_finding_is_a_name() -> None:
    for entry in REGISTRY.values():
        for text in (entry.finding, entry.why, entry.remedy):
            assert all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(text))


def test_a_code_is_rs_and_a_number_from_101_on() -> None:
    assert [code.value for code in FindingCode if not re.fullmatch(r"RS[1-9]\d\d", code) or code < "RS101"] == []
