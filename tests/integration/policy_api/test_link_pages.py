"""The pages behind signed links: opening one decides nothing, its buttons decide once, and what is wrong is a page."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

import httpx2
import pytest

from libs.contracts.values import Window
from services.policy.core.links import Link, LinkPurpose
from services.policy.core.times import say_window
from tests.integration.policy_api.asking import asking_space, change_of, question_about
from tests.integration.policy_api.declining import meeting, seen
from tests.integration.policy_api.world import LINKS, TOO_LARGE, World, at

HOUR = timedelta(hours=1)


async def asked(world: World, **changed: object) -> dict[str, Any]:
    """Have somebody ask for a space that needs approval; return the question."""
    space = await asking_space(world, deadline_minutes=120)
    made = await world.reservation(
        space["id"], 9, 10, organizer={"name": "Ada", "email": "ada@example.org"}, attendee_count=3, **changed
    )
    return await question_about(world, made)


def path_to(question: dict[str, Any], person: str = "grace@example.org", *, expires_in: timedelta = HOUR) -> str:
    expires_at = datetime.now(UTC) + expires_in
    return urlsplit(LINKS.url_of(Link(LinkPurpose.DECIDE_QUESTION, UUID(question["id"]), person, expires_at))).path


async def post(world: World, path: str, **fields: str) -> httpx2.Response:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return await world.http.post(path, content=urlencode(fields).encode(), headers=headers)


async def state_of(world: World, question: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await world.call("GET", f"/v1/approvals/{question['id']}", role="viewer")).json()
    return found


def hour(start: int) -> Window:
    return Window(start=datetime.fromisoformat(at(start)), end=datetime.fromisoformat(at(start + 1)))


async def test_opening_a_link_shows_the_question_and_changes_nothing(world: World) -> None:
    question = await asked(world)
    before = await world.everything()

    for method in ("GET", "HEAD", "GET"):
        page = await world.http.request(method, path_to(question))
        assert page.status_code == 200

    assert await world.everything() == before
    text = page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Ada (ada@example.org)" in text
    assert "3 people" in text
    assert "09:00" in text or "10:00" in text or "11:00" in text
    assert "Europe/Berlin" in text
    assert text.count("<button") == 2
    assert "grace@example.org" in text


async def test_the_page_about_a_change_shows_what_is_booked_beside_what_is_asked_for(world: World) -> None:
    _, _, question = await change_of(world)

    text = (await world.http.get(path_to(question))).text

    booked, wanted = text.index("Booked now"), text.index("Asked for instead")
    assert booked < text.index(say_window(hour(9), "Europe/Berlin")) < wanted
    assert wanted < text.index(say_window(hour(14), "Europe/Berlin"))
    assert "Booked now" not in (await world.http.get(path_to(await asked(world)))).text


async def test_the_page_about_a_private_meeting_tells_nothing_but_its_time_and_organizer(world: World) -> None:
    space = await asking_space(world)
    assert (await seen(world, space, meeting(is_private=True, subject="Severance"))).answer == "tentativelyAccepted"
    [question] = (await world.call("GET", f"/v1/approvals?space_id={space['id']}")).json()["items"]

    text = (await world.http.get(path_to(question))).text

    assert "The meeting is private, so nothing else of it is told." in text
    assert "ben@example.org" in text
    for hidden in ("Severance", "Title", "People", "has to approve"):
        assert hidden not in text


@pytest.mark.parametrize(
    ("action", "state", "status"), [("approve", "approved", "confirmed"), ("reject", "rejected", "declined")]
)
async def test_a_button_decides_in_the_name_of_whom_the_link_was_sent_to(
    world: World, action: str, state: str, status: str
) -> None:
    question, comment = await asked(world), "As agreed.\r\nSee you."

    answer = await post(world, path := path_to(question), action=action, comment=comment)

    assert (answer.status_code, answer.headers["location"]) == (303, path)
    decided = await state_of(world, question)
    assert (decided["state"], decided["comment"]) == (state, "As agreed.\nSee you.")
    assert decided["decided_by"] == {"kind": "approver", "subject": "grace@example.org", "name": None}
    shown = await world.call("GET", f"/v1/reservations/{question['reservation_id']}")
    assert shown.json()["status"] == status
    page = (await world.http.get(path)).text
    assert f"{state} by grace@example.org" in page
    assert "<button" not in page


async def test_a_link_that_is_used_twice_decides_once_and_says_who_was_first(world: World) -> None:
    question = await asked(world)
    await post(world, path_to(question, "grace@example.org"), action="approve")

    second = await post(world, path_to(question, "alan@example.org"), action="reject", comment="No.")

    assert second.status_code == 409
    assert "grace@example.org" in second.text
    assert (await state_of(world, question))["state"] == "approved"


async def test_of_many_who_press_at_once_one_decides(world: World) -> None:
    question = await asked(world)
    people = [f"approver{number}@example.org" for number in range(12)]

    answers = await asyncio.gather(
        *(
            post(world, path_to(question, each), action=("approve", "reject")[number % 2])
            for number, each in enumerate(people)
        )
    )

    assert sorted(each.status_code for each in answers) == [303] + [409] * 11


async def test_what_people_wrote_is_shown_as_text(world: World) -> None:
    question = await asked(world, title="<script>alert(1)</script>")
    await post(world, path_to(question), action="reject", comment="<img src=x onerror=alert(2)>")

    page = (await world.http.get(path_to(question))).text

    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;img src=x" in page


async def test_no_page_may_run_load_or_pass_on_anything(world: World) -> None:
    question = await asked(world)
    for path in (path_to(question), "/links/none"):
        page = await world.http.get(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert not re.search(r"(src|href)=", page.text)


async def test_an_expired_link_says_so_and_decides_nothing(world: World) -> None:
    question = await asked(world)
    path = path_to(question, expires_in=-timedelta(seconds=1))

    for answer in (await world.http.get(path), await post(world, path, action="approve")):
        assert answer.status_code == 410
        assert "expired" in answer.text
    assert (await state_of(world, question))["state"] == "pending"


async def test_an_altered_link_says_so_and_decides_nothing(world: World) -> None:
    question = await asked(world)
    path = path_to(question)

    for altered in (path[:-3], path[:-10] + "A" * 10, "/links/" + "a" * 5000, "/links/%00"):
        for answer in (await world.http.get(altered), await post(world, altered, action="approve")):
            assert answer.status_code == 404, altered
            assert "cut off or altered" in answer.text
    assert (await state_of(world, question))["state"] == "pending"


async def test_a_link_to_a_question_that_is_not_there_says_so(world: World) -> None:
    answer = await world.http.get(path_to({"id": str(uuid4())}))

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def test_what_the_form_does_not_send_decides_nothing(world: World) -> None:
    question = await asked(world)
    path = path_to(question)
    form = {"content-type": "application/x-www-form-urlencoded"}

    answers = [
        (422, await post(world, path)),
        (422, await post(world, path, action="delete")),
        (422, await post(world, path, action="approve", comment="x" * 2001)),
        (422, await post(world, path, action="approve", comment="\x00")),
        (422, await world.http.post(path, content=b"\xff\xfe", headers=form)),
        (422, await world.http.post(path, content=b"a=1&" * 1000, headers=form)),
        (413, await world.http.post(path, content=b"comment=" + b"x" * TOO_LARGE, headers=form)),
        (
            415,
            await world.http.post(path, content=b'{"action": "approve"}', headers={"content-type": "application/json"}),
        ),
    ]

    for status, answer in answers:
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("text/html")
    assert (await state_of(world, question))["state"] == "pending"


async def test_a_decision_by_link_on_a_question_that_was_superseded_says_so(world: World) -> None:
    question = await asked(world)
    await world.call("POST", f"/v1/reservations/{question['reservation_id']}/cancel", {})

    answer = await post(world, path_to(question), action="approve")

    assert answer.status_code == 409
    assert "withdrawn" in (await world.http.get(path_to(question))).text
