"""Change a series in the console: its rule, its time and the rest; what is said beforehand, and what comes back."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.policy.ledger import recurring, window
from tests.integration.policy_api.asking import asking_space
from tests.integration.policy_api.groups import dates_of, holds_of, make_group, read_group
from tests.integration.policy_api.test_reservation_groups import observe
from tests.integration.policy_api.world import at
from tests.integration.policy_console_pages.console import Console, said, unknown_id

WEEKLY = {"repeats": "weekly", "interval": "1", "times": "4", "until": "", "rrule": ""}


def clock(hour: float, day: int = 0) -> str:
    """Return an instant as the form has it, by the clock of the series, which is UTC."""
    return at(hour, day=day)[:16]


def fields_of(group: Mapping[str, Any], **changed: str) -> dict[str, str]:
    """Return the form as a browser sends it."""
    fields = {"version": str(group["version"]), "title": group["title"], "people": str(group["attendee_count"])}
    times = {"start": group["start"][:16], "end": group["end"][:16], "organizer_name": "", "organizer_email": ""}
    return {**fields, **times, **WEEKLY, "on_conflict": group["on_conflict"], **changed}


async def a_series(console: Console, **changed: object) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Make a series of four weeks; return its space, itself, and the address of its form."""
    space = await console.world.mapped_space()
    group = await make_group(console.world, space, **changed)
    return space, group, f"/series/{group['id']}/change"


async def starts(console: Console, group: dict[str, Any]) -> list[str]:
    return [each["start"] for each in await dates_of(console.world, group) if each["status"] == "confirmed"]


async def test_a_change_says_what_it_will_do_and_changes_nothing_by_that(console: Console) -> None:
    space, group, path = await a_series(console)
    before = await console.world.everything()
    fields = fields_of(group, start=clock(11), end=clock(13), interval="2", times="3", action="check")

    answer = await console.post(path, fields, role="admin")

    assert answer.status_code == 200
    assert "2 dates will be moved to another time." in said(answer)
    assert "1 date will be added." in said(answer)
    assert "2 dates will be cancelled." in said(answer)
    assert "In Outlook, one recurring event on the room's calendar shows the dates." in said(answer)
    assert said(answer).count(": can be booked") == 3
    assert "Change it" in said(answer)
    assert f'value="{clock(11)}"' in answer.text
    assert await console.world.everything() == before
    assert len(await holds_of(console.world, space)) == 1


async def test_rule_time_length_end_and_title_are_changed_and_outlook_is_told(console: Console) -> None:
    space, group, path = await a_series(console)
    last = at(0, day=28)[:10]
    changed = {"start": clock(11), "end": clock(13), "interval": "2", "times": "", "until": last, "title": "Lab"}
    people = {"people": "5", "organizer_name": "Ada", "organizer_email": "ada@example.org"}

    answer = await console.post(path, fields_of(group, **changed, **people, action="save"), role="admin")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/series/{group['id']}"
    assert await starts(console, group) == [at(11), at(11, day=14), at(11, day=28)]
    after = await read_group(console.world, group)
    assert (after["title"], after["attendee_count"], after["organizer"]["email"]) == ("Lab", 5, "ada@example.org")
    assert (after["start"], after["end"]) == (at(11), at(13))
    hold = (await holds_of(console.world, space))[-1]
    assert (hold["window"]["start"], hold["series"]["recurrence"]["pattern"]["interval"]) == (at(11), 2)
    assert "Every 2 weeks on " in await console.text(f"/series/{group['id']}")


async def test_the_form_stands_as_the_series_is_and_an_unchanged_one_changes_nothing(console: Console) -> None:
    _, group, path = await a_series(console)

    shown = await console.text(path, role="admin")
    answer = await console.post(path, fields_of(group, action="save"), role="admin")

    assert "Every week on " in shown
    assert '<option value="weekly" selected>' in shown
    for value in (clock(9), clock(10), "4", "Seminar"):
        assert f'value="{value}"' in shown
    assert answer.status_code == 422
    assert "Nothing is different from what is booked." in said(answer)
    assert (await read_group(console.world, group))["version"] == 1


async def test_a_rule_that_no_choice_says_is_written_as_such(console: Console) -> None:
    rule = "RRULE:FREQ=DAILY;INTERVAL=3;COUNT=4"
    left_out = f"EXDATE;VALUE=DATE:{at(0, day=3)[:10].replace('-', '')}"
    _, group, path = await a_series(console, rrule=f"{rule}\n{left_out}")

    shown = await console.text(path, role="admin")
    written = {"repeats": "rule", "interval": "", "times": "", "rrule": rule}
    answer = await console.post(path, fields_of(group, **written, action="save"), role="admin")

    assert '<option value="rule" selected>' in shown
    assert f">{group['rrule']}</textarea>".replace("\n", " ") in shown
    assert answer.status_code == 303
    assert await starts(console, group) == [at(9, day=3 * number) for number in range(4)]


@pytest.mark.parametrize("action", ["check", "save"])
async def test_a_date_that_is_taken_refuses_all_and_is_named(console: Console, action: str) -> None:
    space, group, path = await a_series(console)
    await console.world.reservation(space["id"], 11 + 7 * 24, 12 + 7 * 24, title="Review")
    fields = fields_of(group, start=clock(11), end=clock(12), action=action)

    answer = await console.post(path, fields, role="admin")

    assert answer.status_code == 409
    assert "It cannot be changed like that" in said(answer)
    assert said(answer).count(": cannot be booked. It is taken") == 1
    assert f'value="{clock(11)}"' in answer.text
    assert await starts(console, group) == [at(9, day=7 * number) for number in range(4)]


async def test_a_date_that_is_taken_stays_as_it_is_if_that_is_chosen(console: Console) -> None:
    space, group, path = await a_series(console)
    await console.world.reservation(space["id"], 11 + 7 * 24, 12 + 7 * 24, title="Review")
    fields = fields_of(group, start=clock(11), end=clock(12), on_conflict="skip_conflicts")

    checked = await console.post(path, {**fields, "action": "check"}, role="admin")
    await console.post(path, {**fields, "action": "save"}, role="admin")

    assert "3 dates will be moved to another time." in said(checked)
    assert "1 date will keep the time that is booked." in said(checked)
    assert said(checked).count(": cannot be booked. It is taken") == 1
    assert await starts(console, group) == [at(11), at(9, day=7), at(11, day=14), at(11, day=21)]
    shown = await console.text(f"/series/{group['id']}")
    assert "A change was refused." in shown
    assert "Planned for " in shown


async def test_what_needs_approval_is_asked_said_so_beforehand_and_may_be_taken_back(console: Console) -> None:
    space = await asking_space(console.world)
    group = await make_group(console.world, space, override_reason="Open day")
    path, fields = f"/series/{group['id']}/change", fields_of(group, start=clock(11), end=clock(12))

    checked = await console.post(path, {**fields, "action": "check"}, role="admin")
    saved = await console.post(path, {**fields, "action": "save"}, role="admin")
    again = await console.post(path, {**fields, "times": "5", "action": "check"}, role="admin")

    assert "Administrators will be asked about 4 dates, and the series stays as it is" in said(checked)
    assert "Nothing changes in Outlook." in said(checked)
    assert said(checked).count(": needs approval") == 4
    assert saved.status_code == 303
    assert await starts(console, group) == [at(9, day=7 * number) for number in range(4)]
    shown = await console.text(f"/series/{group['id']}", role="admin")
    assert "A change of 4 dates is asked for. " in shown
    assert "It waits for a decision" in shown
    assert "What administrators are asked about this series now is asked for no more." in said(again)
    assert "Administrators will be asked about 5 dates" in said(again)


async def test_dates_that_could_be_booked_wait_with_those_that_need_approval(console: Console) -> None:
    space, group, path = await a_series(console)
    rule = {"kind": "approval", "parameters": {"when": "always", "approvers": ["grace@example.org"]}}
    late = {"attach": {"scope": "space", "id": space["id"]}, "dates": {"from": at(0, day=14)[:10]}}
    await console.world.made("/v1/policies", {**rule, **late})
    fields = fields_of(group, start=clock(11), end=clock(12), action="check")

    answer = await console.post(path, fields, role="admin")

    assert "Administrators will be asked about 4 dates" in said(answer)
    assert said(answer).count(": needs approval") == 4
    assert ": can be booked" not in said(answer)


async def test_an_administrator_may_have_a_rule_broken_for_a_reason(console: Console) -> None:
    space = await asking_space(console.world)
    group = await make_group(console.world, space, override_reason="Open day")
    fields = fields_of(group, start=clock(11), end=clock(12), override_reason="The mayor comes", action="save")

    await console.post(f"/series/{group['id']}/change", fields, role="admin")

    assert await starts(console, group) == [at(11, day=7 * number) for number in range(4)]


async def test_who_comes_second_is_told_and_sees_what_is_there_now(console: Console) -> None:
    _, group, path = await a_series(console)
    await console.post(path, fields_of(group, title="First", times="6", action="save"), role="admin")

    for action in ("check", "save"):
        answer = await console.post(path, fields_of(group, title="Second", action=action), role="admin")

        assert answer.status_code == 412
        assert "Somebody changed this since you read it." in said(answer)
        assert "It is called First now" in said(answer)
        assert "6 times." in said(answer)
        assert 'name="version" value="2"' in answer.text
        assert 'value="Second"' in answer.text
    assert (await read_group(console.world, group))["title"] == "First"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"start": "soon"}, "This is no time: a day and a time of day."),
        ({"end": clock(8)}, "This does not lie after start"),
        ({"title": ""}, "This cannot be used"),
        ({"people": "many"}, "This is no whole number: a number such as 12."),
        ({"repeats": "hourly"}, "This is none of what can be chosen."),
        ({"until": "2027-03-01"}, "give one of them"),
        ({"times": ""}, "say how many times, or until when"),
        ({"times": "", "until": "2020-03-01"}, "before the start"),
        ({"repeats": "rule"}, "This is missing: a rule such as"),
        ({"repeats": "rule", "rrule": "FREQ=HOURLY"}, "HOURLY"),
        ({"organizer_email": "ada"}, "A mail address looks like name@example.org"),
    ],
)
async def test_what_cannot_be_used_comes_back_with_a_sentence_at_its_field(
    console: Console, changed: dict[str, str], sentence: str
) -> None:
    _, group, path = await a_series(console)

    answer = await console.post(path, fields_of(group, **changed, action="save"), role="admin")

    assert answer.status_code == 422
    assert sentence in said(answer)
    assert "Nothing was changed." in said(answer)
    assert 'aria-invalid="true"' in answer.text
    assert (await read_group(console.world, group))["version"] == 1


async def test_a_series_whose_dates_are_cancelled_is_not_changed_any_more(console: Console) -> None:
    _, group, path = await a_series(console)
    await console.world.call("POST", f"/v1/reservation-groups/{group['id']}/cancel", {})
    now = await read_group(console.world, group)

    answer = await console.post(path, fields_of(now, title="Lab", action="save"), role="admin")

    assert answer.status_code == 409
    assert "It cannot be changed like that" in said(answer)
    assert "Change the series" not in await console.text(f"/series/{group['id']}", role="admin")


async def test_how_a_series_of_outlook_repeats_is_its_organizers(console: Console) -> None:
    space = await console.world.mapped_space()
    await observe(console.world, space, recurring(window(9)))
    listed = (await console.world.call("GET", f"/v1/reservation-groups?space_id={space['id']}")).json()
    [group] = listed["items"]
    path = f"/series/{group['id']}"

    shown = await console.text(path, role="admin")
    answers = [await console.get(f"{path}/change", "admin"), await console.post(f"{path}/change", {}, "admin")]

    assert "Change the series" not in shown
    assert "Move or change all to come" in shown
    assert "how it repeats is its organizer's and is changed there" in shown
    for answer in answers:
        assert answer.status_code == 409
        assert "A series that was made in Outlook belongs to its organizer" in said(answer)
    assert (await read_group(console.world, group))["version"] == group["version"]


@pytest.mark.parametrize("role", ["viewer", "approver"])
async def test_who_may_only_read_changes_nothing(console: Console, role: str) -> None:
    _, group, path = await a_series(console)

    for answer in (
        await console.get(path, role),
        await console.post(path, fields_of(group, title="Lab", action="save"), role),
    ):
        assert answer.status_code == 403
        assert "needs the app role admin or service" in said(answer)
    assert "Change the series" not in await console.text(f"/series/{group['id']}", role)
    assert (await read_group(console.world, group))["version"] == 1


async def test_a_service_changes_a_series_by_the_rules(console: Console) -> None:
    _, group, path = await a_series(console)

    assert "Change the series" in await console.text(f"/series/{group['id']}", "service")
    assert "Why a rule may be broken" not in await console.text(path, "service")
    answer = await console.post(path, fields_of(group, title="Lab", action="save"), "service")

    assert answer.status_code == 303
    assert (await read_group(console.world, group))["title"] == "Lab"


async def test_a_forged_form_changes_nothing(console: Console) -> None:
    _, group, path = await a_series(console)

    forged = fields_of(group, title="Lab", action="save", csrf_token="forged")
    answer = await console.post(path, forged, role="admin")

    assert answer.status_code == 403
    assert (await read_group(console.world, group))["version"] == 1


async def test_what_was_written_is_text_and_nothing_else(console: Console) -> None:
    _, group, path = await a_series(console)
    hostile = '</textarea><script>alert(1)</script>"'

    written = {"title": hostile, "repeats": "rule", "rrule": hostile}
    answer = await console.post(path, fields_of(group, **written, action="check"), role="admin")

    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


async def test_an_id_that_nothing_has_is_answered_with_a_page(console: Console) -> None:
    path = f"/series/{unknown_id()}/change"

    for answer in (await console.get(path, "admin"), await console.post(path, {"title": "x"}, "admin")):
        assert answer.status_code == 404
        assert "There is no reservation group with this id." in said(answer)
