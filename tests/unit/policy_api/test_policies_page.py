"""The page about policies says what the models say, and its examples can be set."""

from pathlib import Path

import pytest

from services.cli.documents import POLICIES
from services.policy.core.policies.policy import KINDS
from services.policy_listing import EXAMPLES, example, policies_page

PAGE = Path(__file__).parents[3] / POLICIES


def test_the_checked_in_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == policies_page(), "write it anew: make documents"


def test_every_kind_has_an_example_and_nothing_else_has() -> None:
    assert list(EXAMPLES) == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_can_be_set(kind: str) -> None:
    assert example(kind)["kind"] == kind


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_is_described_on_the_page_and_in_the_description_of_the_api(kind: str) -> None:
    schema = KINDS[kind].model_json_schema()
    models = [schema, *(each for each in schema.get("$defs", {}).values() if "properties" in each)]
    parameters = {name: each for model in models for name, each in model["properties"].items() if name != "kind"}

    for name, each in parameters.items():
        description = each.get("description", "")
        assert description.endswith("."), name
        assert f" {description} |" in policies_page(), name


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_described_with_all_of_its_parameters(kind: str) -> None:
    _, _, section = policies_page().partition(f"### {kind}\n")
    section, _, _ = section.partition("###")

    parameters = {name.rstrip("_") for name in KINDS[kind].model_fields} - {"kind"}
    assert parameters
    assert all(f"\n| `{name}` | " in section for name in parameters)
    assert section.count("```json") == 1
