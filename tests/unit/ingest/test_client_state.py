from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core.client_state import LONGEST, SubscriptionIdentity, mark, sign, verify

SPACE = UUID("0c8f7f7e-0a3c-4f7e-9a55-6f8d1f0f2a11")
OTHER_SPACE = UUID("9b1d7d0e-52d5-4a8e-8d3b-7c1f4be0a922")
NEW, OLD = "a secret of today, long enough", "a secret of yesterday, long enough"
LARGEST_GENERATION = 2**63 - 1


def test_what_was_signed_is_verified_as_the_same_claim() -> None:
    assert verify([NEW], sign([NEW], SPACE, 7)) == SubscriptionIdentity(SPACE, 7)


def test_the_longest_claim_is_no_longer_than_graph_allows() -> None:
    assert len(sign([NEW], SPACE, LARGEST_GENERATION)) <= LONGEST


def test_the_first_secret_signs() -> None:
    assert sign([NEW, OLD], SPACE, 1) == sign([NEW], SPACE, 1)


def test_during_a_rotation_the_old_secret_verifies_and_afterwards_it_does_not() -> None:
    made_before = sign([OLD], SPACE, 3)

    assert verify([NEW, OLD], made_before) == SubscriptionIdentity(SPACE, 3)
    assert verify([NEW], made_before) is None


GENUINE = sign([NEW], SPACE, 3)
MAC = GENUINE.rpartition(".")[2]


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(None, id="none"),
        pytest.param(7, id="a number"),
        pytest.param({"clientState": GENUINE}, id="an object"),
        pytest.param([GENUINE], id="a list"),
        pytest.param("", id="empty"),
        pytest.param(".", id="a point"),
        pytest.param("..", id="two points"),
        pytest.param(GENUINE.upper(), id="in capitals"),
        pytest.param(GENUINE[:-1], id="cut"),
        pytest.param(GENUINE + " ", id="with a blank"),
        pytest.param(f"{OTHER_SPACE}.3.{MAC}", id="of another space"),
        pytest.param(f"{SPACE}.4.{MAC}", id="of another generation"),
        pytest.param(f"{SPACE}.3.", id="without proof"),
        pytest.param(sign(["not our secret, but long enough"], SPACE, 3), id="by another secret"),
        pytest.param("\ud800" + GENUINE, id="half a surrogate pair in front"),
        pytest.param(GENUINE[:-1] + "\udfff", id="half a surrogate pair behind"),
        pytest.param("ä" * 64, id="not in ascii"),
        pytest.param(GENUINE * 100_000, id="huge"),
    ],
)
def test_a_forged_client_state_is_no_claim(forged: object) -> None:
    assert verify([NEW, OLD], forged) is None


@given(st.text(st.characters(codec=None)))
def test_no_text_at_all_is_taken_for_a_claim(text: str) -> None:
    assert verify([NEW, OLD], text) is None


def test_terms_differ_by_address_and_by_the_secret_that_signs_only() -> None:
    ours = mark([NEW, OLD], "https://rooms.example.org")

    assert ours == mark([NEW], "https://rooms.example.org")
    assert ours != mark([NEW, OLD], "https://other.example.org")
    assert ours != mark([OLD, NEW], "https://rooms.example.org")
