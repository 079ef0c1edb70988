"""B27: forged and malformed posts to the webhook cost nobody else's notifications."""

from typing import Any

import aiohttp
import pytest

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, throughout
from deploy.driver.http import Json
from deploy.driver.looks import answered, booked
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack

HTML = "<script>alert(1)</script>"


async def test_b27_the_good_entry_of_a_bad_batch_is_processed(stack: LocalStack, cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    async with cast.tenant.delivery(silence=True):
        event = await ada.invite("Planning", when, room.calendar)
        good = await _notification(cast, room, event)
        forged = {**good, "clientState": good["clientState"][:-1] + "!"}
        batch: list[object] = [
            None,
            7,
            "text",
            [],
            {},
            forged,
            {"clientState": 1},
            {**good, "resourceData": None},
            good,
        ]

        status, _ = await _post(stack, json={"value": batch})

        assert status == 202
        await answered(ada, event, room, "accepted")
        await booked(cast, room, when)


async def test_b27_a_forged_entry_is_accepted_and_ignored(stack: LocalStack, cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot()
    async with cast.tenant.delivery(silence=True):
        event = await ada.invite("Planning", when, room.calendar)
        good = await _notification(cast, room, event)

        status, _ = await _post(stack, json={"value": [{**good, "clientState": "x" + good["clientState"][1:]}]})

        assert status == 202

        async def nothing_is_read() -> None:
            assert not [call for call in await cast.tenant.calls(room.calendar) if "/events/" in call["path"]]

        await throughout(nothing_is_read, seconds=1)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="empty"),
        pytest.param(b"{", 400, id="not-json"),
        pytest.param(b"[]", 400, id="a-list"),
        pytest.param(b'{"values": []}', 400, id="no-value"),
        pytest.param(b'{"value": null}', 400, id="value-null"),
        pytest.param(b'{"value": []}', 202, id="nothing-in-it"),
        pytest.param(b'{"value": ["' + b"x" * 2_000_000 + b'"]}', 413, id="huge"),
    ],
)
async def test_b27_a_malformed_post_is_refused_with_a_problem(stack: LocalStack, body: bytes, status: int) -> None:
    answered_with, text = await _post(stack, data=body)

    assert answered_with == status
    assert (status == 202) == (text == "")
    assert "Traceback" not in text


@pytest.mark.parametrize("path", ["notifications", "lifecycle"])
async def test_b27_markup_in_a_validation_token_is_defused(stack: LocalStack, path: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{stack.ingest_url}/graph/{path}", params={"validationToken": HTML}, ssl=stack.endpoints.trust
        ) as answer,
    ):
        text = await answer.text()

    assert answer.status == 200
    assert answer.content_type == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<" not in text


async def _notification(cast: Cast, room: BookableRoom, event: Json) -> Json:
    """Make the notification that Graph would have sent about a room's copy, once that copy is there."""
    copy = await _copy(room, event)
    [subscription] = await cast.tenant.subscriptions(room.calendar)
    return {
        "subscriptionId": subscription["id"],
        "subscriptionExpirationDateTime": subscription["expirationDateTime"],
        "clientState": subscription["clientState"],
        "changeType": "created",
        "resource": f"Users/{room.calendar.address}/Events/{copy['id']}",
        "tenantId": "00000000-0000-4000-8000-000000000000",
        "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "id": copy["id"]},
    }


async def _copy(room: BookableRoom, event: Json) -> Json:
    async def look() -> Json:
        found = await room.calendar.copies(event["iCalUId"])
        assert len(found) == 1
        return found[0]

    return await eventually(look)


async def _post(stack: LocalStack, **content: Any) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{stack.ingest_url}/graph/notifications", ssl=stack.endpoints.trust, **content) as answer,
    ):
        return answer.status, await answer.text()
