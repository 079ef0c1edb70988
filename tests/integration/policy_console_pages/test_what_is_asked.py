"""What the page of a question tells of invitations, series and private meetings."""

from tests.integration.policy_api.asking import asking_space, questions, told
from tests.integration.policy_api.declining import meeting, seen
from tests.integration.policy_api.groups import holds_of, make_group, read_group
from tests.integration.policy_console_pages.console import Console


async def test_an_invitation_is_accepted_in_outlook_as_the_page_says(console: Console) -> None:
    space = await asking_space(console.world)
    await seen(console.world, space, meeting(subject="Review of plans"))
    [question] = await questions(console.world, space_id=space["id"])

    text = await console.text(f"/approvals/{question['id']}")
    await console.post(f"/approvals/{question['id']}/approve")

    assert "Review of plans" in text
    assert "In Outlook, the room accepts the invitation" in text
    assert "In Outlook, the room declines the invitation" in text
    assert (await holds_of(console.world, space))[-1]["answer"] == "accepted"


async def test_of_a_private_meeting_its_title_is_not_told(console: Console) -> None:
    space = await asking_space(console.world)
    await seen(console.world, space, meeting(subject="Dismissals", is_private=True))
    [question] = await questions(console.world, space_id=space["id"])

    for path in (f"/approvals/{question['id']}", "/", f"/approvals?space={space['name']}"):
        assert "Dismissals" not in await console.text(path)


async def test_a_series_is_one_question_with_all_its_dates(console: Console) -> None:
    space = await asking_space(console.world)
    group = await make_group(console.world, space)
    [question] = await questions(console.world, space_id=space["id"])

    listed = await console.text(f"/approvals?space={space['name']}")
    text = await console.text(f"/approvals/{question['id']}")
    await console.post(f"/approvals/{question['id']}/approve")

    assert "and 3 more dates" in listed
    assert "All 4 dates" in text
    assert "All dates that are asked for will be booked." in text
    assert "Of a series, nothing is looked for." in text
    assert (await read_group(console.world, group))["counts"]["confirmed"] == 4
    assert "approval.decided.v1" in await told(console.world, space)
