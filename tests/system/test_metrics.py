"""What an operator sees in the metrics after somebody was answered."""

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually
from deploy.driver.looks import accepted_meeting, answered
from deploy.driver.slots import slot
from deploy.local.services import ROLES
from deploy.local.stack import LocalStack

ANSWER = ("roomsync_answer_seconds_count", {"lane": "live", "answer": "declined"})
DECISION = ("roomsync_decisions_total", {"outcome": "decline"})
REASON = ("roomsync_decision_reasons_total", {"outcome": "decline", "reason": "slot_taken"})
CALL = ("roomsync_graph_call_seconds_count", {"call": "respond", "outcome": "ok"})


async def figures(stack: LocalStack) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Add up what all roles show; roles that share a process show the same."""
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    async with aiohttp.ClientSession() as session:
        for role in ROLES:
            async with session.get(f"http://127.0.0.1:{stack.ports.probes_of(role)}/metrics") as answer:
                for family in text_string_to_metric_families(await answer.text()):
                    for sample in family.samples:
                        name = (sample.name, frozenset(sample.labels.items()))
                        found[name] = found.get(name, 0) + sample.value
    return found


async def test_an_answer_is_measured_from_its_notification_with_its_decision_and_its_calls(
    stack: LocalStack, cast: Cast
) -> None:
    room, ada, ben = await cast.room(), await cast.user("ada"), await cast.user("ben")
    when = slot()
    await accepted_meeting(ada, room, when)
    before = await figures(stack)

    await answered(ben, await ben.invite("Interview", when, room.calendar), room, "declined")

    async def are_measured() -> None:
        after = await figures(stack)
        for name, labels in (ANSWER, DECISION, REASON, CALL):
            key = (name, frozenset(labels.items()))
            assert after.get(key, 0) > before.get(key, 0), (name, labels)
        seconds = ("roomsync_answer_seconds_sum", frozenset(ANSWER[1].items()))
        assert 0 < after[seconds] - before.get(seconds, 0) < 60 * len(ROLES)

    await eventually(are_measured)


@pytest.mark.parametrize(
    "name",
    [
        "roomsync_subscription_earliest_expiry_timestamp_seconds",
        "roomsync_graph_wait_seconds_count",
        "roomsync_rooms_oldest_unswept_seconds",
        "roomsync_credential_expires_seconds",
        "roomsync_queue_messages",
        "roomsync_parked_messages",
        "roomsync_build_info",
    ],
)
async def test_these_are_shown(stack: LocalStack, cast: Cast, name: str) -> None:
    await cast.room()

    async def is_shown() -> None:
        assert name in {shown for shown, _ in await figures(stack)}

    await eventually(is_shown)
