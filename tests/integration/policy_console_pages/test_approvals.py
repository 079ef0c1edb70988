"""Approvals in the console: what is listed and told, and what becomes of it in the ledger."""

import re

import pytest

from tests.integration.policy_api.asking import (
    asking_space,
    change_of,
    question_about,
    questions,
    reservation_of,
    told,
)
from tests.integration.policy_api.world import at
from tests.integration.policy_console_pages.console import Console, said, unknown_id

ADA = {"name": "Ada", "email": "ada@example.org"}


async def test_the_list_shows_what_waits_with_who_asks_for_what(console: Console) -> None:
    space = await asking_space(console.world)
    await console.world.reservation(space["id"], 9, 10, title="Open day", organizer=ADA)

    text = await console.text(f"/approvals?space={space['name']}")

    assert space["name"] in text
    assert "Open day" in text
    assert "Ada" in text
    assert "Europe/Berlin" in text
    assert "Decide the selected" in text


async def test_a_viewer_sees_what_waits_but_nothing_to_decide_it_with(console: Console) -> None:
    space = await asking_space(console.world)
    question = await question_about(console.world, await console.world.reservation(space["id"], 9, 10))

    for path in (f"/approvals?space={space['name']}", f"/approvals/{question['id']}"):
        answer = await console.get(path, role="viewer")
        assert answer.status_code == 200
        assert space["name"] in answer.text
        assert "/approve" not in answer.text
        assert "checkbox" not in answer.text
        assert "Decide the selected" not in answer.text


@pytest.mark.parametrize("path", ["/approvals/{id}/approve", "/approvals/{id}/reject", "/approvals/several"])
async def test_a_viewer_who_sends_a_decision_is_told_which_role_it_needs(console: Console, path: str) -> None:
    space = await asking_space(console.world)
    question = await question_about(console.world, await console.world.reservation(space["id"], 9, 10))

    fields = {"question": question["id"], "action": "approve"}
    answer = await console.post(path.format(id=question["id"]), fields, role="viewer")

    assert answer.status_code == 403
    assert "needs the app role admin or approver" in said(answer)
    [after] = await questions(console.world, space_id=space["id"])
    assert after["state"] == "pending"


async def test_lists_are_paged_and_their_addresses_can_be_shared(console: Console) -> None:
    space = await asking_space(console.world)
    for number in range(26):
        await console.world.reservation(space["id"], number / 2, (number + 1) / 2, title=f"Meeting no {number:02}")

    first = await console.get(f"/approvals?space={space['name']}")
    found = re.search(r'<a href="([^"]+)" rel="next"', first.text)
    assert found is not None
    second = await console.get(found[1].replace("&amp;", "&").removeprefix("/console"))

    assert "Meeting no 24" in first.text
    assert "Meeting no 25" not in first.text
    assert "Meeting no 25" in second.text
    assert "Meeting no 24" not in second.text
    assert "First page" in second.text
    assert 'rel="next"' not in second.text


async def test_a_filter_finds_what_was_decided_and_what_is_of_another_space(console: Console) -> None:
    space, other = [await asking_space(console.world) for _ in range(2)]
    question = await question_about(console.world, await console.world.reservation(space["id"], 9, 10, title="Lunch"))
    await console.post(f"/approvals/{question['id']}/approve")

    assert "Lunch" not in await console.text(f"/approvals?space={space['name']}")
    assert "Lunch" in await console.text(f"/approvals?state=approved&space={space['name'].lower()}")
    assert "Lunch" in await console.text(f"/approvals?state=any&space={space['name']}")
    text = await console.text(f"/approvals?state=approved&space={other['name']}")
    assert "No question fits this filter." in text


@pytest.mark.parametrize("query", ["state=open", "cursor=x", f"space={'x' * 201}"])
async def test_an_address_that_makes_no_sense_is_answered_with_a_page(console: Console, query: str) -> None:
    answer = await console.get(f"/approvals?{query}")

    assert answer.status_code == 422
    assert "This address cannot be used." in answer.text


async def test_a_question_tells_what_each_answer_will_do_in_outlook(console: Console) -> None:
    space = await asking_space(console.world)
    made = await console.world.reservation(space["id"], 9, 10, title="Open day", organizer=ADA, attendee_count=3)
    question = await question_about(console.world, made)

    text = await console.text(f"/approvals/{question['id']}")

    assert f"May {space['name']} be booked?" in text
    assert "Ada (ada@example.org)" in text
    assert "3 people" in text
    assert "grace@example.org" in text
    assert "Rule: approval" in text
    assert "The time will be booked." in text
    assert "In Outlook, an event of its own on the room's calendar shows the booking." in text
    assert "In Outlook, the event that holds the time leaves the room's calendar." in text


async def test_a_change_of_a_booking_is_shown_beside_what_is_booked(console: Console) -> None:
    _, _, question = await change_of(console.world)

    text = await console.text(f"/approvals/{question['id']}")

    assert "Booked now" in text
    assert "Asked for instead" in text
    assert "The booking will stay as it is." in text


async def test_what_a_yes_would_displace_is_shown_before_it(console: Console) -> None:
    space = await asking_space(console.world, mode="compete")
    mine, others = [
        await console.world.reservation(space["id"], 9, 10, title=title) for title in ("Mine", "That of others")
    ]
    question = await question_about(console.world, mine)

    text = await console.text(f"/approvals/{question['id']}")
    await console.post(f"/approvals/{question['id']}/approve")

    assert "Approving this declines:" in text
    assert "That of others" in text
    assert "The other request that competes for the same time will be declined" in text
    assert (await reservation_of(console.world, others))["status"] == "declined"


async def test_what_cannot_be_approved_now_says_so_and_what_is_free_instead(console: Console) -> None:
    space = await asking_space(console.world, mode="compete", approvers=["grace@example.org"])
    other = await console.world.space(capacity=8)
    question = await question_about(console.world, await console.world.reservation(space["id"], 9, 10))
    hold = {"when": "always", "approvers": ["grace@example.org"]}
    attach = {"scope": "space", "id": space["id"]}
    kept = await console.world.reservation(space["id"], 12, 13, override_reason="Open day")
    await console.world.made("/v1/policies", {"kind": "approval", "parameters": hold, "attach": attach})
    await console.world.call("PATCH", f"/v1/reservations/{kept['id']}", {"start": at(9), "end": at(10)})

    text = await console.text(f"/approvals/{question['id']}")
    answer = await console.post(f"/approvals/{question['id']}/approve")

    assert "It cannot be approved now" in text
    assert "What could be booked instead" in text
    assert answer.status_code == 409
    assert "make room first" in said(answer)
    assert other["name"] is not None


@pytest.mark.parametrize(
    ("ruling", "state", "status", "event"),
    [
        ("approve", "approved", "confirmed", "reservation.confirmed.v1"),
        ("reject", "rejected", "declined", "reservation.declined.v1"),
    ],
)
async def test_a_decision_is_made_in_the_ledger_and_everybody_learns_of_it(
    console: Console, ruling: str, state: str, status: str, event: str
) -> None:
    space = await asking_space(console.world)
    made = await console.world.reservation(space["id"], 9, 10)
    question = await question_about(console.world, made)

    fields = {"comment": "Ask me about keys.\r\nThanks.", "version": str(question["version"])}
    answer = await console.post(f"/approvals/{question['id']}/{ruling}", fields)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/approvals/{question['id']}"
    decided = await question_about(console.world, made)
    assert (decided["state"], decided["comment"]) == (state, "Ask me about keys.\nThanks.")
    assert decided["decided_by"] == {"kind": "approver", "subject": "tenant/approver", "name": "Grace the approver"}
    assert (await reservation_of(console.world, made))["status"] == status
    assert (await told(console.world, space))[-2:] == [event, "approval.decided.v1"]
    text = await console.text(f"/approvals/{question['id']}")
    assert f"This was {state} by Grace the approver" in text
    assert "Ask me about keys." in text
    assert "Your decision" not in text


async def test_the_second_to_decide_learns_who_was_first(console: Console) -> None:
    space = await asking_space(console.world)
    made = await console.world.reservation(space["id"], 9, 10)
    path = f"/approvals/{(await question_about(console.world, made))['id']}"
    await console.post(f"{path}/approve", role="admin")

    answer = await console.post(f"{path}/reject")

    assert answer.status_code == 409
    assert "was approved by Grace the admin" in said(answer)
    assert (await reservation_of(console.world, made))["status"] == "confirmed"


async def test_a_question_that_changed_since_it_was_shown_is_not_decided(console: Console) -> None:
    space = await asking_space(console.world)
    made = await console.world.reservation(space["id"], 9, 10)
    question = await question_about(console.world, made)
    await console.world.call("PATCH", f"/v1/reservations/{made['id']}", {"end": at(9.5)})

    answer = await console.post(f"/approvals/{question['id']}/approve", {"version": str(question["version"])})

    assert answer.status_code == 412
    assert "Somebody changed this since you read it." in answer.text
    assert (await question_about(console.world, made))["state"] == "pending"


async def test_several_are_decided_at_once_and_each_says_what_became_of_it(console: Console) -> None:
    space = await asking_space(console.world)
    made = [await console.world.reservation(space["id"], hour, hour + 1) for hour in (9, 11, 13)]
    found = [await question_about(console.world, each) for each in made]
    query = "&".join(f"id={each['id']}" for each in found)

    before = await console.text(f"/approvals/several?{query}")
    await console.post(f"/approvals/{found[1]['id']}/reject", role="admin")
    chosen = [f"{each['id']} {each['version']}" for each in found]
    answer = await console.post("/approvals/several", {"question": chosen, "action": "approve", "comment": "Fine."})

    assert "Approve all 3" in before
    assert before.count("The time will be booked.") == 3
    assert "2 of 3 decided" in said(answer)
    assert "was rejected by Grace the admin" in said(answer)
    after = [(await reservation_of(console.world, each))["status"] for each in made]
    assert after == ["confirmed", "declined", "confirmed"]
    assert (await question_about(console.world, made[0]))["comment"] == "Fine."


async def test_several_without_a_choice_changes_nothing(console: Console) -> None:
    space = await asking_space(console.world)
    question = await question_about(console.world, await console.world.reservation(space["id"], 9, 10))

    answer = await console.post("/approvals/several", {"question": f"{question['id']} 1"})

    assert answer.status_code == 422
    assert "Nothing was changed." in answer.text
    assert "Nothing that waits was selected." in await console.text("/approvals/several")


@pytest.mark.parametrize("comment", ["x" * 2001, "bell \x07"])
async def test_a_comment_nobody_can_read_is_refused_and_nothing_is_decided(console: Console, comment: str) -> None:
    space = await asking_space(console.world)
    made = await console.world.reservation(space["id"], 9, 10)
    question = await question_about(console.world, made)

    answer = await console.post(f"/approvals/{question['id']}/reject", {"comment": comment})

    assert answer.status_code == 422
    assert "cannot be used" in answer.text
    assert (await question_about(console.world, made))["state"] == "pending"


async def test_each_form_brings_back_the_token_of_whoever_it_was_shown_to(console: Console) -> None:
    space = await asking_space(console.world)
    question = await question_about(console.world, await console.world.reservation(space["id"], 9, 10))

    for path in (f"/approvals/{question['id']}", f"/approvals/several?id={question['id']}"):
        text = await console.text(path)
        forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", text)
        assert len(forms) == 2  # the sign-out too
        assert all(f'name="csrf_token" value="{console.csrf_token("approver")}"' in each for each in forms)


async def test_there_is_no_question_of_an_unknown_id(console: Console) -> None:
    for answer in (
        await console.get(f"/approvals/{unknown_id()}"),
        await console.post(f"/approvals/{unknown_id()}/approve"),
        await console.get(f"/approvals/several?id={unknown_id()}"),
    ):
        assert answer.status_code == 404
        assert "There is no approval with this id." in answer.text


async def test_a_body_that_is_no_form_is_refused_with_a_page(console: Console) -> None:
    space = await asking_space(console.world)
    question = await question_about(console.world, await console.world.reservation(space["id"], 9, 10))
    path = f"/console/approvals/{question['id']}/approve"

    headers = {**console.signed_in_as("admin"), "x-csrf-token": console.csrf_token("admin")}
    json = await console.http.post(path, json={}, headers=headers)
    large = await console.post(f"/approvals/{question['id']}/approve", {"comment": "x" * 70_000})

    assert (json.status_code, large.status_code) == (415, 413)
    assert all("Nothing was changed." in each.text for each in (json, large))
