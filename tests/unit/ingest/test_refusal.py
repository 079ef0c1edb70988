import pytest

from services.ingest.core.refusal import granted_minutes, twin_named

TWIN = "7f105c7d-2dc5-4530-97cd-4e7ae6534c07"


@pytest.mark.parametrize(
    ("refusal", "asked", "minutes"),
    [
        ("Subscription expiration can only be 4230 minutes in the future.", 10_000, 4230),
        ("Subscription expiration can only be 10070 minutes in the future. (status 400)", 10_080, 10_070),
        ("Subscription expiration can only be 45 minutes in the future.", 10_000, 45),
        ("Subscription expiration can only be 10070 minutes in the future.", 10_000, None),
        ("Subscription expiration can only be 4230 minutes in the future.", 4230, None),
        ("Subscription expiration can only be 44 minutes in the future.", 10_000, None),
        ("Subscription validation request timed out.", 10_000, None),
        ("", 10_000, None),
    ],
)
def test_a_shorter_lifetime_is_taken_from_the_refusal(refusal: str, asked: int, minutes: int | None) -> None:
    """Source: https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/2988"""
    assert granted_minutes(refusal, asked) == minutes


@pytest.mark.parametrize(
    ("refusal", "twin"),
    [
        (f"Subscription Id <{TWIN}> already exists for the requested combination", TWIN),
        (f"Subscription Id {TWIN.upper()} already exists", TWIN.upper()),
        ("Subscription Id <> already exists for the requested combination", None),
        (f"The object '{TWIN}' was not found.", None),
    ],
)
def test_a_twin_is_taken_from_the_refusal(refusal: str, twin: str | None) -> None:
    assert twin_named(refusal) == twin
