"""What is said before a parked message is replayed."""

import pytest

from libs.contracts.topology import LISTENERS
from services.parked.words import NOT_KNOWN, say_what_replaying_does

TYPES = sorted({each for types in LISTENERS.values() for each in types})


@pytest.mark.parametrize("message_type", TYPES)
def test_for_every_message_that_somebody_handles_it_is_said_what_replaying_it_does(message_type: str) -> None:
    assert say_what_replaying_does(message_type) != NOT_KNOWN


@pytest.mark.parametrize("message_type", ["unknown", "", "lunch.served.v1", ".v1"])
def test_of_a_message_that_nobody_knows_it_is_said_that_it_is_parked_again(message_type: str) -> None:
    assert say_what_replaying_does(message_type) == NOT_KNOWN
