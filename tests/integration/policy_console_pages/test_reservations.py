"""Reservations in the console: what is listed, and what the page of one tells of both sides."""

import re
from datetime import timedelta

import pytest

from tests.integration.policy_api.asking import asking_space, change_of, question_about
from tests.integration.policy_api.declining import meeting, seen
from tests.integration.policy_api.groups import dates_of, make_group
from tests.integration.policy_api.world import TOMORROW, at
from tests.integration.policy_console_pages.console import Console, said, unknown_id

ADA = {"name": "Ada", "email": "ada@example.org"}
HOSTILE = "<script>alert(1)</script>{{ 7*7 }}"


async def test_the_list_shows_what_is_to_come_with_its_zone_and_leads_to_it(console: Console) -> None:
    space = await console.world.mapped_space()
    made = await console.world.reservation(space["id"], 9, 10, title="Open day", organizer=ADA)

    text = await console.text(f"/reservations?space={space['name'].upper()}", role="viewer")

    assert f'<a href="/console/reservations/{made["id"]}">{space["name"]}</a>' in text
    assert "Open day" in text
    assert "Ada" in text
    assert "(Europe/Berlin)" in text
    assert "Book a space" not in text
    assert "Book a space" in await console.text("/reservations", role="admin")


async def test_each_filter_finds_what_it_names_and_nothing_else(console: Console) -> None:
    space = await console.world.mapped_space()
    made = await console.world.reservation(space["id"], 9, 10, title="Open day", organizer=ADA)
    await console.world.reservation(space["id"], 11, 12, title="Review")
    await console.world.call("POST", f"/v1/reservations/{made['id']}/cancel", {})
    day = TOMORROW.date()
    base = f"/reservations?space={space['name']}"

    assert "Open day" not in await console.text(base)
    assert "Review" in await console.text(base)
    for query in ("status=cancelled", "status=any&organizer=ADA@example.org", f"status=any&from={day}&to={day}"):
        assert "Open day" in await console.text(f"{base}&{query}"), query
    for query in ("status=declined", f"from={day + timedelta(days=1)}", f"from=&to={day - timedelta(days=1)}"):
        assert "No reservation fits this filter." in await console.text(f"{base}&{query}"), query
    assert "Review" not in await console.text(f"{base}&status=any&organizer=ada@example.org")


async def test_days_are_those_of_the_zone_that_is_named(console: Console) -> None:
    space = await console.world.mapped_space(time_zone="Europe/Berlin")
    await console.world.reservation(space["id"], 23.5, 23.75, title="Late shift")
    day = TOMORROW.date()
    base = f"/reservations?space={space['name']}&from={day}&to={day}"

    utc = await console.text(f"{base}&zone=UTC")

    assert "Late shift" in utc
    assert '<option value="UTC" selected>' in utc
    assert "Late shift" not in await console.text(f"{base}&zone=Asia/Tokyo")
    berlin = await console.text(base)
    assert "Late shift" not in berlin
    assert '<option value="Europe/Berlin" selected>' in berlin
    assert '<option value="Europe/Berlin" selected>' in await console.text(f"{base}&zone=Nowhere")
    next_day = f"/reservations?space={space['name']}&from={day + timedelta(days=1)}&to={day + timedelta(days=1)}"
    assert "Late shift" in await console.text(f"{next_day}&zone=Asia/Tokyo")


async def test_the_list_is_paged_and_its_addresses_keep_the_filter(console: Console) -> None:
    space = await console.world.mapped_space()
    for number in range(26):
        await console.world.reservation(space["id"], number / 2, (number + 1) / 2, title=f"Meeting no {number:02}")

    first = await console.get(f"/reservations?space={space['name']}")
    found = re.search(r'<a href="([^"]+)" rel="next"', first.text)
    assert found is not None
    second = await console.get(found[1].replace("&amp;", "&").removeprefix("/console"))

    assert "Meeting no 24" in first.text
    assert "Meeting no 25" not in first.text
    assert "Meeting no 25" in second.text
    assert "Meeting no 24" not in second.text
    assert "First page" in second.text


@pytest.mark.parametrize(
    "query", ["status=open", "cursor=x", f"space={'x' * 255}", "from=soon", "to=9999-12-31", "space=%00"]
)
async def test_a_list_that_makes_no_sense_is_answered_with_a_page(console: Console, query: str) -> None:
    answer = await console.get(f"/reservations?{query}")

    assert answer.status_code == 422
    assert "This address cannot be used." in answer.text


async def test_a_page_tells_what_is_booked_and_how_outlook_stands(console: Console) -> None:
    space = await console.world.mapped_space()
    made = await console.world.reservation(space["id"], 9, 10, title="Open day", organizer=ADA, attendee_count=3)

    text = await console.text(f"/reservations/{made['id']}", role="viewer")

    assert f"<h1>{space['name']}: Open day</h1>" in text
    assert "Ada (ada@example.org)" in text
    assert "3 people" in text
    assert "the back office" in text
    assert "(Europe/Berlin)" in text
    assert "It was accepted." in text
    assert "It is being brought up to date." in text
    assert "an event of its own on the room's calendar" in text
    assert "What happened" in text
    assert "/change" not in text


async def test_rule_by_rule_it_says_which_judged_it_in_which_version(console: Console) -> None:
    space = await console.world.mapped_space()
    rule = {"kind": "maximum_duration", "effect": "warn", "parameters": {"minutes": 30}}
    await console.world.made("/v1/policies", {**rule, "attach": {"scope": "space", "id": space["id"]}})
    made = await console.world.reservation(space["id"], 9, 10)

    text = await console.text(f"/reservations/{made['id']}")

    [warning] = made["warnings"]
    assert warning["message"] in text
    assert f"limit {warning['limit']}, found {warning['actual']}" in text
    assert '<td role="cell" data-label="Rule">Maximum duration</td> <td role="cell" data-label="Kept">No</td>' in text
    assert '<td role="cell" data-label="Version">1</td>' in text


async def test_without_a_mailbox_nothing_is_said_to_be_in_outlook(console: Console) -> None:
    space = await console.world.space()
    made = await console.world.reservation(space["id"], 9, 10)

    text = await console.text(f"/reservations/{made['id']}")

    assert "The space has no room mailbox, so nothing of it is shown in Outlook." in text


async def test_a_meeting_of_outlook_is_told_as_one_and_a_private_one_without_its_title(console: Console) -> None:
    space = await console.world.mapped_space()
    await seen(console.world, space, meeting(subject="Dismissals", is_private=True))
    [made] = (await console.world.call("GET", f"/v1/reservations?space_id={space['id']}")).json()["items"]

    text = await console.text(f"/reservations/{made['id']}")

    assert "<dt>Came from</dt><dd>Outlook" in text
    assert "the organizer's meeting" in text
    assert "the meeting is private" in text
    assert "Dismissals" not in text


async def test_what_waits_leads_to_the_question_about_it(console: Console) -> None:
    _, booked, question = await change_of(console.world)

    text = await console.text(f"/reservations/{booked['id']}")

    assert "Another time is asked for" in text
    assert f"/console/approvals/{question['id']}" in text


async def test_a_date_of_a_series_leads_to_its_series(console: Console) -> None:
    space = await console.world.mapped_space()
    group = await make_group(console.world, space)
    first, *_ = await dates_of(console.world, group)

    assert f'href="/console/series/{group["id"]}"' in await console.text(f"/reservations/{first['id']}")
    assert f'href="/console/series/{group["id"]}"' in await console.text(f"/reservations?space={space['name']}")


async def test_the_timeline_is_paged(console: Console) -> None:
    space = await console.world.mapped_space()
    made = await console.world.reservation(space["id"], 9, 10)
    for number in range(14):
        await console.world.call("PATCH", f"/v1/reservations/{made['id']}", {"end": at(10 + number / 60 + 1)})

    first = await console.get(f"/reservations/{made['id']}")
    found = re.search(r'<a href="([^"]+)" rel="next"', first.text)
    assert found is not None
    second = await console.get(found[1].removeprefix("/console"))
    timelines = [each.text.partition('id="timeline"')[2] for each in (first, second)]

    assert timelines[0].count("<li>") == 25
    assert 0 < timelines[1].count("<li>") < 25
    assert "First page" in timelines[1]


async def test_only_whoever_may_change_it_is_shown_how_and_only_while_it_is_to_come(console: Console) -> None:
    space = await asking_space(console.world)
    made = await console.world.reservation(space["id"], 9, 10)
    question = await question_about(console.world, made)
    page = f"/reservations/{made['id']}"

    assert f"{page}/change" in await console.text(page, role="admin")
    assert f"{page}/cancel" in await console.text(page, role="admin")
    for role in ("viewer", "approver"):
        assert f"{page}/change" not in await console.text(page, role)
    await console.post(f"/approvals/{question['id']}/reject")
    assert f"{page}/change" not in await console.text(page, role="admin")


async def test_what_people_named_a_reservation_is_text_and_nothing_else(console: Console) -> None:
    space = await console.world.mapped_space(name=f"<script>alert(1)</script> {unknown_id()}")
    organizer = {"name": HOSTILE, "email": "ada@example.org"}
    made = await console.world.reservation(space["id"], 9, 10, title=HOSTILE, organizer=organizer)

    for path in (f"/reservations/{made['id']}", "/reservations?organizer=ada@example.org&space=%3Cscript"):
        answer = await console.get(path)
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;alert" in answer.text
        assert "{{ 7*7 }}" in answer.text


@pytest.mark.parametrize("path", ["/reservations/{}", "/reservations/{}?cursor=x", "/reservations/nothing"])
async def test_an_id_that_nothing_has_is_answered_with_a_page(console: Console, path: str) -> None:
    answer = await console.get(path.format(unknown_id()))

    assert answer.status_code in {404, 422}
    assert "<h1>" in said(answer)
