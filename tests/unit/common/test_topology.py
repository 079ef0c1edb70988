"""Shards and routing keys: the same everywhere, and each message in exactly one queue per consumer."""

from hypothesis import given
from hypothesis import strategies as st

from libs.common.topology import Consumer, Lane, QueueName, Topology, routing_key

KEYS = st.text(max_size=80)


@given(KEYS, st.integers(1, 64))
def test_a_shard_is_always_one_of_those_there_are(key: str, shards: int) -> None:
    topology = Topology([Consumer("reader", ("seen.v1",))], shards=shards)

    assert topology.shard_of(key) in {queue.shard for queue in topology.queues_of("reader")}


def test_a_shard_never_changes() -> None:
    topology = Topology([], shards=8)

    assert [topology.shard_of(key) for key in ("", "a", "room-1", "zürich")] == [0, 3, 6, 2]


def test_a_consumer_has_a_queue_per_lane_and_shard() -> None:
    topology = Topology([Consumer("reader", (), lanes=(Lane.LIVE, Lane.BULK)), Consumer("clerk", ())], shards=2)

    assert [str(each) for each in topology.queues_of("reader")] == [
        "reader.live.0",
        "reader.live.1",
        "reader.bulk.0",
        "reader.bulk.1",
    ]
    assert topology.queues_of("clerk") == [QueueName("clerk", Lane.LIVE, 0), QueueName("clerk", Lane.LIVE, 1)]


def test_routing_keys_tell_lanes_apart() -> None:
    assert routing_key("seen.v1", Lane.LIVE, 3) == "seen.v1.3"
    assert routing_key("seen.v1", Lane.BULK, 3) == "seen.v1.3.bulk"
