"""What cannot be stored is parked when it is read, and costs nothing but itself."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from libs.common.codec import Codec, UnreadableMessage
from libs.common.topology import Lane, Topology
from libs.contracts.messages import CATALOGUE, OutlookNotified

CODEC = Codec(CATALOGUE, Topology([], shards=1))
NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)


def delivered(event_id: str) -> OutlookNotified:
    sent = OutlookNotified(space_id=UUID(int=1), event_id=event_id, change="updated", received_at=NOW)
    envelope = CODEC.envelope(sent, message_id=uuid4(), correlation_id="c", lane=Lane.LIVE, sent_at=NOW)
    received = CODEC.message(envelope)
    assert isinstance(received, OutlookNotified)
    return received


def test_a_message_with_a_nul_in_a_text_is_unreadable() -> None:
    with pytest.raises(UnreadableMessage, match="NUL"):
        delivered("AAk\x00")


@pytest.mark.parametrize("event_id", ["AAk", r"AAk\u0000", "AAk\ufffd"])
def test_a_message_without_one_is_read(event_id: str) -> None:
    assert delivered(event_id).event_id == event_id
