"""Which intents are written without a look: those about a hold that nobody can have written yet."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from libs.contracts.intents import DropHold, Intent, KeepHold
from libs.contracts.keys import ReservationKey
from libs.contracts.messages import IntentIssued
from libs.contracts.values import Window
from services.outbound.core.first_write import Noted, is_first_write

RESERVATION = uuid4()
START = datetime(2027, 3, 1, 9, tzinfo=UTC)
HOLD = KeepHold(
    reservation_id=RESERVATION,
    window=Window(start=START, end=START + timedelta(hours=1)),
    time_zone="UTC",
    subject="Board",
)
NEW, KNOWN = Noted(1, is_new=True), Noted(1)


def issued(intent: Intent, generation: int) -> IntentIssued:
    return IntentIssued(
        connection_id=uuid4(),
        room_mailbox="birch@contoso.example",
        key=ReservationKey(uuid4(), RESERVATION),
        generation=generation,
        awaited_until=None,
        intent=intent,
    )


@pytest.mark.parametrize(
    ("intent", "generation", "noted", "is_first"),
    [
        pytest.param(HOLD, 1, NEW, True, id="a hold of which nobody has heard"),
        pytest.param(HOLD, 1, KNOWN, False, id="one that is delivered again"),
        pytest.param(HOLD, 2, Noted(2, is_new=True), False, id="a later generation, the earlier one forgotten"),
        pytest.param(HOLD.model_copy(update={"event_id": "AAMk1"}), 1, NEW, False, id="an event that policy knows of"),
        pytest.param(DropHold(reservation_id=RESERVATION), 1, NEW, False, id="a hold that is to go"),
    ],
)
def test_a_hold_is_written_without_a_look_if_nobody_can_have_written_it(
    intent: Intent, generation: int, noted: Noted, *, is_first: bool
) -> None:
    assert is_first_write(issued(intent, generation), noted) == is_first
