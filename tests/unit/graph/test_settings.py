"""What may be set, and that nothing beyond Graph's limits is the default."""

import pytest
from pydantic import ValidationError

from libs.graph.settings import GraphSettings


def test_the_defaults_keep_within_what_graph_allows() -> None:
    settings = GraphSettings.model_validate({})
    assert settings.graph_requests_per_mailbox <= 4
    assert settings.graph_requests_per_10_min < 10_000


@pytest.mark.parametrize(
    "given",
    [
        {"graph_requests_per_mailbox": 0},
        {"graph_requests_per_10_min": 1},
        {"graph_timeout_s": 0},
        {"graph_timeout_s": "soon"},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GraphSettings.model_validate(given)
