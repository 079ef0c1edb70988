"""Readers for the tests: what they are told, what they observe, and how often they read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from libs.common.handlers import Became, Finished, RetryLater, Waits
from libs.contracts.messages import MeetingObserved, OutlookNotified
from libs.contracts.values import Observation
from services.ingest.handlers.reader import Reader
from tests.integration.ingest.world import Space, World

GRACE_S = 0.3


def notified(space: Space, event_id: str, change: Any = "updated") -> OutlookNotified:
    return OutlookNotified(space_id=space.id, event_id=event_id, change=change, received_at=datetime.now(UTC))


def observed_by(became: Sequence[Became]) -> list[Observation]:
    caused = [told for each in became if isinstance(each, Finished) for told in each.caused]
    return [told.observation for told in caused if isinstance(told, MeetingObserved)]


async def look(reader: Reader, *messages: OutlookNotified) -> list[Observation]:
    """Look, and expect that nothing has to be looked at later."""
    became = await reader.on_outlook_notified(messages)
    assert all(isinstance(each, Finished) for each in became), became
    return observed_by(became)


async def look_partly(reader: Reader, *messages: OutlookNotified) -> tuple[list[Observation], list[str], str]:
    """Look, and expect that some has to be looked at later: what was observed, which ids come again, and why."""
    became = await reader.on_outlook_notified(messages)
    assert {id(each.message) for each in became} == {id(each) for each in messages}
    again = [each for each in became if isinstance(each, RetryLater | Waits)]
    assert again
    ids = [each.message.event_id for each in again if isinstance(each.message, OutlookNotified)]
    return observed_by(became), ids, "; ".join(each.reason for each in again)


async def reads(world: World, space: Space) -> list[str]:
    """The queries and paths by which our application has read a room."""
    calls = await world.simulator.requests(space.address)
    return [call["path"] for call in calls if call["client_id"] == world.simulator.client_id]
