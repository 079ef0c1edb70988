"""Subscriptions for tests: what to ask for, and a person who makes things happen in a room."""

from datetime import UTC, datetime, timedelta

from tests.contract.graphsim.graph import Graph, Json
from tests.contract.graphsim.receiver import Receiver


def in_minutes(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def wanted(mailbox: str, receiver: Receiver, **more: object) -> Json:
    """The body that subscribes to a mailbox for a day."""
    return {
        "changeType": "created,updated,deleted",
        "notificationUrl": f"{receiver.url}/notifications",
        "lifecycleNotificationUrl": f"{receiver.url}/lifecycle",
        "resource": f"users/{mailbox}/events",
        "expirationDateTime": in_minutes(1440),
        "clientState": "secret",
        **more,
    }


async def subscribed(graph: Graph, mailbox: str, receiver: Receiver, **more: object) -> Json:
    made: Json = await graph.call("POST", "/subscriptions", wanted(mailbox, receiver, **more), expect=201)
    return made
